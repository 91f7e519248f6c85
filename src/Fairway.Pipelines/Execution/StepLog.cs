using System.Globalization;
using System.Text;

namespace Fairway.Pipelines.Execution;

/// <summary>One step's log on disk: a line is its time, a space, and the text with secrets masked. Written line by line, so that it can be followed.</summary>
/// <remarks>Safe for concurrent use: what a step left running in the background still writes here.</remarks>
internal sealed class StepLog : IDisposable
{
    private readonly FileStream _file;
    private readonly Masker _masker;
    private readonly RunFeed _feed;
    private readonly TimeProvider _time;
    private readonly long _limit;
    private readonly Action<DateTimeOffset, string> _told;
    private readonly Lock _gate = new();

    // Guarded by the lock: the file, the length, the last line.
    private long _length;
    private bool _closed;

    public StepLog(string path, Masker masker, RunFeed feed, TimeProvider time, long limit, Action<DateTimeOffset, string> told)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 0);
        _masker = masker;
        _feed = feed;
        _time = time;
        _limit = limit;
        _told = told;
    }

    /// <summary>The last line that is not blank and no marker; null before there is one.</summary>
    public string? LastLine { get; private set; }

    public void Write(string line)
    {
        string masked = _masker.Apply(line);
        DateTimeOffset now = _time.GetUtcNow();
        string stamped = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z' ", CultureInfo.InvariantCulture) + masked + "\n";
        byte[] bytes = Encoding.UTF8.GetBytes(stamped);
        lock (_gate)
        {
            if (_closed || _length > _limit)
            {
                return;
            }

            if (_length + bytes.Length > _limit)
            {
                bytes = Encoding.UTF8.GetBytes(stamped[..28] + $"##[warning]The log is cut here: it is longer than {_limit} bytes.\n");
                _length = _limit;
            }

            _file.Write(bytes);
            _length += bytes.Length;
            if (!string.IsNullOrWhiteSpace(masked) && !masked.StartsWith("##[", StringComparison.Ordinal))
            {
                LastLine = masked.Trim();
            }
        }

        _told(now, masked);
        _feed.Pulse();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            _file.Dispose();
        }
    }
}
