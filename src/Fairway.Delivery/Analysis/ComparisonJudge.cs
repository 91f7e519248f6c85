using System.Globalization;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Traffic;

namespace Fairway.Delivery.Analysis;

/// <summary>
/// Judges the new version by the stable one. Failed: worse by more than the tolerance, and chance is no explanation. Inconclusive:
/// so few samples that no difference could show, whichever way it went.
/// </summary>
internal static class ComparisonJudge
{
    public static Measurement Judge(AnalysisMetric metric, ComparisonMeasure compare, TimeSpan window, AnalysisEvidence evidence, DateTimeOffset now)
        => compare.Query is null
            ? JudgeFailures(metric, compare, evidence.Stable(window), evidence.Canary(window), now)
            : JudgeSamples(metric, compare, evidence.AnswerTo(metric), now);

    private static Measurement JudgeFailures(AnalysisMetric metric, ComparisonMeasure compare, TrafficSummary stable, TrafficSummary canary, DateTimeOffset now)
    {
        long needed = metric.MinimumSamples ?? 10;
        if (canary.Requests < needed || stable.Requests < needed || canary.Requests == 0 || stable.Requests == 0)
        {
            return TooFew(now, canary.Requests, $"{canary.Requests} requests to the new version and {stable.Requests} to the stable one; {needed} of each are needed to say anything");
        }

        double chance = RankTest.Fisher(stable.Failures, stable.Requests, canary.Failures, canary.Requests);
        double before = (double)stable.Failures / stable.Requests;
        double after = (double)canary.Failures / canary.Requests;
        bool isWorse = after > before * (1 + Tolerance(compare)) && chance < Significance(compare);
        return Verdict(isWorse, chance, canary.Requests, now, $"{Percent(after)} of {canary.Requests} requests failed, {Percent(before)} of {stable.Requests} on the stable version");
    }

    private static Measurement JudgeSamples(AnalysisMetric metric, ComparisonMeasure compare, SignalAnswer answer, DateTimeOffset now)
    {
        double sign = compare.Worse == "Lower" ? -1 : 1;
        double[] stable = [.. answer.Stable.Where(double.IsFinite).Select(value => value * sign)];
        double[] canary = [.. answer.Canary.Where(double.IsFinite).Select(value => value * sign)];
        int needed = Math.Min(metric.MinimumSamples ?? 3, 10);
        if (canary.Length < needed || stable.Length < needed || RankTest.Smallest(stable.Length, canary.Length) >= Significance(compare))
        {
            return TooFew(now, canary.Length, $"{canary.Length} samples of the new version and {stable.Length} of the stable one: too few for any difference to show");
        }

        double chance = RankTest.MannWhitney(stable, canary);
        double before = RankTest.Median(stable);
        double after = RankTest.Median(canary);
        bool isWorse = after - before > Math.Abs(before) * Tolerance(compare) && chance < Significance(compare);
        return Verdict(isWorse, chance, canary.Length, now, $"median {Text(after * sign)}, {Text(before * sign)} on the stable version");
    }

    private static Measurement Verdict(bool isWorse, double chance, long samples, DateTimeOffset now, string seen) => new()
    {
        At = now,
        Phase = isWorse ? "Failed" : "Successful",
        Value = Math.Round(chance, 6),
        Samples = samples,
        Message = isWorse ? $"{seen}: worse, and by chance only with probability {Text(chance)}" : $"{seen}: not worse (by chance with probability {Text(chance)})",
    };

    private static Measurement TooFew(DateTimeOffset now, long samples, string message)
        => new() { At = now, Phase = "Inconclusive", Samples = samples, Message = message };

    private static double Significance(ComparisonMeasure compare) => compare.Significance ?? 0.05;

    private static double Tolerance(ComparisonMeasure compare) => compare.Tolerance ?? 0.1;

    private static string Percent(double share) => (share * 100).ToString("0.##", CultureInfo.InvariantCulture) + " %";

    private static string Text(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
