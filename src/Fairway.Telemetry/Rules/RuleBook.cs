using System.Collections.Immutable;
using Fairway.PromQL;
using Microsoft.Extensions.Logging;

namespace Fairway.Telemetry.Rules;

/// <summary>What rules are told.</summary>
public sealed record RuleOptions
{
    /// <summary>Files, or patterns of the last part of their path; read again when they change.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Time between evaluations of groups that name none.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often a firing alert is told again.</summary>
    public TimeSpan Resend { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often files are looked at.</summary>
    public TimeSpan Reload { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>
/// All rules: of files, of resources, and made by the program. Evaluates every group at its time, keeps state over changes of the rules,
/// and gives pending alerts their time back after a restart.
/// </summary>
public sealed partial class RuleBook
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private readonly RuleContext context;
    private readonly RuleOptions options;
    private readonly TimeProvider time;
    private readonly ILogger log;

    // Guards the texts and the swap of groups; evaluations work on the snapshot.
    private readonly Lock gate = new();
    private readonly Dictionary<string, RuleFile> made = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (DateTime Changed, RuleFile? File)> read = new(StringComparer.Ordinal);
    private readonly HashSet<string> restored = new(StringComparer.Ordinal);
    private ImmutableArray<RuleGroup> groups = [];
    private ImmutableArray<Labels> ended = [];

    /// <summary>Makes a book and reads the files.</summary>
    public RuleBook(RuleContext context, RuleOptions options, TimeProvider time, ILoggerFactory logs)
    {
        this.context = context;
        this.options = options;
        this.time = time;
        log = logs.CreateLogger<RuleBook>();
        ReadFiles();
    }

    internal ImmutableArray<RuleGroup> Groups => groups;

    /// <summary>Sets rules that the program makes, or that a resource holds, under a name of their own; null takes them away.</summary>
    /// <exception cref="RuleFileException">They are no rules.</exception>
    public void Set(string name, string? text)
    {
        RuleFile? file = text is null ? null : RuleFileReader.Read(text, name, context.Engine.Options.Parser);
        Set(name, file);
    }

    /// <summary>Sets rules that are read already; null takes them away.</summary>
    public void Set(string name, RuleFile? file)
    {
        lock (gate)
        {
            if (file is null ? made.Remove(name) : true)
            {
                if (file is not null)
                {
                    made[name] = file;
                }

                Rebuild();
            }
        }
    }

    /// <summary>Every alert that is pending or fires.</summary>
    public IReadOnlyList<Alert> ActiveAlerts
        => [.. groups.SelectMany(group => group.Rules).OfType<AlertingRule>().SelectMany(rule => rule.Alerts).Where(alert => alert.State != AlertState.Inactive)];

    /// <summary>Evaluates groups at their times until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var due = new Dictionary<string, long>(StringComparer.Ordinal);
        var running = new Dictionary<string, Task>(StringComparer.Ordinal);
        long looked = time.GetTimestamp();
        using var timer = new PeriodicTimer(Tick, time);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            if (time.GetElapsedTime(looked) >= options.Reload)
            {
                looked = time.GetTimestamp();
                ReadFiles();
            }

            await MarkEndedAsync(cancellation);
            long now = time.GetUtcNow().ToUnixTimeMilliseconds();
            foreach (RuleGroup group in groups)
            {
                long next = due.GetValueOrDefault(group.Key, 0);
                bool busy = running.TryGetValue(group.Key, out Task? earlier) && !earlier.IsCompleted;
                if (next == 0 || next - now > (long)group.Interval.TotalMilliseconds)
                {
                    due[group.Key] = next = group.NextAt(now);
                }

                if (next > now || busy)
                {
                    continue;
                }

                due[group.Key] = group.NextAt(now + 1);
                running[group.Key] = Task.Run(() => EvaluateAsync(group, next, cancellation), cancellation);
            }
        }
    }

    /// <summary>Evaluates all groups once at a time (milliseconds since 1970): for tests and backtests.</summary>
    public async Task EvaluateAllAsync(long at, CancellationToken cancellation)
    {
        foreach (RuleGroup group in groups)
        {
            await EvaluateAsync(group, at, cancellation);
        }
    }

    private async Task EvaluateAsync(RuleGroup group, long at, CancellationToken cancellation)
    {
        try
        {
            await group.EvaluateAsync(context, at, options.Resend, time, cancellation);
            foreach (ActiveRule rule in group.Rules.Where(rule => rule.LastError is not null))
            {
                RuleFailed(group.Key, rule.Spec.Name, rule.LastError!);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The program ends.
        }
        catch (Exception broken)
        {
            GroupFailed(broken, group.Key);
        }
    }

    private async Task MarkEndedAsync(CancellationToken cancellation)
    {
        ImmutableArray<Labels> series = ImmutableInterlocked.InterlockedExchange(ref ended, []);
        if (series.Length > 0)
        {
            long now = time.GetUtcNow().ToUnixTimeMilliseconds();
            await context.Append([.. series.Select(labels => new Sample(labels, now, StaleMarker.Value))], cancellation);
        }
    }

    private void ReadFiles()
    {
        lock (gate)
        {
            bool changed = false;
            List<string> present = [.. options.Files.Select(Path.GetFullPath).SelectMany(FilePattern.Find).Distinct(StringComparer.Ordinal)];
            foreach (string gone in read.Keys.Except(present, StringComparer.Ordinal).ToList())
            {
                changed |= read.Remove(gone);
            }

            foreach (string path in present)
            {
                changed |= ReadFile(path);
            }

            if (changed)
            {
                Rebuild();
            }
        }
    }

    private bool ReadFile(string path)
    {
        DateTime modified = File.GetLastWriteTimeUtc(path);
        if (read.TryGetValue(path, out (DateTime Changed, RuleFile? File) known) && known.Changed == modified)
        {
            return false;
        }

        try
        {
            read[path] = (modified, RuleFileReader.Read(File.ReadAllText(path), path, context.Engine.Options.Parser));
            return true;
        }
        catch (Exception broken) when (broken is RuleFileException or IOException or UnauthorizedAccessException)
        {
            // The rules that were good stay in force.
            read[path] = (modified, known.File);
            FileRefused(path, broken.Message);
            return false;
        }
    }

    private void Rebuild()
    {
        Dictionary<string, RuleGroup> before = groups.ToDictionary(group => group.Key, StringComparer.Ordinal);
        var next = ImmutableArray.CreateBuilder<RuleGroup>();
        IEnumerable<RuleFile> files = read.Values.Select(one => one.File).OfType<RuleFile>().Concat(made.Values).OrderBy(file => file.Name, StringComparer.Ordinal);
        foreach ((RuleFile file, RuleGroupSpec spec) in files.SelectMany(file => file.Groups.Select(spec => (file, spec))))
        {
            if (before.Remove($"{file.Name};{spec.Name}", out RuleGroup? same) && ReferenceEquals(same.Spec, spec))
            {
                next.Add(same);
                continue;
            }

            var group = new RuleGroup(file.Name, spec, options.Interval, restore: restored.Add($"{file.Name};{spec.Name}"));
            if (same is not null)
            {
                group.TakeOver(same);
            }

            next.Add(group);
        }

        Labels[] gone = [.. before.Values.SelectMany(group => group.Series)];
        ImmutableInterlocked.Update(ref ended, (all, more) => all.AddRange(more), gone);
        groups = next.ToImmutable();
    }

    [LoggerMessage(EventId = 2601, Level = LogLevel.Warning, Message = "Rules of {Path} are not taken over: {Reason}")]
    private partial void FileRefused(string path, string reason);

    [LoggerMessage(EventId = 2602, Level = LogLevel.Warning, Message = "Rule {Rule} of {Group} failed: {Reason}")]
    private partial void RuleFailed(string group, string rule, string reason);

    [LoggerMessage(EventId = 2603, Level = LogLevel.Error, Message = "Group {Group} failed")]
    private partial void GroupFailed(Exception failure, string group);
}
