namespace Fairway.Node.Runtimes.Process;

/// <summary>
/// Joins a container's main process: its output is read from the files that it writes to, from now on; its input is written to
/// the pipe that it reads. Leaving does nothing to it, but for ending an input that was meant for one only.
/// </summary>
internal sealed class ProcessAttach : IExecSession
{
    private readonly ProcessContainer _container;

    public ProcessAttach(ProcessContainer container, bool stdin, TimeProvider time)
    {
        _container = container;
        Input = stdin && container.State.Stdin ? new InputStream(container) : Stream.Null;
        Output = new TailStream(Path.Combine(container.Directory.Path, "out"), () => !container.IsRunning, time);
        Error = container.State.Tty ? Stream.Null : new TailStream(Path.Combine(container.Directory.Path, "err"), () => !container.IsRunning, time);
        Exited = WaitAsync(container, time);
    }

    public Stream Input { get; }

    public Stream Output { get; }

    public Stream Error { get; }

    public Task<int> Exited { get; }

    public void Resize(int columns, int rows) => _container.Resize(columns, rows);

    public async ValueTask DisposeAsync()
    {
        await Input.DisposeAsync();
        await Output.DisposeAsync();
        await Error.DisposeAsync();
    }

    private static async Task<int> WaitAsync(ProcessContainer container, TimeProvider time)
    {
        while (container.IsRunning)
        {
            await Task.Delay(TailStream.Interval, time, CancellationToken.None);
        }

        return container.Record().ExitCode ?? 0;
    }
}

/// <summary>Writes to the pipe that a container reads. Where the input is for one only, it ends when this is closed.</summary>
internal sealed class InputStream(ProcessContainer container) : Stream
{
    private readonly FileStream _pipe = new(
        container.Directory.Input, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Write, Share = FileShare.ReadWrite, BufferSize = 0 });

    private bool _closed;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _pipe.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => _pipe.WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => _pipe.Write(buffer, offset, count);

    public override void Flush() => _pipe.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_closed)
        {
            _closed = true;
            if (container.State.StdinOnce)
            {
                container.EndInput();
            }

            _pipe.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>Reads a file that grows, from its present end until it will grow no more.</summary>
internal sealed class TailStream : Stream
{
    /// <summary>A person who types waits no longer than this for what comes back.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(15);

    private readonly FileStream? _file;
    private readonly Func<bool> _complete;
    private readonly TimeProvider _time;

    public TailStream(string path, Func<bool> complete, TimeProvider time)
    {
        _complete = complete;
        _time = time;
        try
        {
            _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            _file.Seek(0, SeekOrigin.End);
        }
        catch (IOException)
        {
            // It has ended in between: there is nothing more to read.
        }
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_file is not null)
        {
            bool last = _complete();
            int read = await _file.ReadAsync(buffer, cancellationToken);
            if (read > 0 || last)
            {
                return read;
            }

            await Task.Delay(Interval, _time, cancellationToken);
        }

        return 0;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
        // Nothing is written.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _file?.Dispose();
        base.Dispose(disposing);
    }
}
