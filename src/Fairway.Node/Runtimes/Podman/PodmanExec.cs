namespace Fairway.Node.Runtimes.Podman;

/// <summary>A process in a container, through the program's own <c>exec</c>.</summary>
internal sealed class PodmanExec : IExecSession
{
    private readonly System.Diagnostics.Process _process;

    public PodmanExec(System.Diagnostics.Process process, bool stdin)
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

    public void Resize(int columns, int rows)
    {
        // Plain pipes have no size.
    }

    public ValueTask DisposeAsync()
    {
        if (!Exited.IsCompleted)
        {
            _process.Kill(entireProcessTree: true);
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
