using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Fairway.Node.Runtimes.Process;

/// <summary>A pseudo-terminal: this side reads what is printed and writes what is typed, the process has the other.</summary>
internal sealed class PseudoTerminal : IDisposable
{
    private readonly SafeFileHandle _master;

    private PseudoTerminal(SafeFileHandle master, string path)
    {
        _master = master;
        Path = path;
        Stream = new TerminalStream(master);
    }

    /// <summary>The process's side: <c>/dev/pts/7</c>.</summary>
    public string Path { get; }

    public Stream Stream { get; }

    /// <exception cref="ContainerException">The system has none to give.</exception>
    public static PseudoTerminal Open()
    {
        int descriptor = Native.OpenTerminal(out string path);
        return descriptor >= 0
            ? new PseudoTerminal(new SafeFileHandle(descriptor, ownsHandle: true), path)
            : throw new ContainerException(ContainerFault.CannotRun, "the system gave no pseudo-terminal");
    }

    public void Resize(int columns, int rows) => Native.ResizeTerminal((int)_master.DangerousGetHandle(), columns, rows);

    public void Dispose() => _master.Dispose();

    /// <summary>The words that run a program with this as its terminal and in a session of its own.</summary>
    public IReadOnlyList<string> Launch(string setSid, string program, IEnumerable<string> arguments)
    {
        const string Script = "terminal=$1; setsid=$2; shift 2; exec \"$setsid\" -c \"$@\" <\"$terminal\" >\"$terminal\" 2>&1";
        return ["-c", Script, "sh", Path, setSid, program, .. arguments];
    }

    /// <summary>A terminal whose other side is closed reads as an error, which is its end.</summary>
    private sealed class TerminalStream(SafeFileHandle handle) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            => new(Task.Run(() => Read(buffer.Span), cancellationToken));

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
            => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(Span<byte> buffer) => handle.IsClosed ? 0 : Math.Max(0, Native.Read(handle, buffer));

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
            => new(Task.Run(() => Write(buffer.Span), cancellationToken));

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
            => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            while (buffer.Length > 0)
            {
                int written = Native.Write(handle, buffer);
                if (written <= 0)
                {
                    throw new IOException("the terminal is closed");
                }

                buffer = buffer[written..];
            }
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
            // Nothing is held back.
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        /// <summary>The end of input is what a person would type.</summary>
        protected override void Dispose(bool disposing)
        {
            if (disposing && !handle.IsClosed)
            {
                _ = Native.Write(handle, Encoding.ASCII.GetBytes("\u0004"));
            }

            base.Dispose(disposing);
        }
    }
}
