using System.Buffers;
using System.Buffers.Binary;
using Fairway.Node.Runtimes;
using Fairway.Node.Runtimes.Process;
using Microsoft.Win32.SafeHandles;

namespace Fairway.Node.Logs;

/// <summary>How much of a container's output is kept.</summary>
/// <param name="FileBytes">A log file is closed when it is longer than this.</param>
/// <param name="Files">How many are kept.</param>
internal sealed record LogLimits(long FileBytes, int Files);

/// <summary>
/// Turns what a container writes to the raw files <c>out</c> and <c>err</c> into a log of timestamped lines. The container
/// writes to plain files and not to a pipe, so that it neither fails nor blocks while the platform is down; a line's time is
/// when it was seen here.
/// </summary>
/// <remarks>
/// Every line gets into the log exactly once, also across a crash: after each batch the positions (in both raw files, and in
/// the log) are recorded in one small write, and what the log has beyond its recorded position is cut off at the start.
/// What has been read of a raw file is given back to the file system, since it cannot be shortened under its writer.
/// </remarks>
internal sealed class OutputPump : IDisposable
{
    /// <summary>A longer line is kept in parts.</summary>
    public const int MaxLine = 16 * 1024;

    private const int ReadSize = 4 * MaxLine;
    private const long PunchStep = 1024 * 1024;
    private const int ChunksInOneGo = 64;

    private readonly string _directory;
    private readonly string _logs;
    private readonly LogLimits _limits;
    private readonly TimeProvider _time;
    private readonly byte[] _chunk = new byte[ReadSize];
    private readonly ArrayBufferWriter<byte> _lines = new();
    private readonly Raw _out;
    private readonly Raw _error;

    // Guards everything below and the buffers: the periodic pump and the last one may meet.
    private readonly Lock _gate = new();
    private readonly SafeFileHandle _progress;
    private SafeFileHandle? _log;
    private long _number;
    private long _length;
    private bool _finished;

    public OutputPump(string directory, LogLimits limits, TimeProvider time)
    {
        _directory = directory;
        _logs = Path.Combine(directory, "log");
        _limits = limits;
        _time = time;
        _out = new Raw(Path.Combine(directory, "out"), LogStream.Out);
        _error = new Raw(Path.Combine(directory, "err"), LogStream.Error);
        Directory.CreateDirectory(_logs);
        _progress = File.OpenHandle(Path.Combine(directory, "progress"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        Recover();
    }

    /// <summary>The directory that <see cref="LogFiles"/> reads.</summary>
    public string LogDirectory => _logs;

    /// <summary>True once all output is in the log and no more will come.</summary>
    public bool IsFinished => Volatile.Read(ref _finished);

    /// <summary>Moves what is there. Bounded work; cheap when there is nothing new (two length checks).</summary>
    public void Pump()
    {
        lock (_gate)
        {
            if (!_finished)
            {
                Move(last: false);
            }
        }
    }

    /// <summary>The container has ended: moves the rest, also a line without an end, and drops the raw files.</summary>
    public void Finish()
    {
        lock (_gate)
        {
            if (_finished)
            {
                return;
            }

            while (Move(last: true))
            {
                // Bounded by what the container wrote before it ended.
            }

            Volatile.Write(ref _finished, true);
            _out.Delete();
            _error.Delete();
            _log?.Dispose();
            _log = null;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            Volatile.Write(ref _finished, true);
            _out.Dispose();
            _error.Dispose();
            _log?.Dispose();
            _progress.Dispose();
        }
    }

    private bool Move(bool last)
    {
        bool any = false;
        for (int i = 0; i < ChunksInOneGo; i++)
        {
            bool moved = MoveChunk(_out, last) | MoveChunk(_error, last);
            if (!moved)
            {
                break;
            }

            any = true;
        }

        return any;
    }

    private bool MoveChunk(Raw raw, bool last)
    {
        int read = raw.Read(_chunk);
        if (read == 0)
        {
            return false;
        }

        DateTimeOffset now = _time.GetUtcNow();
        int taken = 0;
        while (taken < read)
        {
            ReadOnlySpan<byte> rest = _chunk.AsSpan(taken, read - taken);
            int end = rest.IndexOf((byte)'\n');
            int length = Math.Min(end < 0 ? rest.Length : end, MaxLine);
            bool whole = end >= 0 && end <= MaxLine;
            if (!whole && length < MaxLine && !(last && read < ReadSize))
            {
                break;
            }

            LogFormat.Write(_lines, now, raw.Stream, rest[..length], partial: !whole);
            taken += whole ? length + 1 : length;
        }

        if (taken == 0)
        {
            return false;
        }

        raw.Advance(taken);
        Append();
        return true;
    }

    private void Append()
    {
        if (_log is null || _length >= _limits.FileBytes)
        {
            Rotate();
        }

        RandomAccess.Write(_log!, _lines.WrittenSpan, _length);
        _length += _lines.WrittenCount;
        _lines.ResetWrittenCount();
        Record();
    }

    private void Rotate()
    {
        if (_log is not null)
        {
            _log.Dispose();
            _number++;
            _length = 0;
        }

        _log = File.OpenHandle(
            Path.Combine(_logs, LogCursor.FileName(_number)), FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        foreach (long old in LogCursor.Numbers(_logs).Where(number => number <= _number - _limits.Files))
        {
            File.Delete(Path.Combine(_logs, LogCursor.FileName(old)));
        }
    }

    private void Record()
    {
        Span<byte> record = stackalloc byte[32];
        BinaryPrimitives.WriteInt64LittleEndian(record, _out.Position);
        BinaryPrimitives.WriteInt64LittleEndian(record[8..], _error.Position);
        BinaryPrimitives.WriteInt64LittleEndian(record[16..], _number);
        BinaryPrimitives.WriteInt64LittleEndian(record[24..], _length);
        RandomAccess.Write(_progress, record, 0);
    }

    private void Recover()
    {
        Span<byte> record = stackalloc byte[32];
        if (RandomAccess.Read(_progress, record, 0) < record.Length)
        {
            return;
        }

        _out.Position = BinaryPrimitives.ReadInt64LittleEndian(record);
        _error.Position = BinaryPrimitives.ReadInt64LittleEndian(record[8..]);
        _number = BinaryPrimitives.ReadInt64LittleEndian(record[16..]);
        _length = BinaryPrimitives.ReadInt64LittleEndian(record[24..]);
        foreach (long later in LogCursor.Numbers(_logs).Where(number => number > _number))
        {
            File.Delete(Path.Combine(_logs, LogCursor.FileName(later)));
        }

        Rotate();
        RandomAccess.SetLength(_log!, _length);
    }

    /// <summary>One of the files that the container writes.</summary>
    private sealed class Raw(string path, LogStream stream) : IDisposable
    {
        private SafeFileHandle? _file;
        private long _punched;

        public LogStream Stream => stream;

        public long Position { get; set; }

        public int Read(byte[] buffer)
        {
            if (_file is null)
            {
                if (!File.Exists(path))
                {
                    return 0;
                }

                _file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            }

            long length = RandomAccess.GetLength(_file);

            // A container may shorten its own output (its descriptor is its own): go on from there.
            Position = Math.Min(Position, length);
            return length == Position ? 0 : RandomAccess.Read(_file, buffer, Position);
        }

        public void Advance(int bytes)
        {
            Position += bytes;
            if (Position - _punched >= PunchStep)
            {
                Native.PunchHole(_file!, _punched, Position - _punched);
                _punched = Position;
            }
        }

        public void Delete()
        {
            Dispose();
            File.Delete(path);
        }

        public void Dispose()
        {
            _file?.Dispose();
            _file = null;
        }
    }
}
