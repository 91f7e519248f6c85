namespace Fairway.Telemetry.Logs.Pods;

/// <summary>
/// How far a container's log has been taken: the time of the newest line, and how many lines of that moment there were. A log
/// that is read again from that time on gives no line twice. Not for several threads.
/// </summary>
internal sealed class LogPosition(DateTimeOffset start)
{
    /// <summary>Times have the resolution of a tick; lines of one moment are told apart, and kept in order, below it.</summary>
    private const int Below = 99;

    private long _last = (start - DateTimeOffset.UnixEpoch).Ticks * 100;
    private int _taken;
    private long _skipAt;
    private int _skip;

    /// <summary>Where to read from.</summary>
    public DateTimeOffset Since => DateTimeOffset.UnixEpoch.AddTicks(_last / 100);

    /// <summary>The log is read from <see cref="Since"/> on once more.</summary>
    public void Restart() => (_skipAt, _skip) = (_last, _taken);

    /// <summary>The moment to keep a line under, in nanoseconds; null for a line that was taken before.</summary>
    public long? Take(long time)
    {
        if (time < _skipAt)
        {
            return null;
        }

        if (time == _skipAt && _skip > 0)
        {
            _skip--;
            return null;
        }

        if (time > _last)
        {
            (_last, _taken) = (time, 0);
        }

        // Two streams of one container may come a moment out of order: the position never goes back.
        return time < _last ? time : time + Math.Min(_taken++, Below);
    }
}
