using System.Globalization;
using Fairway.Telemetry.Slos;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Telemetry.Tests.Slos;

public sealed class BudgetArithmeticTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("5m", 5, "Minutes")]
    [InlineData("4w", 40_320, "Minutes")]
    [InlineData("1M", 43_200, "Minutes")]
    [InlineData("1Q", 129_600, "Minutes")]
    [InlineData("1Y", 525_600, "Minutes")]
    public void Duration_Shorthand_HasItsLength(string text, double minutes, string unit)
    {
        SloDuration.TryParse(text, out SloDuration duration).ShouldBeTrue();
        duration.Length.TotalMinutes.ShouldBe(minutes, unit);
        duration.ToString().ShouldBe(text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("m")]
    [InlineData("0d")]
    [InlineData("-1d")]
    [InlineData("1.5h")]
    [InlineData("5 m")]
    [InlineData("5s")]
    [InlineData("99999999999d")]
    [InlineData("11Y")]
    public void Duration_OtherText_IsRefused(string text) => SloDuration.TryParse(text, out _).ShouldBeFalse();

    /// <summary>The workbook's own table for thirty days.</summary>
    [Fact]
    public void Windows_ThirtyDays_AreTheWorkbooks()
        => BurnRateWindows.For(TimeSpan.FromDays(30), 0.999)
            .Select(pair => (pair.Severity, pair.Long.TotalHours, pair.Short.TotalMinutes, Math.Round(pair.Factor, 6)))
            .ShouldBe([("page", 1, 5, 14.4), ("page", 6, 30, 6), ("ticket", 24, 120, 3), ("ticket", 72, 360, 1)]);

    [Fact]
    public void Windows_LowTarget_LeavesOutWhatCannotBeReached()
        => BurnRateWindows.For(TimeSpan.FromDays(30), 0.9).Select(pair => Math.Round(pair.Factor, 6)).ShouldBe([6, 3, 1]);

    [Fact]
    public void Windows_ShortPeriod_AreScaled()
        => BurnRateWindows.For(TimeSpan.FromDays(1), 0.999).Select(pair => (pair.Long.TotalMinutes, pair.Short.TotalMinutes)).ShouldBe([(2, 1), (12, 1), (48, 4), (144, 12)]);

    [Theory]
    [InlineData("1M", "2026-01-31 00:00:00", "UTC", "2026-03-05T00:00:00Z", "2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z")]
    [InlineData("1M", "2020-01-01 00:00:00", "Europe/Berlin", "2026-07-15T12:00:00Z", "2026-06-30T22:00:00Z", "2026-07-31T22:00:00Z")]
    [InlineData("1w", "2026-01-05 00:00:00", "America/New_York", "2026-03-10T12:00:00Z", "2026-03-09T04:00:00Z", "2026-03-16T04:00:00Z")]
    [InlineData("1Y", "2024-02-29 00:00:00", "UTC", "2026-02-27T23:59:59Z", "2025-02-28T00:00:00Z", "2026-02-28T00:00:00Z")]
    [InlineData("1d", "2026-01-01 02:30:00", "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z")]
    [InlineData("1Q", "2026-01-01 00:00:00", "UTC", "2025-12-31T23:59:59Z", "2025-10-01T00:00:00Z", "2026-01-01T00:00:00Z")]
    public void Calendar_MomentOfAPeriod_HasItsBoundaries(string length, string start, string zone, string moment, string from, string to)
    {
        SloDuration.TryParse(length, out SloDuration duration).ShouldBeTrue();
        var window = new BudgetWindow(duration, DateTime.ParseExact(start, "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), TimeZoneInfo.FindSystemTimeZoneById(zone));
        (DateTimeOffset seenFrom, DateTimeOffset seenTo) = window.At(Moment(moment));
        seenFrom.ToUniversalTime().ShouldBe(Moment(from));
        seenTo.ToUniversalTime().ShouldBe(Moment(to));
    }

    /// <summary>Counted spans are in order, do not overlap, touch no correction, and leave out nothing else.</summary>
    [Fact]
    public void Counted_AnyCorrections_IsThePeriodWithoutThem()
    {
        Gen<Correction> correction =
            from begin in Gen.Choose(-50, 150)
            from length in Gen.Choose(1, 60)
            select new Correction(Start.AddMinutes(begin), Start.AddMinutes(begin + length), "test");
        Prop.ForAll(Gen.ListOf(correction).ToArbitrary(), corrections =>
        {
            DateTimeOffset to = Start.AddMinutes(100);
            (DateTimeOffset From, DateTimeOffset To)[] counted = [.. ErrorBudgets.Counted(Start, to, corrections)];
            for (int minute = 0; minute < 100; minute++)
            {
                DateTimeOffset middle = Start.AddMinutes(minute + 0.5);
                bool isCorrected = corrections.Any(one => one.From <= middle && middle < one.To);
                counted.Count(span => span.From <= middle && middle < span.To).ShouldBe(isCorrected ? 0 : 1);
            }

            counted.ShouldAllBe(span => span.From < span.To && span.From >= Start && span.To <= to);
        }).ShouldHold();
    }

    [Fact]
    public void Budget_NothingMeasured_IsUnknownNotFull()
    {
        ErrorBudget budget = ErrorBudgets.Of(Made(BudgetingMethod.Occurrences, 0.99), Made(BudgetingMethod.Occurrences, 0.99).Objectives[0], new Measured(0, 0), Start);
        budget.Ratio.ShouldBeNull();
        budget.Remaining.ShouldBeNull();
    }

    [Theory]
    [InlineData(0, 1000, 0.99, 1.0)]
    [InlineData(5, 1000, 0.99, 0.5)]
    [InlineData(10, 1000, 0.99, 0.0)]
    [InlineData(20, 1000, 0.99, -1.0)]
    public void Budget_OfEvents_GrowsWithTheTraffic(double bad, double total, double target, double remaining)
    {
        Slo slo = Made(BudgetingMethod.Occurrences, target);
        ErrorBudgets.Of(slo, slo.Objectives[0], new Measured(bad, total), Start).Remaining!.Value.ShouldBe(remaining, 1e-9);
    }

    /// <summary>Slices are counted against the whole period: 30 days of 5 minutes are 8640; one in a hundred may be bad.</summary>
    [Fact]
    public void Budget_OfSlices_IsKnownForTheWholePeriod()
    {
        Slo slo = Made(BudgetingMethod.Timeslices, 0.99);
        ErrorBudget budget = ErrorBudgets.Of(slo, slo.Objectives[0], new Measured(43.2, 1000), Start);
        budget.Allowed.ShouldBe(86.4, 1e-9);
        budget.Remaining!.Value.ShouldBe(0.5, 1e-9);
    }

    [Fact]
    public void Composite_Weights_MultiplyWhatIsSpent()
    {
        Slo slo = Made(BudgetingMethod.Occurrences, 0.99) with { IsComposite = true };
        slo = slo with { Objectives = [slo.Objectives[0] with { Weight = 0.5 }, slo.Objectives[0] with { Name = "b", Weight = 2 }] };
        ErrorBudget half = ErrorBudgets.Of(slo, slo.Objectives[0], new Measured(5, 1000), Start);
        ErrorBudget tenth = ErrorBudgets.Of(slo, slo.Objectives[1], new Measured(1, 1000), Start);
        ErrorBudgets.Composite(slo, [half, tenth])!.Value.ShouldBe(1 - 0.25 - 0.2, 1e-9);
        ErrorBudgets.Composite(slo with { Method = BudgetingMethod.Timeslices }, [half, tenth])!.Value.ShouldBe(0.5, 1e-9);
    }

    [Fact]
    public void Backtest_Moments_BecomeSpansThatLastLongEnough()
    {
        DateTimeOffset[] moments = [.. new[] { 0, 1, 2, 3, 10, 11, 20 }.Select(minute => Start.AddMinutes(minute))];
        SloBacktest.Spans(moments, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1))
            .ShouldBe([(Start.AddMinutes(1), Start.AddMinutes(3)), (Start.AddMinutes(11), Start.AddMinutes(11))]);
    }

    internal static Slo Made(BudgetingMethod method, double target) => new()
    {
        Name = "web",
        Service = "web",
        Method = method,
        Window = new BudgetWindow(new SloDuration(30, SloUnit.Days)),
        Objectives =
        [
            new Objective
            {
                Name = "most",
                Target = target,
                Indicator = new Indicator.Ratio("sum(good_total)", false, "sum(all_total)", true),
                Slice = TimeSpan.FromMinutes(5),
                SliceTarget = 0.95,
            },
        ],
    };

    private static DateTimeOffset Moment(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
