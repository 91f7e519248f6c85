using Fairway.PromQL;
using MatchType = Fairway.PromQL.MatchType;

namespace Fairway.Telemetry.Rules;

/// <summary>A rule with what it remembers between evaluations. Used by one evaluation at a time.</summary>
internal abstract class ActiveRule(RuleSpec spec)
{
    public RuleSpec Spec => spec;

    /// <summary>The problem of the last evaluation.</summary>
    public string? LastError { get; set; }

    /// <summary>When it was last evaluated, milliseconds since 1970.</summary>
    public long? LastEvaluation { get; set; }

    /// <summary>How long that took.</summary>
    public TimeSpan EvaluationTime { get; set; }

    public string Health => LastEvaluation is null ? "unknown" : LastError is null ? "ok" : "err";

    /// <summary>Series that the last evaluation gave; those that vanish are marked stale.</summary>
    public HashSet<Labels> LastSeries { get; set; } = [];

    /// <exception cref="PromQLException">The expression cannot be computed, or its results cannot be told apart.</exception>
    public abstract IReadOnlyList<Sample> Evaluate(RuleContext context, long time, long offset, int limit, CancellationToken cancellation);
}

/// <summary>Records the results of an expression under a name.</summary>
internal sealed class RecordingRule(RuleSpec spec) : ActiveRule(spec)
{
    public override IReadOnlyList<Sample> Evaluate(RuleContext context, long time, long offset, int limit, CancellationToken cancellation)
    {
        var results = new List<Sample>();
        var seen = new HashSet<Labels>();
        foreach (Sample sample in context.Query(Spec.Expression, Spec.Query, time - offset, cancellation))
        {
            var labels = new LabelsBuilder(sample.Labels);
            labels.Set(Labels.MetricName, Spec.Name);
            foreach ((string name, string value) in Spec.Labels)
            {
                labels.Set(name, value);
            }

            Labels recorded = labels.ToLabels();
            if (!seen.Add(recorded))
            {
                throw new PromQLException(QueryErrorKind.Execution, "vector contains metrics with the same labelset after applying rule labels");
            }

            results.Add(new Sample(recorded, time - offset, sample.Value, sample.Histogram));
        }

        return limit > 0 && results.Count > limit
            ? throw new PromQLException(QueryErrorKind.Execution, $"exceeded limit of {limit} with {results.Count} series")
            : results;
    }
}

/// <summary>Keeps alerts for the results of an expression.</summary>
internal sealed class AlertingRule(RuleSpec spec) : ActiveRule(spec)
{
    // How long an ended alert is remembered and told again.
    private const long KeepResolved = 15 * 60 * 1000;
    private Dictionary<Labels, Alert> active = [];

    public IReadOnlyCollection<Alert> Alerts => active.Values;

    /// <summary>False until what was pending before a restart is known again.</summary>
    public bool IsRestored { get; set; } = true;

    public AlertState State => active.Count == 0 ? AlertState.Inactive : active.Values.Max(alert => alert.State);

    public void TakeOver(AlertingRule before)
    {
        active = before.active;
        IsRestored = before.IsRestored;
    }

    public override IReadOnlyList<Sample> Evaluate(RuleContext context, long time, long offset, int limit, CancellationToken cancellation)
    {
        Dictionary<Labels, Alert> found = Find(context, time, offset, cancellation);
        var next = new Dictionary<Labels, Alert>();
        foreach ((Labels labels, Alert alert) in active)
        {
            Alert? kept = found.Remove(labels, out Alert? again) ? Continue(alert, again, time) : End(alert, time);
            if (kept is not null)
            {
                next[labels] = kept;
            }
        }

        foreach ((Labels labels, Alert alert) in found)
        {
            next[labels] = Step(alert, time);
        }

        int count = next.Values.Count(alert => alert.State != AlertState.Inactive);
        active = limit > 0 && count > limit ? [] : next;
        if (limit > 0 && count > limit)
        {
            throw new PromQLException(QueryErrorKind.Execution, $"exceeded limit of {limit} with {count} alerts");
        }

        return IsRestored ? [.. next.Values.Where(alert => alert.State != AlertState.Inactive).SelectMany(alert => Series(alert, time - offset))] : [];
    }

    /// <summary>The alerts to hand on now; each is repeated after a while, and an ended one is told for some time.</summary>
    public IReadOnlyList<SentAlert> TakeDue(long time, TimeSpan interval, TimeSpan resend)
    {
        var due = new List<SentAlert>();
        long delay = (long)resend.TotalMilliseconds;
        foreach ((Labels labels, Alert alert) in active.ToList())
        {
            bool send = alert.State != AlertState.Pending
                && ((alert.ResolvedAt > (alert.LastSentAt ?? 0)) || alert.LastSentAt is null || alert.LastSentAt + delay < time);
            if (!send)
            {
                continue;
            }

            active[labels] = alert with { LastSentAt = time };
            long valid = time + (4 * Math.Max((long)interval.TotalMilliseconds, delay));
            due.Add(new SentAlert(alert.Labels, alert.Annotations, alert.FiredAt ?? alert.ActiveAt, alert.ResolvedAt ?? valid, Spec.Query));
        }

        return due;
    }

    /// <summary>Gives pending alerts the time back that they had already waited before a restart.</summary>
    public void Restore(RuleContext context, long time, CancellationToken cancellation)
    {
        const long grace = 10 * 60 * 1000;
        const long tolerance = 60 * 60 * 1000;
        long hold = (long)Spec.For.TotalMilliseconds;
        IsRestored = true;
        if (hold == 0 || active.Count == 0)
        {
            return;
        }

        var matchers = new List<LabelMatcher>
        {
            new(MatchType.Equal, Labels.MetricName, "ALERTS_FOR_STATE"),
            new(MatchType.Equal, "alertname", Spec.Name),
        };
        foreach (ISeries series in context.Source.Select(new SeriesQuery(matchers, time - tolerance, time), cancellation))
        {
            Labels labels = series.Labels.WithoutName();
            var samples = new SampleBuffer();
            series.Read(time - tolerance, time, samples);
            int last = samples.Count - 1;
            while (last >= 0 && StaleMarker.Is(samples.Values[last]))
            {
                last--;
            }

            if (last < 0 || !active.TryGetValue(labels, out Alert? alert) || alert.State == AlertState.Inactive)
            {
                continue;
            }

            long downAt = samples.Times[last];
            long since = (long)(samples.Values[last] * 1000);
            long remaining = hold - (downAt - since);
            long restored = remaining <= 0 ? since : remaining < grace ? time + grace - hold : since + (time - downAt);
            active[labels] = alert with { ActiveAt = restored };
        }
    }

    private Dictionary<Labels, Alert> Find(RuleContext context, long time, long offset, CancellationToken cancellation)
    {
        var templates = new RuleTemplates(context.Query, context.ExternalLabels, context.ExternalUrl);
        var found = new Dictionary<Labels, Alert>();
        foreach (Sample sample in context.Query(Spec.Expression, Spec.Query, time - offset, cancellation))
        {
            var labels = new LabelsBuilder(sample.Labels.WithoutName());
            foreach ((string name, string text) in Spec.Labels)
            {
                labels.Set(name, templates.Expand(Spec.Name, text, sample, time, cancellation));
            }

            labels.Set("alertname", Spec.Name);
            var annotations = new LabelsBuilder();
            foreach ((string name, string text) in Spec.Annotations)
            {
                annotations.Set(name, templates.Expand(Spec.Name, text, sample, time, cancellation));
            }

            var alert = new Alert
            {
                Labels = labels.ToLabels(),
                Annotations = annotations.ToLabels(),
                Value = sample.Value,
                State = AlertState.Pending,
                ActiveAt = time,
            };
            if (!found.TryAdd(alert.Labels, alert))
            {
                throw new PromQLException(QueryErrorKind.Execution, "vector contains metrics with the same labelset after applying alert labels");
            }
        }

        return found;
    }

    private Alert Continue(Alert alert, Alert again, long time)
        => Step(alert.State == AlertState.Inactive ? again : alert with { Value = again.Value, Annotations = again.Annotations, KeepFiringSince = null }, time);

    private Alert Step(Alert alert, long time)
    {
        bool lasted = time - alert.ActiveAt >= (long)Spec.For.TotalMilliseconds;
        return (alert.State, lasted) switch
        {
            (AlertState.Pending, true) => alert with { State = AlertState.Firing, FiredAt = time },
            (AlertState.Firing, false) => alert with { State = AlertState.Pending, FiredAt = null, LastSentAt = null, KeepFiringSince = null },
            _ => alert,
        };
    }

    private Alert? End(Alert alert, long time)
    {
        if (alert.State == AlertState.Firing && Spec.KeepFiringFor > TimeSpan.Zero)
        {
            Alert kept = alert with { KeepFiringSince = alert.KeepFiringSince ?? time };
            if (time - kept.KeepFiringSince < (long)Spec.KeepFiringFor.TotalMilliseconds)
            {
                return Step(kept, time);
            }
        }

        if (alert.State == AlertState.Pending || time - alert.ResolvedAt > KeepResolved)
        {
            return null;
        }

        return alert.State == AlertState.Inactive ? alert : alert with { State = AlertState.Inactive, ResolvedAt = time };
    }

    private static IEnumerable<Sample> Series(Alert alert, long time)
    {
        var labels = new LabelsBuilder(alert.Labels);
        labels.Set(Labels.MetricName, "ALERTS_FOR_STATE");
        Labels since = labels.ToLabels();
        labels.Set(Labels.MetricName, "ALERTS");
        labels.Set("alertstate", alert.State == AlertState.Firing ? "firing" : "pending");
        return [new Sample(labels.ToLabels(), time, 1), new Sample(since, time, alert.ActiveAt / 1000)];
    }
}
