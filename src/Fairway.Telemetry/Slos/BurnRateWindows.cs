namespace Fairway.Telemetry.Slos;

/// <summary>A pair of windows that must both burn for somebody to be told.</summary>
/// <param name="Severity"><c>page</c> or <c>ticket</c>.</param>
/// <param name="Budget">The share of the whole budget that is spent when the long window is full.</param>
/// <param name="Long">The window that decides.</param>
/// <param name="Short">A twelfth of it: lets the alert end soon after the trouble.</param>
/// <param name="Factor">How many times faster than it may the budget burns.</param>
public sealed record BurnRateWindow(string Severity, double Budget, TimeSpan Long, TimeSpan Short, double Factor);

/// <summary>
/// The windows of multi-window, multi-burn-rate alerts, from Google's SRE workbook: 2 % of a month's budget in an hour or 5 % in
/// six hours page; 10 % in one or three days is a ticket.
/// </summary>
public static class BurnRateWindows
{
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    // Between these, the workbook's own windows are what people expect to see; the factors follow from the period.
    private static readonly TimeSpan ShortestUsual = TimeSpan.FromDays(7);
    private static readonly TimeSpan LongestUsual = TimeSpan.FromDays(92);

    private static readonly (string Severity, double Budget, TimeSpan Long)[] Usual =
    [
        ("page", 0.02, TimeSpan.FromHours(1)),
        ("page", 0.05, TimeSpan.FromHours(6)),
        ("ticket", 0.10, TimeSpan.FromDays(1)),
        ("ticket", 0.10, TimeSpan.FromDays(3)),
    ];

    /// <summary>
    /// The windows for a period and a target. A window whose factor no error rate could reach (factor × budget above 1) is left
    /// out: it would only pretend to watch.
    /// </summary>
    /// <param name="period">The length of the SLO's window.</param>
    /// <param name="target">The share that has to be good.</param>
    public static IReadOnlyList<BurnRateWindow> For(TimeSpan period, double target)
    {
        double scale = period >= ShortestUsual && period <= LongestUsual ? 1 : period / Month;
        return [.. Usual.Select(usual => Scaled(usual, scale, period)).Where(window => window.Factor * (1 - target) <= 1)];
    }

    private static BurnRateWindow Scaled((string Severity, double Budget, TimeSpan Long) usual, double scale, TimeSpan period)
    {
        TimeSpan length = Minutes(usual.Long * scale);
        return new BurnRateWindow(usual.Severity, usual.Budget, length, Minutes(length / 12), usual.Budget * (period / length));
    }

    private static TimeSpan Minutes(TimeSpan length) => TimeSpan.FromMinutes(Math.Max(1, Math.Round(length.TotalMinutes)));
}
