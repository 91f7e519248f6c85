using System.IO.Pipelines;

namespace Fairway.Node.Runtimes;

/// <summary>Joins a container that has no streams of its own: what it logs from now on is its output, input goes nowhere.</summary>
internal sealed class AttachedLog : IExecSession
{
    private readonly CancellationTokenSource _left = new();
    private readonly Pipe _output = new();
    private readonly Task<int> _copying;

    public AttachedLog(IContainerRuntime runtime, ContainerIdentity container, DateTimeOffset from)
    {
        Output = _output.Reader.AsStream();
        _copying = CopyAsync(runtime, container, from);
    }

    public Stream Input { get; } = Stream.Null;

    public Stream Output { get; }

    public Stream Error { get; } = Stream.Null;

    public Task<int> Exited => _copying;

    public void Resize(int columns, int rows)
    {
        // There is no terminal.
    }

    public async ValueTask DisposeAsync()
    {
        await _left.CancelAsync();
        await Output.DisposeAsync();
        await _copying;
        _left.Dispose();
    }

    private async Task<int> CopyAsync(IContainerRuntime runtime, ContainerIdentity container, DateTimeOffset from)
    {
        try
        {
            await foreach (LogLine line in runtime.ReadLogAsync(container, new LogQuery { Follow = true, Since = from }, _left.Token))
            {
                await _output.Writer.WriteAsync(line.Text, _left.Token);
                await _output.Writer.WriteAsync("\n"u8.ToArray(), _left.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Left.
        }

        await _output.Writer.CompleteAsync();
        return (await runtime.ListAsync(container.PodUid, CancellationToken.None)).FirstOrDefault(record => record.Identity == container)?.ExitCode ?? 0;
    }
}
