using Fairway.Resources.Traffic;

namespace Fairway.Gateway.Traffic;

/// <summary>
/// Requests over time for one backend or route, in constant memory: a fine ring (0.2 s for a minute) and a coarse one (2 s for
/// ten minutes). Recording is O(1); summing is O(buckets in the window).
/// </summary>
internal sealed class TrafficSeries
{
    /// <summary>Upper bounds in milliseconds; the last is infinity.</summary>
    public static readonly double[] Bounds =
        [0.5, 1, 2, 3, 5, 7.5, 10, 15, 25, 50, 75, 100, 150, 250, 400, 600, 1000, 1500, 2500, 5000, 10000, 30000, double.PositiveInfinity];

    private static readonly TimeSpan FineSpan = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan CoarseSpan = TimeSpan.FromSeconds(2);
    private const int Buckets = 300;

    private readonly TimeProvider _time;
    private readonly long _epoch;

    /// <summary>Guards both rings.</summary>
    private readonly Lock _lock = new();
    private readonly Ring _fine = new(FineSpan);
    private readonly Ring _coarse = new(CoarseSpan);

    public TrafficSeries(TimeProvider time)
    {
        _time = time;
        _epoch = time.GetTimestamp();
    }

    /// <summary>When a request was last recorded, as a timestamp of the time provider.</summary>
    public long LastRecorded { get; private set; }

    public void Record(double milliseconds, bool failed)
    {
        int bound = 0;
        while (milliseconds > Bounds[bound])
        {
            bound++;
        }

        TimeSpan now = _time.GetElapsedTime(_epoch);
        lock (_lock)
        {
            _fine.At(now).Add(bound, failed);
            _coarse.At(now).Add(bound, failed);
            LastRecorded = _time.GetTimestamp();
        }
    }

    /// <summary>Everything in a window that ends now.</summary>
    public TrafficSummary Summarize(TimeSpan window)
    {
        var sum = new Bucket();
        TimeSpan now = _time.GetElapsedTime(_epoch);
        lock (_lock)
        {
            Ring ring = window <= FineSpan * Buckets ? _fine : _coarse;
            foreach (Bucket bucket in ring.Since(now - window, now))
            {
                sum.Add(bucket);
            }
        }

        return sum.ToSummary();
    }

    /// <summary>Points at a step, oldest first, each the sum of its span; the last is the span that is not over yet.</summary>
    public IReadOnlyList<TrafficPoint> Points(TimeSpan window, TimeSpan step)
    {
        TimeSpan now = _time.GetElapsedTime(_epoch);
        DateTimeOffset clock = _time.GetUtcNow();
        int count = Math.Clamp((int)(window / step), 1, Buckets);
        var points = new TrafficPoint[count];
        lock (_lock)
        {
            Ring ring = window <= FineSpan * Buckets ? _fine : _coarse;
            for (int index = 0; index < count; index++)
            {
                TimeSpan end = now - (step * (count - 1 - index));
                var sum = new Bucket();
                foreach (Bucket bucket in ring.Since(end - step, end))
                {
                    sum.Add(bucket);
                }

                points[index] = new TrafficPoint(clock - (now - end), sum.ToSummary());
            }
        }

        return points;
    }

    /// <summary>Buckets of equal span, reused in a circle; a bucket belongs to the turn whose number it carries.</summary>
    private sealed class Ring(TimeSpan span)
    {
        private readonly Bucket?[] _buckets = new Bucket?[Buckets];

        public Bucket At(TimeSpan now)
        {
            long turn = now.Ticks / span.Ticks;
            ref Bucket? bucket = ref _buckets[turn % Buckets];
            bucket ??= new Bucket { Turn = turn };
            if (bucket.Turn != turn)
            {
                bucket.Clear(turn);
            }

            return bucket;
        }

        /// <summary>The buckets that began after <paramref name="from"/> and not after <paramref name="to"/>.</summary>
        public IEnumerable<Bucket> Since(TimeSpan from, TimeSpan to)
        {
            long last = to.Ticks / span.Ticks;
            long first = Math.Max(from.Ticks < 0 ? 0 : (from.Ticks / span.Ticks) + 1, last - Buckets + 1);
            for (long turn = Math.Max(first, 0); turn <= last; turn++)
            {
                if (_buckets[turn % Buckets] is { } bucket && bucket.Turn == turn)
                {
                    yield return bucket;
                }
            }
        }
    }

    private sealed class Bucket
    {
        private readonly int[] _counts = new int[Bounds.Length];
        private long _requests;
        private long _failures;

        public long Turn { get; set; }

        public void Add(int bound, bool failed)
        {
            _counts[bound]++;
            _requests++;
            _failures += failed ? 1 : 0;
        }

        public void Add(Bucket other)
        {
            for (int bound = 0; bound < _counts.Length; bound++)
            {
                _counts[bound] += other._counts[bound];
            }

            _requests += other._requests;
            _failures += other._failures;
        }

        public void Clear(long turn)
        {
            Array.Clear(_counts);
            _requests = 0;
            _failures = 0;
            Turn = turn;
        }

        public TrafficSummary ToSummary()
        {
            var latency = new LatencyBucket[Bounds.Length];
            long below = 0;
            for (int bound = 0; bound < Bounds.Length; bound++)
            {
                below += _counts[bound];
                latency[bound] = new LatencyBucket(Bounds[bound], below);
            }

            return new TrafficSummary { Requests = _requests, Failures = _failures, Latency = latency };
        }
    }
}

/// <summary>What happened in the span that ends at a moment.</summary>
public readonly record struct TrafficPoint(DateTimeOffset At, TrafficSummary Summary);
