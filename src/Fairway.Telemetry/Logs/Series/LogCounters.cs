using System.Runtime.InteropServices;
using Fairway.PromQL;

namespace Fairway.Telemetry.Logs.Series;

/// <summary>Lines of streams that share labels, counted since the start.</summary>
internal sealed record LogCount(Labels Labels, long Lines, long Bytes);

/// <summary>
/// Counts lines by their streams' labels and what they say of their weight, so that metrics can be made of them without reading
/// them again. Labels that name single pods are left out; past a number of groups the rest is counted together.
/// </summary>
internal sealed class LogCounters
{
    private const int Most = 2000;
    private static readonly string[] Single = ["container", "k8s_container_name", "k8s_pod_name", "pod", "run", "service_instance_id", "step"];
    private static readonly Labels Others = Labels.Of(("service_name", "(others)"));

    /// <summary>Guards the counts.</summary>
    private readonly Lock _lock = new();
    private readonly Dictionary<Labels, (long Lines, long Bytes)> _counts = [];
    private readonly Dictionary<(Labels Stream, string Level), Labels> _groups = [];

    public void Add(LogBatch batch)
    {
        lock (_lock)
        {
            foreach (LogEntry entry in batch.Entries)
            {
                ref (long Lines, long Bytes) count = ref CollectionsMarshal.GetValueRefOrAddDefault(_counts, Group(batch.Stream, entry), out _);
                count = (count.Lines + 1, count.Bytes + entry.Line.Length);
            }
        }
    }

    public IReadOnlyList<LogCount> Counts()
    {
        lock (_lock)
        {
            return [.. _counts.Select(one => new LogCount(one.Key, one.Value.Lines, one.Value.Bytes))];
        }
    }

    private Labels Group(Labels stream, LogEntry entry)
    {
        string level = entry.Metadata["detected_level"];
        if (_groups.TryGetValue((stream, level), out Labels? group))
        {
            return group;
        }

        if (_groups.Count > 10 * Most)
        {
            _groups.Clear();
        }

        group = stream.Drop(Single).With("level", level.Length > 0 ? level : stream["level"]);
        group = _counts.Count < Most || _counts.ContainsKey(group) ? group : Others;
        return _groups[(stream, level)] = group;
    }
}
