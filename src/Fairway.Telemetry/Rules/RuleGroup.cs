using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Fairway.PromQL;

namespace Fairway.Telemetry.Rules;

/// <summary>A group of rules with its state. Evaluated by one caller at a time.</summary>
internal sealed class RuleGroup
{
    private readonly List<Labels> orphans = [];
    private int evaluations;

    public RuleGroup(string file, RuleGroupSpec spec, TimeSpan defaultInterval, bool restore)
    {
        File = file;
        Spec = spec;
        Interval = spec.Interval is { } own && own > TimeSpan.Zero ? own : defaultInterval;
        Rules = [.. spec.Rules.Select(rule => rule.IsAlert ? (ActiveRule)new AlertingRule(rule) { IsRestored = !restore } : new RecordingRule(rule))];
    }

    public string File { get; }

    public RuleGroupSpec Spec { get; }

    public TimeSpan Interval { get; }

    public IReadOnlyList<ActiveRule> Rules { get; }

    public long? LastEvaluation { get; private set; }

    public TimeSpan EvaluationTime { get; private set; }

    public string Key => $"{File};{Spec.Name}";

    /// <summary>The first evaluation at or after a time: groups are spread over their interval, always in the same way.</summary>
    public long NextAt(long time)
    {
        long interval = (long)Interval.TotalMilliseconds;
        long offset = (long)(BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(Key))) % (ulong)interval);
        long next = time - (((time % interval) + interval - offset) % interval);
        return next < time ? next + interval : next;
    }

    /// <summary>Goes on where an earlier form of the group left off.</summary>
    public void TakeOver(RuleGroup before)
    {
        List<ActiveRule> left = [.. before.Rules];
        foreach (ActiveRule rule in Rules)
        {
            ActiveRule? same = left.Find(one => one.Spec.Name == rule.Spec.Name && one.Spec.IsAlert == rule.Spec.IsAlert && SameLabels(one.Spec, rule.Spec));
            if (same is null)
            {
                continue;
            }

            left.Remove(same);
            rule.LastSeries = same.LastSeries;
            if (rule is AlertingRule alerting)
            {
                alerting.TakeOver((AlertingRule)same);
            }
        }

        evaluations = before.evaluations;
        orphans.AddRange(left.SelectMany(rule => rule.LastSeries));
    }

    /// <summary>Series that are no longer written when the group goes away.</summary>
    public IEnumerable<Labels> Series => Rules.SelectMany(rule => rule.LastSeries).Concat(orphans);

    /// <summary>Evaluates all rules in order; later ones see the results of earlier ones.</summary>
    public async ValueTask EvaluateAsync(RuleContext context, long time, TimeSpan resend, TimeProvider clock, CancellationToken cancellation)
    {
        long started = clock.GetTimestamp();
        long offset = (long)(Spec.QueryOffset ?? TimeSpan.Zero).TotalMilliseconds;
        foreach (ActiveRule rule in Rules)
        {
            long ruleStarted = clock.GetTimestamp();
            try
            {
                IReadOnlyList<Sample> results = rule.Evaluate(context, time, offset, Spec.Limit, cancellation);
                rule.LastError = null;
                if (rule is AlertingRule alerting && alerting.TakeDue(time, Interval, resend) is { Count: > 0 } due)
                {
                    context.Notify(due);
                }

                HashSet<Labels> series = [.. results.Select(sample => sample.Labels)];
                List<Sample> all = [.. results, .. rule.LastSeries.Where(labels => !series.Contains(labels)).Select(labels => new Sample(labels, time - offset, StaleMarker.Value))];
                rule.LastSeries = series;
                await context.Append(all, cancellation);
            }
            catch (PromQLException failed) when (!cancellation.IsCancellationRequested)
            {
                rule.LastError = failed.Message;
            }

            rule.LastEvaluation = time;
            rule.EvaluationTime = clock.GetElapsedTime(ruleStarted);
        }

        if (orphans.Count > 0)
        {
            await context.Append([.. orphans.Select(labels => new Sample(labels, time - offset, StaleMarker.Value))], cancellation);
            orphans.Clear();
        }

        // What was pending is looked up after the second evaluation, when there is data again.
        if (++evaluations == 2)
        {
            foreach (AlertingRule rule in Rules.OfType<AlertingRule>().Where(rule => !rule.IsRestored))
            {
                rule.Restore(context, time, cancellation);
            }
        }

        LastEvaluation = time;
        EvaluationTime = clock.GetElapsedTime(started);
    }

    /// <summary>A name for paging that does not depend on the order of groups.</summary>
    public string Token => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Key)))[..40].ToString(CultureInfo.InvariantCulture);

    private static bool SameLabels(RuleSpec left, RuleSpec right)
        => left.Labels.Count == right.Labels.Count && left.Labels.All(label => right.Labels.GetValueOrDefault(label.Key) == label.Value);
}
