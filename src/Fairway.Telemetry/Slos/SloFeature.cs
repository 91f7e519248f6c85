using Fairway.ControllerRuntime;
using Fairway.PromQL;
using Fairway.Resources.Signals;
using Microsoft.Extensions.Logging;

namespace Fairway.Telemetry.Slos;

/// <summary>
/// SLOs put together: the book, kept up to date, and the rule file that follows from it, which the rule engine reads like any
/// other and reloads when it changes.
/// </summary>
public sealed class SloFeature
{
    private readonly SloBook _book;
    private readonly TimeProvider _time;

    private SloFeature(SloBook book, string rulesFile, TimeProvider time)
    {
        _book = book;
        RulesFile = rulesFile;
        _time = time;
    }

    /// <summary>The rules of all SLOs; there from the start.</summary>
    public string RulesFile { get; }

    /// <summary>What gates may ask.</summary>
    public IErrorBudgets Budgets => _book;

    /// <summary>Reads the files for the first time. What is wrong in them is logged and reported, and never keeps the rest from working.</summary>
    /// <param name="telemetry">Whose metrics are asked.</param>
    /// <param name="paths">OpenSLO files, or directories of them.</param>
    /// <param name="directory">Where the rule file is kept.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logs">Makes the loggers.</param>
    public static SloFeature Open(TelemetryArea telemetry, IReadOnlyList<string> paths, string directory, TimeProvider time, ILoggerFactory logs)
    {
        ArgumentNullException.ThrowIfNull(telemetry);
        Task<QueryResult> Ask(string query, DateTimeOffset at, CancellationToken cancellation) => Task.Run(
            () => telemetry.Engine.Instant(telemetry.Metrics, query, at.ToUnixTimeMilliseconds(), QueryOptions.Default, cancellation), cancellation);
        Task<QueryResult> AskRange(string query, DateTimeOffset from, DateTimeOffset to, TimeSpan step, CancellationToken cancellation) => Task.Run(
            () => telemetry.Engine.Range(
                telemetry.Metrics, query, from.ToUnixTimeMilliseconds(), to.ToUnixTimeMilliseconds(), Math.Max(1, (long)step.TotalMilliseconds), QueryOptions.Default, cancellation),
            cancellation);
        Directory.CreateDirectory(directory);
        string file = Path.Combine(directory, "slo-rules.yaml");
        var book = new SloBook(paths, Ask, AskRange, time, logs.CreateLogger<SloBook>());
        book.RulesChanged += text => Write(file, text);
        if (!book.Refresh())
        {
            Write(file, SloRules.ToYaml([]));
        }

        return new SloFeature(book, file, time);
    }

    /// <summary>Keeps the book up to date.</summary>
    public void AddTo(ControllerHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        host.Add("telemetry/slos", _book.RunAsync);
    }

    /// <summary>Maps the endpoints below <c>/fairway/v1/slos</c>.</summary>
    public void MapTo(TelemetryRoutes routes) => new SloEndpoints(_book, _time).MapTo(routes);

    // A reader sees the old text or the new one, never half of it.
    private static void Write(string file, string text)
    {
        string next = file + ".next";
        File.WriteAllText(next, text);
        File.Move(next, file, overwrite: true);
    }
}
