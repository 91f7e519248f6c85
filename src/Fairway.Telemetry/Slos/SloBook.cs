using Fairway.PromQL;
using Fairway.Resources.Signals;
using Microsoft.Extensions.Logging;

namespace Fairway.Telemetry.Slos;

/// <summary>
/// The SLOs of the platform: read from files, read again when they change, asked for their budgets. Safe for concurrent use.
/// </summary>
public sealed partial class SloBook : IErrorBudgets
{
    private const int MostFiles = 1000;
    private const int LongestFile = 1024 * 1024;

    // How long an answer about a budget stands: gates ask far more often than budgets change.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(15);

    private readonly IReadOnlyList<string> _paths;
    private readonly SloMeasurements _measurements;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Dictionary<(string Service, string Environment), (DateTimeOffset At, BudgetLeft? Left)> _known = []; // guarded by itself
    private volatile OpenSloCatalog _catalog = new([], []);
    private string _fingerprint = "";

    /// <summary>For files or directories of <c>.yaml</c> and <c>.yml</c> files; nothing is read yet.</summary>
    public SloBook(IReadOnlyList<string> paths, InstantQuery query, RangeQuery ranges, TimeProvider time, ILogger log)
    {
        ArgumentNullException.ThrowIfNull(paths);
        _paths = paths;
        _measurements = new SloMeasurements(query);
        Ranges = ranges;
        _time = time;
        _log = log;
    }

    /// <summary>What the files say.</summary>
    public OpenSloCatalog Catalog => _catalog;

    /// <summary>Told after the files were read anew: the rules that they make, as a rule file's text.</summary>
    public event Action<string>? RulesChanged;

    /// <summary>Asks over a range.</summary>
    internal RangeQuery Ranges { get; }

    internal SloMeasurements Measurements => _measurements;

    /// <summary>Reads the files when they have changed since the last time.</summary>
    /// <returns>Whether they had.</returns>
    public bool Refresh()
    {
        FileInfo[] files = [.. Files().Take(MostFiles)];
        string fingerprint = string.Join('|', files.Select(file => $"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}"));
        if (fingerprint == _fingerprint)
        {
            return false;
        }

        OpenSloCatalog catalog = OpenSloReader.Read(files.Where(file => file.Length <= LongestFile).Select(file => (file.FullName, File.ReadAllText(file.FullName))));
        SloProblem[] large = [.. files.Where(file => file.Length > LongestFile).Select(file => new SloProblem(file.FullName, "", $"has {file.Length} bytes; at most {LongestFile} are read"))];
        _catalog = catalog with { Problems = [.. catalog.Problems, .. large] };
        _fingerprint = fingerprint;
        foreach (SloProblem problem in _catalog.Problems)
        {
            LogProblem(_log, problem);
        }

        lock (_known)
        {
            _known.Clear();
        }

        RulesChanged?.Invoke(SloRules.ToYaml(_catalog.Slos));
        return true;
    }

    /// <summary>Looks for changed files until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(5), _time);
        do
        {
            try
            {
                Refresh();
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                LogUnreadable(_log, unreadable.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellation));
    }

    /// <inheritdoc/>
    public async Task<BudgetLeft?> LeastAsync(string service, string environment, CancellationToken cancellation)
    {
        DateTimeOffset now = _time.GetUtcNow();
        lock (_known)
        {
            if (_known.TryGetValue((service, environment), out var known) && now - known.At < Fresh)
            {
                return known.Left;
            }
        }

        BudgetLeft? least = null;
        foreach (Slo slo in _catalog.Slos.Where(slo => slo.Service == service && IsIn(slo, environment)))
        {
            foreach (Objective objective in slo.Objectives)
            {
                double? remaining = await RemainingAsync(slo, objective, now, cancellation);
                if (remaining is { } left && (least is null || left < least.Remaining))
                {
                    least = new BudgetLeft(slo.Name, objective.Name, left);
                }
            }
        }

        lock (_known)
        {
            _known[(service, environment)] = (now, least);
        }

        return least;
    }

    private static bool IsIn(Slo slo, string environment) => !slo.Labels.TryGetValue("environment", out string? only) || only == environment;

    private async Task<double?> RemainingAsync(Slo slo, Objective objective, DateTimeOffset now, CancellationToken cancellation)
    {
        try
        {
            return (await _measurements.BudgetAsync(slo, objective, now, cancellation)).Remaining;
        }
        catch (PromQLException refused)
        {
            LogQuery(_log, slo.Name, objective.Name, refused.Message);
            return null;
        }
    }

    private IEnumerable<FileInfo> Files() => _paths
        .SelectMany(path => Directory.Exists(path)
            ? new DirectoryInfo(path).EnumerateFiles("*.y*ml", SearchOption.AllDirectories).Where(file => file.Extension is ".yaml" or ".yml")
            : [new FileInfo(path)])
        .Where(file => file.Exists)
        .OrderBy(file => file.FullName, StringComparer.Ordinal);

    [LoggerMessage(LogLevel.Warning, "SLO: {Problem}")]
    private static partial void LogProblem(ILogger log, SloProblem problem);

    [LoggerMessage(LogLevel.Warning, "SLO files cannot be read: {Message}")]
    private static partial void LogUnreadable(ILogger log, string message);

    [LoggerMessage(LogLevel.Warning, "A query of SLO {Slo} ({Objective}) is refused: {Message}")]
    private static partial void LogQuery(ILogger log, string slo, string objective, string message);
}
