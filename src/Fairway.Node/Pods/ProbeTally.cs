using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Pods;

internal enum ProbeKind
{
    Startup,
    Readiness,
    Liveness,
}

/// <summary>What a container's probe has said so far, for one attempt of the container.</summary>
internal sealed record ProbeTally
{
    public static ProbeTally Empty { get; } = new();

    /// <summary>The verdict by the thresholds; null before there is one.</summary>
    public bool? Verdict { get; init; }

    public int Successes { get; init; }

    public int Failures { get; init; }

    /// <summary>When the last probe was sent.</summary>
    public DateTimeOffset? SentAt { get; init; }

    /// <summary>When the last one that counts was sent (eager ones that fail between periods do not).</summary>
    public DateTimeOffset? CountedAt { get; init; }

    public bool InFlight { get; init; }

    public string Message { get; init; } = "";

    /// <summary>When to ask next.</summary>
    /// <param name="eager">
    /// While there is no verdict, ask this often if that is oftener than the probe's period: a container that is ready after
    /// half a second need not be found so after ten. Null never does.
    /// </param>
    public DateTimeOffset DueAt(Probe probe, DateTimeOffset startedAt, TimeSpan? eager)
    {
        DateTimeOffset first = startedAt + TimeSpan.FromSeconds(probe.InitialDelaySeconds ?? 0);
        if (SentAt is not { } sent)
        {
            return first;
        }

        TimeSpan period = Period(probe);
        return sent + (Verdict is null && eager is { } interval && interval < period ? interval : period);
    }

    public ProbeTally Sent(DateTimeOffset now) => this with { SentAt = now, InFlight = true };

    /// <summary>Adds an answer.</summary>
    public ProbeTally With(bool healthy, string message, Probe probe)
    {
        ProbeTally answered = this with { InFlight = false, Message = message };
        if (healthy)
        {
            int successes = Successes + 1;
            return answered with
            {
                Successes = successes,
                Failures = 0,
                CountedAt = SentAt,
                Verdict = successes >= (probe.SuccessThreshold ?? 1) ? true : Verdict,
            };
        }

        if (CountedAt is { } counted && SentAt - counted < Period(probe))
        {
            return answered with { Successes = 0 };
        }

        int failures = Failures + 1;
        return answered with
        {
            Successes = 0,
            Failures = failures,
            CountedAt = SentAt,
            Verdict = failures >= (probe.FailureThreshold ?? 3) ? false : Verdict,
        };
    }

    private static TimeSpan Period(Probe probe) => TimeSpan.FromSeconds(Math.Max(1, probe.PeriodSeconds ?? 10));
}
