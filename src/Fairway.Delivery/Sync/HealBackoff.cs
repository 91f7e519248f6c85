using System.Collections.Concurrent;

namespace Fairway.Delivery.Sync;

/// <summary>
/// How soon a drift may be healed again: at once the first time, then after 2 s, 6 s, 18 s, … up to 5 minutes, so that two who
/// disagree about a field do not chase each other. Ten quiet minutes forgive.
/// </summary>
internal sealed class HealBackoff(TimeProvider time)
{
    private static readonly TimeSpan Cap = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Forgiven = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, (int Count, DateTimeOffset At)> _healed = new();

    /// <summary>How long to wait before healing; zero for at once.</summary>
    public TimeSpan Delay(string key)
    {
        if (!_healed.TryGetValue(key, out (int Count, DateTimeOffset At) last))
        {
            return TimeSpan.Zero;
        }

        TimeSpan passed = time.GetUtcNow() - last.At;
        TimeSpan pause = TimeSpan.FromSeconds(Math.Min(Cap.TotalSeconds, 2 * Math.Pow(3, last.Count - 1)));
        return passed >= pause ? TimeSpan.Zero : pause - passed;
    }

    public void Healed(string key)
    {
        DateTimeOffset now = time.GetUtcNow();
        _healed.AddOrUpdate(key, (1, now), (_, last) => now - last.At > Forgiven ? (1, now) : (last.Count + 1, now));
    }
}
