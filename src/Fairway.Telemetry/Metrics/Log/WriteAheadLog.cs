using System.Buffers;
using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Fairway.Telemetry.Metrics.Log;

/// <summary>
/// Records before they are acknowledged. Writers add frames to a shared buffer and wait for <see cref="CommitAsync"/>; one task
/// writes the buffer and flushes the device for all of them together, so the cost of durability is one flush per group. Segments
/// are numbered files; old ones are removed once a checkpoint holds what they say.
/// </summary>
internal sealed class WriteAheadLog : IAsyncDisposable
{
    private const string Suffix = ".wal";
    private static readonly byte[] Nothing = [];

    private readonly string _directory;
    private readonly long _segmentSize;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _loop;

    /// <summary>Guards the pending buffer and its promise.</summary>
    private readonly Lock _lock = new();
    private ArrayBufferWriter<byte> _pending = new(1 << 16);
    private ArrayBufferWriter<byte> _spare = new(1 << 16);
    private TaskCompletionSource _promise = NewPromise();
    private bool _rotate;
    private bool _ended;
    private SafeFileHandle _file;
    private long _written;
    private long _total;

    /// <summary>Starts a new segment after the last one there is.</summary>
    public WriteAheadLog(string directory, long segmentSize)
    {
        _directory = directory;
        _segmentSize = segmentSize;
        Directory.CreateDirectory(directory);
        Segment = Segments(directory).Select(segment => segment.Number).DefaultIfEmpty(0).Max() + 1;
        _file = Open(Segment);
        _loop = Task.Run(FlushLoopAsync);
    }

    /// <summary>The segment being written.</summary>
    public int Segment { get; private set; }

    /// <summary>Bytes accepted since the log was opened.</summary>
    public long Total => Interlocked.Read(ref _total);

    /// <summary>The segments of a directory, oldest first.</summary>
    public static IReadOnlyList<(int Number, string Path)> Segments(string directory)
        => !Directory.Exists(directory)
            ? []
            : [.. Directory.EnumerateFiles(directory, "*" + Suffix)
                .Select(path => (Number: int.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1, path))
                .Where(segment => segment.Number >= 0)
                .OrderBy(segment => segment.Number)];

    /// <summary>Adds a frame; durable when the task that <see cref="CommitAsync"/> gives afterwards has ended.</summary>
    public void Append(ReadOnlySpan<byte> payload)
    {
        Span<byte> header = stackalloc byte[FrameFile.HeaderSize];
        FrameFile.WriteHeader(header, payload);
        lock (_lock)
        {
            _pending.Write(header);
            _pending.Write(payload);
            _total += FrameFile.HeaderSize + payload.Length;
        }
    }

    /// <summary>Ends when all that was appended before the call is on the device.</summary>
    /// <exception cref="IOException">It could not be written; nothing of the group is acknowledged.</exception>
    public Task CommitAsync()
    {
        Task done;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            done = _promise.Task;
        }

        _wake.Release();
        return done;
    }

    /// <summary>Ends the segment: all that is appended after the returned task has ended is in the segment that it gives, or later.</summary>
    public async Task<int> RotateAsync()
    {
        lock (_lock)
        {
            _rotate = true;
        }

        await CommitAsync();
        return Segment;
    }

    /// <summary>Removes the segments before one.</summary>
    public void RemoveBefore(int segment)
    {
        foreach ((int number, string path) in Segments(_directory))
        {
            if (number < segment)
            {
                File.Delete(path);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
        }

        await _end.CancelAsync();
        _wake.Release();
        await _loop;
        _file.Dispose();
        _end.Dispose();
        _wake.Dispose();
    }

    private static TaskCompletionSource NewPromise() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task FlushLoopAsync()
    {
        while (true)
        {
            await _wake.WaitAsync();
            while (_wake.CurrentCount > 0)
            {
                await _wake.WaitAsync();
            }

            Flush();
            if (_end.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private void Flush()
    {
        ArrayBufferWriter<byte> group;
        TaskCompletionSource promise;
        bool rotate;
        lock (_lock)
        {
            (group, _pending, _spare) = (_pending, _spare, _pending);
            promise = _promise;
            _promise = NewPromise();
            rotate = _rotate;
            _rotate = false;
        }

        try
        {
            if (group.WrittenCount > 0)
            {
                RandomAccess.Write(_file, group.WrittenSpan, _written);
                RandomAccess.FlushToDisk(_file);
                _written += group.WrittenCount;
            }

            if (rotate || _written > _segmentSize)
            {
                _file.Dispose();
                _file = Open(++Segment);
                _written = 0;
            }

            promise.SetResult();
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            promise.SetException(failed as IOException ?? new IOException(failed.Message, failed));
            _ = promise.Task.Exception;
        }
        finally
        {
            group.ResetWrittenCount();
            if (group.Capacity > 8 << 20)
            {
                _spare = new ArrayBufferWriter<byte>(1 << 16);
            }
        }
    }

    private SafeFileHandle Open(int segment)
    {
        string path = Path.Combine(_directory, segment.ToString("00000000", CultureInfo.InvariantCulture) + Suffix);
        SafeFileHandle file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.Read);
        RandomAccess.Write(file, Nothing, 0);
        return file;
    }
}
