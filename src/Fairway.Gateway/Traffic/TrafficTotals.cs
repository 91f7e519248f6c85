using System.Collections.Concurrent;
using Fairway.Resources.Traffic;

namespace Fairway.Gateway.Traffic;

/// <summary>Counts that only ever rise, for telemetry. Bounded: past the most entries new ones share one.</summary>
internal sealed class TrafficTotals
{
    private static readonly double[] Bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, double.PositiveInfinity];
    private static readonly TrafficKey Overflow = new("", "", "(others)", "");

    private readonly ConcurrentDictionary<TrafficKey, Entry> _entries = new();

    public void Record(in TrafficKey key, double milliseconds, int status)
        => (_entries.TryGetValue(key, out Entry? entry) ? entry : _entries.GetOrAdd(_entries.Count < TrafficMeter.MostSeries ? key : Overflow, _ => new Entry()))
            .Record(milliseconds / 1000, status);

    public IReadOnlyList<TrafficTotal> All() => [.. _entries.Select(entry => entry.Value.Total(entry.Key))];

    private sealed class Entry
    {
        /// <summary>Guards all below.</summary>
        private readonly Lock _lock = new();
        private readonly long[] _buckets = new long[Bounds.Length];
        private readonly Dictionary<int, long> _codes = [];
        private double _seconds;

        public void Record(double seconds, int status)
        {
            int bound = 0;
            while (seconds > Bounds[bound])
            {
                bound++;
            }

            lock (_lock)
            {
                _buckets[bound]++;
                _seconds += seconds;
                _codes[status] = _codes.GetValueOrDefault(status) + 1;
            }
        }

        public TrafficTotal Total(TrafficKey key)
        {
            lock (_lock)
            {
                var latency = new LatencyBucket[Bounds.Length];
                long count = 0;
                for (int bound = 0; bound < Bounds.Length; bound++)
                {
                    latency[bound] = new LatencyBucket(Bounds[bound], count += _buckets[bound]);
                }

                return new TrafficTotal
                {
                    Cluster = key.Cluster,
                    Namespace = key.Namespace,
                    Service = key.Service,
                    Release = key.Release,
                    Codes = new Dictionary<int, long>(_codes),
                    Latency = latency,
                    Seconds = _seconds,
                };
            }
        }
    }
}
