using Fairway.PromQL.Parsing;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.PromQL.Tests;

/// <summary>Laws that hold for whatever series there are.</summary>
public sealed class AlgebraTests
{
    private const long End = 3_600_000;

    public static TheoryData<string, string> Equal => new()
    {
        { "sum(m)", "sum(sum by (a) (m))" },
        { "sum(m)", "avg(m) * count(m)" },
        { "count(m)", "count(m{a=\"1\"} or m{a!=\"1\"})" },
        { "max(m)", "max(max without (b) (m))" },
        { "min(m)", "-max(-m)" },
        { "quantile(1, m)", "max(m)" },
        { "quantile(0, m)", "min(m)" },
        { "stdvar(m)", "stddev(m) ^ 2" },
        { "m + 0", "0 + m" },
        { "m - m", "m * 0" },
        { "m + on (a, b) m", "2 * m" },
        { "-(-m)", "m + 0" },
        { "abs(m)", "clamp_min(m, 0) + clamp_min(-m, 0)" },
        { "m and m", "m" },
        { "m or m", "m" },
        { "m unless m", "m and none" },
        { "(m > 0) or (m <= 0)", "m" },
        { "(m > bool 0) + (m <= bool 0)", "m * 0 + 1" },
        { "increase(m[5m])", "rate(m[5m]) * 300" },
        { "avg_over_time(m[5m]) * count_over_time(m[5m])", "sum_over_time(m[5m])" },
        { "max_over_time(m[10m])", "-min_over_time((-m)[10m:15s])" },
        { "last_over_time(m[5m])", "m" },
        { "sum_over_time(m[10m])", "sum_over_time(m[5m]) + sum_over_time(m[5m] offset 5m)" },
        { "m @ 3600", "m @ end()" },
        { "absent(m) or vector(1)", "vector(1)" },
        { "label_replace(m, \"a\", \"$1\", \"a\", \"(.*)\")", "m" },
        { "sort(m)", "m" },
    };

    [Theory]
    [MemberData(nameof(Equal))]
    public void Law_OnAnySeries_Holds(string left, string right)
    {
        Gen<double[][]> series = Gen.ArrayOf(Gen.ArrayOf(Gen.Choose(-50, 50).Select(value => value / 2.0), 242), 6);
        Prop.ForAll(series.ToArbitrary(), values =>
        {
            ISeriesSource source = Source(values);
            Compare(Ask(source, left), Ask(source, right), $"{left} = {right}");
        }).ShouldHold(10);
    }

    /// <summary>What a range query says at a step is what an instant query says there.</summary>
    [Theory]
    [InlineData("rate(m[5m])")]
    [InlineData("topk(2, m)")]
    [InlineData("sum by (a) (m) / on () group_left () count(m)")]
    [InlineData("max_over_time(rate(m[2m])[10m:1m])")]
    [InlineData("m @ 1800 + m offset 1m")]
    [InlineData("quantile_over_time(0.3, m[7m])")]
    [InlineData("time() - timestamp(m)")]
    [InlineData("count_values(\"v\", m)")]
    [InlineData("absent(m > 20)")]
    public void Range_AtEachStep_IsTheInstant(string query)
    {
        Gen<double[][]> series = Gen.ArrayOf(Gen.ArrayOf(Gen.Choose(-50, 50).Select(value => (double)value), 242), 6);
        Prop.ForAll(series.ToArbitrary(), values =>
        {
            ISeriesSource source = Source(values);
            var engine = new PromQLEngine(new EngineOptions(), TimeProvider.System);
            var range = (MatrixValue)engine.Range(source, query, 1_800_000, End, 97_000, QueryOptions.Default, CancellationToken.None).Value;
            for (long at = 1_800_000; at <= End; at += 97_000)
            {
                var instant = (VectorValue)engine.Instant(source, query, at, QueryOptions.Default, CancellationToken.None).Value;
                Compare(
                    range.Series.SelectMany(one => one.Points.Where(point => point.Time == at).Select(point => (one.Labels, point.Value))).ToDictionary(one => one.Labels, one => one.Value),
                    instant.Samples.ToDictionary(one => one.Labels, one => one.Value),
                    $"{query} at {at}");
            }
        }).ShouldHold(5);
    }

    private static MemorySource Source(double[][] values)
    {
        var source = new MemorySource();
        for (int number = 0; number < values.Length; number++)
        {
            Labels labels = Labels.Of(("__name__", "m"), ("a", $"{number % 2}"), ("b", $"{number}"));
            for (int index = 0; index < values[number].Length; index++)
            {
                source.Add(labels, index * 15_000L, values[number][index]);
            }
        }

        return source;
    }

    private static Dictionary<Labels, double> Ask(ISeriesSource source, string query)
        => ((VectorValue)new PromQLEngine(new EngineOptions { Parser = ParserOptions.Stable }, TimeProvider.System)
            .Instant(source, query, End, QueryOptions.Default, CancellationToken.None).Value).Samples.ToDictionary(one => one.Labels.WithoutName(), one => one.Value);

    private static void Compare(Dictionary<Labels, double> left, Dictionary<Labels, double> right, string what)
    {
        left.Keys.ToHashSet().SetEquals(right.Keys).ShouldBeTrue($"{what}: {string.Join(' ', left.Keys)} and {string.Join(' ', right.Keys)}");
        foreach ((Labels labels, double value) in left)
        {
            right[labels].ShouldBe(value, 1e-9 + (1e-9 * Math.Abs(value)), what);
        }
    }
}
