using System.ComponentModel;
using System.Diagnostics;
using Fairway.Cli;

namespace Fairway.Demo;

/// <summary>A developer's clone of the example service, worked on with the real git program.</summary>
internal sealed class ShopRepository(DirectoryInfo workTree)
{
    /// <summary>The example as it ships beside the program.</summary>
    public static string Examples => Path.Combine(AppContext.BaseDirectory, "examples");

    /// <summary>Makes the first commit from the example and points the clone at the platform.</summary>
    public async Task CreateAsync(string remote, CancellationToken cancellation)
    {
        Copy(Path.Combine(Examples, "shop"), workTree.FullName);
        await GitAsync(["init", "--quiet", "--initial-branch", "main"], cancellation);
        await GitAsync(["config", "user.name", "Ada Pilot"], cancellation);
        await GitAsync(["config", "user.email", "ada@shop.example"], cancellation);
        await GitAsync(["remote", "add", "origin", remote], cancellation);
        await CommitAsync("Open the shop", cancellation);
    }

    /// <summary>Applies one of the prepared changes and commits it.</summary>
    /// <returns>The commit.</returns>
    public async Task<string> ChangeAsync(string change, string message, CancellationToken cancellation)
    {
        await GitAsync(["apply", "--whitespace=nowarn", Path.Combine(Examples, "changes", change)], cancellation);
        return await CommitAsync(message, cancellation);
    }

    /// <summary>Takes the newest commit back, as a developer would.</summary>
    public async Task<string> RevertAsync(CancellationToken cancellation)
    {
        await GitAsync(["revert", "--no-edit", "HEAD"], cancellation);
        return await HeadAsync(cancellation);
    }

    public Task PushAsync(CancellationToken cancellation) => GitAsync(["push", "--quiet", "origin", "main"], cancellation);

    public Task PointAtAsync(string remote, CancellationToken cancellation) => GitAsync(["remote", "set-url", "origin", remote], cancellation);

    private async Task<string> CommitAsync(string message, CancellationToken cancellation)
    {
        await GitAsync(["add", "--all"], cancellation);
        await GitAsync(["commit", "--quiet", "--message", message], cancellation);
        return await HeadAsync(cancellation);
    }

    public async Task<string> HeadAsync(CancellationToken cancellation) => (await GitAsync(["rev-parse", "HEAD"], cancellation)).Trim();

    private async Task<string> GitAsync(IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo("git")
        {
            UseShellExecute = false,
            WorkingDirectory = workTree.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["GIT_TERMINAL_PROMPT"] = "0", ["GIT_CONFIG_GLOBAL"] = "/dev/null", ["GIT_CONFIG_SYSTEM"] = "/dev/null" },
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Start(start);
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation);
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return process.ExitCode == 0
            ? await output
            : throw new CommandFailure(ExitCode.Failed, $"git {arguments[0]} failed: {(await errors).Trim()}");
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            throw new CommandFailure(ExitCode.Failed, "git is not installed; Fairway hosts repositories through it. Install git and try again");
        }
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }
    }
}
