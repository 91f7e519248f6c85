using System.Diagnostics;

namespace Fairway.Node.Runtimes.Process;

/// <summary>One more process in a container: the same environment, root and working directory as its program.</summary>
internal sealed class ProcessExec : IExecSession
{
    private readonly System.Diagnostics.Process _process;

    private ProcessExec(System.Diagnostics.Process process, bool stdin)
    {
        _process = process;
        Input = stdin ? process.StandardInput.BaseStream : Stream.Null;
        if (!stdin)
        {
            process.StandardInput.Close();
        }

        Exited = WaitAsync(process);
    }

    public Stream Input { get; }

    public Stream Output => _process.StandardOutput.BaseStream;

    public Stream Error => _process.StandardError.BaseStream;

    public Task<int> Exited { get; }

    /// <summary>Starts it, with a terminal where one is wanted.</summary>
    public static IExecSession Start(
        string setSid, ExecRequest request, IReadOnlyList<string> variables, string workingDirectory, string root)
    {
        var start = new ProcessStartInfo(setSid)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = workingDirectory,
        };
        start.Environment.Clear();
        foreach (string variable in variables)
        {
            int equals = variable.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                start.Environment[variable[..equals]] = variable[(equals + 1)..];
            }
        }

        (string program, IReadOnlyList<string> arguments) = LaunchPlanner.PlanExec(
            request.Command, workingDirectory, root, start.Environment.TryGetValue("PATH", out string? path) ? path ?? "" : "");
        start.ArgumentList.Add(program);
        if (request.Tty)
        {
            return TerminalProcess.Start(
                setSid, program, arguments, start.Environment.ToDictionary(pair => pair.Key, pair => pair.Value), workingDirectory, request.Stdin);
        }

        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var process = new System.Diagnostics.Process { StartInfo = start };
        process.Start();
        return new ProcessExec(process, request.Stdin);
    }

    public void Resize(int columns, int rows)
    {
        // Plain pipes have no size.
    }

    public ValueTask DisposeAsync()
    {
        if (!Exited.IsCompleted)
        {
            Native.Kill(-_process.Id, Native.SigKill);
        }

        _process.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task<int> WaitAsync(System.Diagnostics.Process process)
    {
        await process.WaitForExitAsync(CancellationToken.None);
        return process.ExitCode;
    }
}
