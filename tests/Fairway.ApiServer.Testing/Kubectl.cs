using System.Diagnostics;

namespace Fairway.ApiServer.Testing;

/// <summary>What a kubectl command came to.</summary>
public sealed record KubectlResult(int ExitCode, string Output, string Error)
{
    /// <summary>Standard output, when the command succeeded.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message is everything that it said.</exception>
    public string Text => ExitCode == 0 ? Output : throw new InvalidOperationException($"kubectl ended with {ExitCode}: {Output}{Error}");

    public override string ToString() => $"exit {ExitCode}\n{Output}\n{Error}";
}

/// <summary>Runs the real kubectl against a server, with a home directory of its own.</summary>
public sealed class Kubectl : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly string _kubeconfig;
    private readonly string _context;
    private readonly string _home = Directory.CreateTempSubdirectory("fairway-kubectl-").FullName;

    public Kubectl(string kubeconfig, string context)
    {
        _kubeconfig = kubeconfig;
        _context = context;
    }

    /// <summary>The program, or null when this machine has none.</summary>
    public static string? Program { get; } = (System.Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Append("/usr/local/bin")
        .Select(directory => Path.Combine(directory, OperatingSystem.IsWindows() ? "kubectl.exe" : "kubectl"))
        .FirstOrDefault(File.Exists);

    /// <summary>Environment variables of every command.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>A directory for files that commands read.</summary>
    public string Home => _home;

    public Task<KubectlResult> RunAsync(params string[] arguments) => RunAsync(null, arguments);

    /// <summary>Runs a command with something on standard input.</summary>
    public async Task<KubectlResult> RunAsync(string? input, string[] arguments)
    {
        using Process process = Start(arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (input is not null)
        {
            await process.StandardInput.WriteAsync(input);
        }

        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException late)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"kubectl {string.Join(' ', arguments)} did not end within {Patience}.", late);
        }

        return new KubectlResult(process.ExitCode, await output, await error);
    }

    /// <summary>Applies or creates what is given on standard input.</summary>
    public Task<KubectlResult> WithInputAsync(string input, params string[] arguments) => RunAsync(input, arguments);

    /// <summary>Starts a command that lasts; the caller ends it.</summary>
    public Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Program ?? throw new InvalidOperationException("kubectl is not installed."))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add($"--kubeconfig={_kubeconfig}");
        start.ArgumentList.Add($"--context={_context}");
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["HOME"] = _home;
        foreach ((string name, string value) in Environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    public void Dispose() => Directory.Delete(_home, recursive: true);
}
