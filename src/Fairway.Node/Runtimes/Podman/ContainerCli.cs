using System.Diagnostics;
using System.Text;

namespace Fairway.Node.Runtimes.Podman;

/// <summary>What a run of the program gave.</summary>
internal sealed record CliResult(int Code, string Output, string Error)
{
    /// <summary>The last line of the error output, without the program's prefix: what a person needs.</summary>
    public string Complaint
        => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault()?.Replace("Error: ", "", StringComparison.Ordinal)
            ?? $"exit code {Code}";
}

/// <summary>Runs <c>podman</c> or <c>docker</c>.</summary>
internal sealed class ContainerCli(string program, TimeProvider time)
{
    /// <summary>podman's database and network set-up suffer from many callers at once, and so does a small machine.</summary>
    private readonly SemaphoreSlim _slots = new(4, 4);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public string Program => program;

    /// <summary>Runs to the end.</summary>
    /// <param name="variables">Added to the program's environment: values that must not be seen in the process table.</param>
    public async Task<CliResult> RunAsync(
        IEnumerable<string> arguments,
        CancellationToken cancellation,
        Func<Stream, Task>? input = null,
        IReadOnlyDictionary<string, string>? variables = null)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        await _slots.WaitAsync(either.Token);
        try
        {
            using System.Diagnostics.Process process = Start(arguments, variables);
            Task<string> output = process.StandardOutput.ReadToEndAsync(either.Token);
            Task<string> error = process.StandardError.ReadToEndAsync(either.Token);
            try
            {
                await FeedAsync(process, input);
                await process.WaitForExitAsync(either.Token);
                return new CliResult(process.ExitCode, await output, await error);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                if (cancellation.IsCancellationRequested)
                {
                    throw;
                }

                return new CliResult(-1, "", $"{program} did not answer within {Patience.TotalSeconds} seconds");
            }
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <summary>Starts a run whose streams the caller reads.</summary>
    public System.Diagnostics.Process Start(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? variables = null)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in variables ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var process = new System.Diagnostics.Process { StartInfo = start };
        process.Start();
        return process;
    }

    private static async Task FeedAsync(System.Diagnostics.Process process, Func<Stream, Task>? input)
    {
        try
        {
            if (input is not null)
            {
                await input(process.StandardInput.BaseStream);
            }

            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading: its own complaint says why.
        }
    }
}
