using Fairway.PromQL;
using Fairway.PromQL.Parsing;
using Fairway.Telemetry.Slos;
using Fairway.Testing;

namespace Fairway.Telemetry.Tests.Slos;

/// <summary>What the expressions say, asked of the real engine over series whose every sample is known.</summary>
public sealed class SloExpressionTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Theory]
    [InlineData("sum(a)", "sum(sum(increase(a[5m])))")]
    [InlineData("a", "sum(increase(a[5m]))")]
    [InlineData("sum by (x) (a{b=\"c\"}) + sum(d)", "sum(sum by (x) (increase(a{b=\"c\"}[5m])) + sum(increase(d[5m])))")]
    [InlineData("a * 2", "sum(increase((a * 2)[5m:1m]))")]
    [InlineData("a offset 5m", "sum(increase((a offset 5m)[5m:1m]))")]
    [InlineData("max(a)", "sum(increase((max(a))[5m:1m]))")]
    public void Events_OfAQuery_PushTheFunctionToSelectorsWhereThatIsExact(string query, string expected)
        => EventWindows.Over(query, "increase", TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(1)).ShouldBe(expected);

    /// <summary>Every rule that any SLO makes is PromQL.</summary>
    [Theory]
    [MemberData(nameof(Shapes))]
    public void Rules_OfEveryShape_AreValidPromQL(string shape)
    {
        Slo slo = Shape(shape);
        foreach (Objective objective in slo.Objectives)
        {
            var expressions = new SloExpressions(objective, slo.Method);
            foreach (string expression in (string[])[expressions.ErrorRatio(Hour), expressions.Bad(Hour), expressions.Total(Hour)])
            {
                PromQLParser.Parse(expression, ParserOptions.Stable).ShouldNotBeNull();
            }
        }

        string yaml = SloRules.ToYaml([slo]);
        foreach (string line in yaml.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("expr: ", StringComparison.Ordinal)))
        {
            string text = (string)Fairway.Resources.Yaml.YamlReader.Read(line)[0].Node!["expr"]!;
            PromQLParser.Parse(text, ParserOptions.Stable).ShouldNotBeNull(text);
        }
    }

    public static TheoryData<string> Shapes => ["events", "bad events", "gauge events", "raw", "raw failures", "threshold", "slices", "ratio slices", "guarded", "corrected", "policy", "composite"];

    /// <summary>600 requests an hour of which 6 fail: one in a hundred, by every way to say it.</summary>
    [Theory]
    [InlineData("events", 0.01)]
    [InlineData("bad events", 0.01)]
    [InlineData("gauge events", 0.01)]
    [InlineData("raw", 0.25)]
    [InlineData("raw failures", 0.25)]
    [InlineData("threshold", 0.25)]
    [InlineData("slices", 0)]
    [InlineData("ratio slices", 0.01)]
    public async Task ErrorRatio_OfKnownSeries_IsWhatTheyHold(string shape, double expected)
    {
        Slo slo = Shape(shape);
        var expressions = new SloExpressions(slo.Objectives[0], slo.Method);
        var value = (VectorValue)(await Ask(expressions.ErrorRatio(Hour), Start.AddHours(3), CancellationToken.None)).Value;
        value.Samples.ShouldHaveSingleItem().Value.ShouldBe(expected, 0.0005);
    }

    [Fact]
    public async Task Budget_WithACorrection_LeavesOutItsTime()
    {
        Slo slo = Shape("events") with { Window = new BudgetWindow(new SloDuration(2, SloUnit.Hours)) };
        var measurements = new SloMeasurements(Ask);
        ErrorBudget whole = await measurements.BudgetAsync(slo, slo.Objectives[0], Start.AddHours(3), CancellationToken.None);
        ErrorBudget corrected = await measurements.BudgetAsync(
            slo with { Corrections = [new Correction(Start.AddHours(1.5), Start.AddHours(2.5), "moved")] }, slo.Objectives[0], Start.AddHours(3), CancellationToken.None);
        whole.Measured.Total.ShouldBe(1200, 25);
        corrected.Measured.Total.ShouldBe(600, 25);
        corrected.Corrected.ShouldBe(Hour);
        corrected.Ratio!.Value.ShouldBe(0.99, 0.001);
    }

    [Fact]
    public async Task Budget_OfASeriesThatNeverWas_IsUnknown()
    {
        Slo slo = Shape("events") with { Objectives = [Shape("events").Objectives[0] with { Indicator = new Indicator.Ratio("sum(no)", false, "sum(nothing)", true) }] };
        (await new SloMeasurements(Ask).BudgetAsync(slo, slo.Objectives[0], Start.AddHours(3), CancellationToken.None)).Remaining.ShouldBeNull();
    }

    /// <summary>The failures of the third hour burn a 99.9 % budget a hundred times too fast; before it nothing fails.</summary>
    [Fact]
    public async Task Backtest_AnHourOfFailures_WouldHavePagedOnce()
    {
        Slo slo = Shape("events") with
        {
            Objectives = [Shape("events").Objectives[0] with { Target = 0.999, Indicator = new Indicator.Ratio("sum(outage_good_total)", false, "sum(all_total)", true) }],
        };
        BacktestResult result = await new SloBacktest(AskRange).RunAsync(slo, Start.AddMinutes(30), Start.AddHours(4), CancellationToken.None);
        BacktestFiring page = result.Firings.Where(one => one.Severity == "page").ShouldHaveSingleItem();
        page.From.ShouldBeInRange(Start.AddHours(2), Start.AddHours(2).AddMinutes(15));
        page.To.ShouldBeInRange(Start.AddHours(2.9), Start.AddHours(3.6));
        result.Measured.ShouldBe(1, 0.01);
    }

    private static Slo Shape(string shape)
    {
        Slo slo = BudgetArithmeticTests.Made(BudgetingMethod.Occurrences, 0.99);
        Slo With(Indicator indicator) => slo with { Objectives = [slo.Objectives[0] with { Indicator = indicator }] };
        return shape switch
        {
            "bad events" => With(new Indicator.Ratio("sum(bad_total)", true, "sum(all_total)", true)),
            "gauge events" => With(new Indicator.Ratio("good_now", false, "all_now", false)),
            "raw" => With(new Indicator.RawRatio("quarter_good", false)),
            "raw failures" => With(new Indicator.RawRatio("quarter_bad", true)),
            "threshold" => slo with { Objectives = [slo.Objectives[0] with { Indicator = new Indicator.Threshold("latency"), Operator = SloOperator.Lte, Value = 0.3 }] },
            "slices" => slo with { Method = BudgetingMethod.Timeslices },
            "ratio slices" => slo with { Method = BudgetingMethod.RatioTimeslices },
            "guarded" => slo with { MinimumEvents = 10, MinimumErrors = 2 },
            "corrected" => slo with { Corrections = [new Correction(Start, Start.AddHours(1), "a"), new Correction(Start.AddHours(5), Start.AddHours(6), "b")] },
            "policy" => slo with { Alerts = [new BurnAlert { Name = "Fast", Severity = "page", Operator = SloOperator.Gte, Threshold = 2, Lookback = Hour, After = TimeSpan.FromMinutes(5), WhenBreaching = true, WhenNoData = true }] },
            "composite" => slo with { IsComposite = true, Objectives = [slo.Objectives[0], slo.Objectives[0] with { Name = "other", Weight = 2 }] },
            _ => slo,
        };
    }

    private static Task<QueryResult> Ask(string query, DateTimeOffset at, CancellationToken cancellation)
        => Task.FromResult(Engine.Instant(new KnownSeries(), query, at.ToUnixTimeMilliseconds(), QueryOptions.Default, cancellation));

    private static Task<QueryResult> AskRange(string query, DateTimeOffset from, DateTimeOffset to, TimeSpan step, CancellationToken cancellation)
        => Task.FromResult(Engine.Range(new KnownSeries(), query, from.ToUnixTimeMilliseconds(), to.ToUnixTimeMilliseconds(), (long)step.TotalMilliseconds, QueryOptions.Default, cancellation));

    private static PromQLEngine Engine { get; } = new(new EngineOptions(), new ManualTime());

    /// <summary>Samples every fifteen seconds for four hours.</summary>
    private sealed class KnownSeries : ISeriesSource
    {
        private const long Step = 15_000;

        private static readonly Dictionary<string, Func<long, double>> Values = new(StringComparer.Ordinal)
        {
            // 10 requests a minute: 2.5 a step; one of a hundred is bad.
            ["all_total"] = index => index * 2.5,
            ["good_total"] = index => index * 2.475,
            ["bad_total"] = index => index * 0.025,
            ["all_now"] = _ => 100,
            ["good_now"] = _ => 99,
            ["quarter_good"] = _ => 0.75,
            ["quarter_bad"] = _ => 0.25,
            ["latency"] = index => index % 16 < 4 ? 0.5 : 0.1, // every fourth minute is slow
            ["outage_good_total"] = index => Math.Min(index, 480) * 2.5 + Math.Max(0, Math.Min(index, 720) - 480) * 2.25 + Math.Max(0, index - 720) * 2.5,
        };

        public IEnumerable<ISeries> Select(SeriesQuery query, CancellationToken cancellation)
        {
            foreach ((string name, Func<long, double> value) in Values)
            {
                Labels labels = Labels.Of(("__name__", name));
                if (query.Matchers.All(matcher => matcher.Matches(labels[matcher.Name])))
                {
                    yield return new Known(labels, value);
                }
            }
        }

        private sealed record Known(Labels Labels, Func<long, double> Value) : ISeries
        {
            public void Read(long from, long to, SampleBuffer into)
            {
                long start = Start.ToUnixTimeMilliseconds();
                for (long index = 0; index <= 960; index++)
                {
                    long at = start + (index * Step);
                    if (at >= from && at <= to)
                    {
                        into.Append(at, Value(index));
                    }
                }
            }
        }
    }
}
