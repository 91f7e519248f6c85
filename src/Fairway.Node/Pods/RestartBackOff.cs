namespace Fairway.Node.Pods;

/// <summary>
/// How long a container that ended waits before its next start: the first restart is at once, then 10 s, doubling to 5 min; a
/// container that then ran for 10 min begins anew.
/// </summary>
/// <param name="Delay">What the next end has to wait.</param>
/// <param name="SetAt">When it was last raised: the last restart.</param>
internal sealed record RestartBackOff(TimeSpan Delay, DateTimeOffset SetAt)
{
    public static readonly TimeSpan First = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan ForgottenAfter = 2 * Longest;

    /// <summary>When a container that ended at this time may start again.</summary>
    public static DateTimeOffset MayStartAt(RestartBackOff? backOff, DateTimeOffset endedAt)
        => backOff is null || endedAt - backOff.SetAt > ForgottenAfter ? endedAt : endedAt + backOff.Delay;

    /// <summary>The state after a restart at this time.</summary>
    public static RestartBackOff Next(RestartBackOff? backOff, DateTimeOffset endedAt, DateTimeOffset now)
        => backOff is null || endedAt - backOff.SetAt > ForgottenAfter
            ? new RestartBackOff(First, now)
            : new RestartBackOff(backOff.Delay * 2 > Longest ? Longest : backOff.Delay * 2, now);
}
