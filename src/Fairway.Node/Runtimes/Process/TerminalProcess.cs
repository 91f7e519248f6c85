using System.Diagnostics;

namespace Fairway.Node.Runtimes.Process;

/// <summary>A process on a terminal of its own: an exec or attach with <c>-t</c>.</summary>
internal sealed class TerminalProcess : IExecSession
{
    private readonly System.Diagnostics.Process _process;
    private readonly PseudoTerminal _terminal;

    private TerminalProcess(System.Diagnostics.Process process, PseudoTerminal terminal, bool stdin)
    {
        _process = process;
        _terminal = terminal;
        Input = stdin ? terminal.Stream : Stream.Null;
        Exited = WaitAsync(process);
    }

    public Stream Input { get; }

    public Stream Output => _terminal.Stream;

    public Stream Error => Stream.Null;

    public Task<int> Exited { get; }

    /// <param name="environment">All of the process's environment; null for this program's own.</param>
    public static TerminalProcess Start(
        string setSid,
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string?>? environment,
        string workingDirectory,
        bool stdin)
    {
        var terminal = PseudoTerminal.Open();
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false, WorkingDirectory = workingDirectory };
        foreach (string word in terminal.Launch(setSid, program, arguments))
        {
            start.ArgumentList.Add(word);
        }

        if (environment is not null)
        {
            start.Environment.Clear();
            foreach ((string name, string? value) in environment)
            {
                start.Environment[name] = value;
            }
        }

        start.Environment.TryAdd("TERM", "xterm");
        var process = new System.Diagnostics.Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch
        {
            terminal.Dispose();
            process.Dispose();
            throw;
        }

        return new TerminalProcess(process, terminal, stdin);
    }

    public void Resize(int columns, int rows) => _terminal.Resize(columns, rows);

    public ValueTask DisposeAsync()
    {
        if (!Exited.IsCompleted)
        {
            Native.Kill(-_process.Id, Native.SigKill);
        }

        _terminal.Dispose();
        _process.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task<int> WaitAsync(System.Diagnostics.Process process)
    {
        await process.WaitForExitAsync(CancellationToken.None);
        return process.ExitCode;
    }
}
