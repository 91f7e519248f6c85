namespace Fairway.Telemetry.Traces.Storage;

/// <summary>How often operations were seen in this hour and the one before: what is rare. Not for several threads.</summary>
internal sealed class OperationCounts
{
    private const int Most = 100_000;
    private const long Hour = 3600;
    private Dictionary<(string Service, string Operation), int> _now = [];
    private Dictionary<(string Service, string Operation), int> _before = [];
    private long _hour;

    public void Add(SpanRecord span, long seconds)
    {
        long hour = seconds / Hour;
        if (hour != _hour || _now.Count > Most)
        {
            (_before, _now, _hour) = (_now, [], hour);
        }

        (string, string) key = (span.Process.Service, span.Name);
        _now[key] = _now.GetValueOrDefault(key) + 1;
    }

    public int Seen(SpanRecord span)
    {
        (string, string) key = (span.Process.Service, span.Name);
        return _now.GetValueOrDefault(key) + _before.GetValueOrDefault(key);
    }
}
