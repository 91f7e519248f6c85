using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Fairway.PromQL;
using Fairway.Telemetry.Rules;
using Fairway.Telemetry.Templates;
using Microsoft.Extensions.Logging;

namespace Fairway.Telemetry.Alerting;

/// <summary>What the alert manager is told.</summary>
public sealed record AlertManagerOptions
{
    /// <summary>Where silences and what was told are kept.</summary>
    public required string Directory { get; init; }

    /// <summary>The configuration file; null for one that keeps alerts and tells nobody.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>Where people reach this server.</summary>
    public string ExternalUrl { get; init; } = "http://localhost";

    /// <summary>The program's version.</summary>
    public string Version { get; init; } = "0.0.0";
}

/// <summary>
/// Takes alerts, groups them by routes, keeps inhibited, muted, silenced ones quiet, and tells receivers: when something new fires, when
/// all has ended, and again after a while. Alerts and what was told survive kill -9: nothing is told twice for it, and no end stays untold.
/// </summary>
public sealed partial class AlertManager : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LookAtFile = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan KeepResolved = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan LeastPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly AlertManagerOptions options;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly HttpClients http;
    private readonly Notifiers notifiers;
    private readonly NotificationLog told;
    private readonly ConcurrentDictionary<string, ManagedAlert> alerts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, AlertGroup> groups = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Task> running = new(StringComparer.Ordinal);
    private readonly Acknowledgements acknowledged;
    private readonly AlertFile kept;
    private volatile Snapshot current;
    private DateTime configChanged;

    /// <summary>Opens the manager with its configuration.</summary>
    /// <exception cref="AlertConfigException">The configuration cannot be used.</exception>
    public AlertManager(AlertManagerOptions options, TimeProvider time, ILoggerFactory logs)
    {
        this.options = options;
        this.time = time;
        log = logs.CreateLogger<AlertManager>();
        http = new HttpClients(time);
        notifiers = new Notifiers(http);
        Silences = new SilenceBook(new StateFile(Path.Combine(options.Directory, "silences.json")), time);
        told = new NotificationLog(new StateFile(Path.Combine(options.Directory, "notifications.json")));
        acknowledged = new Acknowledgements(new StateFile(Path.Combine(options.Directory, "acknowledgements.json")));
        kept = new AlertFile(new StateFile(Path.Combine(options.Directory, "alerts.json")));
        Started = time.GetUtcNow();
        configChanged = options.ConfigFile is null ? default : File.GetLastWriteTimeUtc(options.ConfigFile);
        current = Load();
        foreach (ManagedAlert alert in kept.Read(Started))
        {
            alerts[alert.Fingerprint] = alert;
            Group(alert, Started, evenEnded: true);
        }
    }

    internal SilenceBook Silences { get; }

    internal DateTimeOffset Started { get; }

    internal AlertConfig Config => current.Config;

    internal AlertManagerOptions Options => options;

    internal DateTimeOffset Now => time.GetUtcNow();

    internal IReadOnlyCollection<ManagedAlert> Alerts => (IReadOnlyCollection<ManagedAlert>)alerts.Values;

    internal IReadOnlyCollection<AlertGroup> Groups => (IReadOnlyCollection<AlertGroup>)groups.Values;

    /// <summary>Takes alerts of rules.</summary>
    public void Take(IReadOnlyList<SentAlert> sent)
    {
        foreach (SentAlert alert in sent)
        {
            string link = $"{options.ExternalUrl}/graph?g0.expr={Uri.EscapeDataString(alert.Query)}&g0.tab=1";
            Put(new ManagedAlert(
                alert.Labels, alert.Annotations, DateTimeOffset.FromUnixTimeMilliseconds(alert.StartsAt), DateTimeOffset.FromUnixTimeMilliseconds(alert.EndsAt), Now, link));
        }
    }

    internal void Put(ManagedAlert alert)
    {
        DateTimeOffset now = Now;
        ManagedAlert merged = alerts.AddOrUpdate(alert.Fingerprint, alert, (_, before) => alert.MergedWith(before, now));
        if (merged.IsResolved(now))
        {
            acknowledged.Remove(merged.Fingerprint);
        }

        kept.Changed();
        Group(merged, now);
    }

    internal bool Acknowledge(string fingerprint, string by, string comment)
    {
        bool known = alerts.TryGetValue(fingerprint, out ManagedAlert? alert) && !alert.IsResolved(Now);
        if (known)
        {
            acknowledged.Add(fingerprint, by, comment, Now);
        }

        return known;
    }

    internal bool Unacknowledge(string fingerprint) => acknowledged.Remove(fingerprint);

    internal JsonObject? Acknowledgement(string fingerprint) => acknowledged.Find(fingerprint);

    /// <summary>Tells receivers at their times until told to stop.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        long looked = time.GetTimestamp();
        using var timer = new PeriodicTimer(Tick, time);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            if (time.GetElapsedTime(looked) >= LookAtFile)
            {
                looked = time.GetTimestamp();
                Reload();
                Forget();
                Keep();
            }

            foreach (AlertGroup group in groups.Values.Where(group => group.Due <= Now))
            {
                if (!running.TryGetValue(group.Id, out Task? before) || before.IsCompleted)
                {
                    running[group.Id] = Task.Run(() => FlushAsync(group, cancellation), cancellation);
                }
            }
        }
    }

    /// <summary>Tells whatever is due now.</summary>
    internal async Task FlushDueAsync(CancellationToken cancellation)
    {
        foreach (AlertGroup group in groups.Values.Where(group => group.Due <= Now).ToList())
        {
            await FlushAsync(group, cancellation);
        }
    }

    internal (IReadOnlyList<string> InhibitedBy, IReadOnlyList<string> SilencedBy) Quiet(ManagedAlert alert)
    {
        DateTimeOffset now = Now;
        return (Inhibition.By(alert, alerts.Values, current.Config.Inhibitions, now), [.. Silences.Over(alert.Labels, now).Select(silence => silence.Id)]);
    }

    /// <summary>Names of the time intervals that keep a route quiet now.</summary>
    internal IReadOnlyList<string> MutedBy(Route route)
    {
        DateTimeOffset now = Now;
        IReadOnlyDictionary<string, IReadOnlyList<TimeInterval>> intervals = current.Config.Intervals;
        bool In(string name) => intervals.TryGetValue(name, out IReadOnlyList<TimeInterval>? set) && set.Any(interval => interval.Contains(now));
        return route.Active.Count > 0 && !route.Active.Any(In) ? route.Active : [.. route.Mute.Where(In)];
    }

    /// <summary>What was told last about the groups that an alert was in, newest first; about all when none is named.</summary>
    internal JsonArray History(string fingerprint) => new([.. told.All
        .Where(entry => fingerprint.Length == 0 || entry.Firing.Contains(fingerprint) || entry.Resolved.Contains(fingerprint))
        .OrderByDescending(entry => entry.Time)
        .Select(entry => (JsonNode)new JsonObject
        {
            ["at"] = AlertJson.Time(entry.Time), ["receiver"] = entry.Receiver, ["groupKey"] = entry.GroupKey, ["reason"] = entry.Reason, ["firing"] = entry.Firing.Count, ["resolved"] = entry.Resolved.Count,
        })]);

    internal IReadOnlyList<AlertExplanation> Explain(ManagedAlert alert)
    {
        DateTimeOffset now = Now;
        (IReadOnlyList<string> inhibited, IReadOnlyList<string> silenced) = Quiet(alert);
        var explanations = new List<AlertExplanation>();
        foreach (Route route in current.Config.Root.Find(alert.Labels))
        {
            var asked = new AlertGroup(route, GroupLabels(route, alert.Labels));
            string key = asked.Key;
            DateTimeOffset? last = told.LastTime(key);
            IReadOnlyList<string> muted = MutedBy(route);
            var reasons = new List<string>();
            reasons.AddRange(inhibited.Select(id => $"inhibited by alert {id}"));
            reasons.AddRange(muted.Select(name => route.Active.Contains(name) ? $"outside of the active time {name}" : $"within the mute time {name}"));
            reasons.AddRange(silenced.Select(id => $"silenced by {id} ({Silences.Find(id)?.CreatedBy}: {Silences.Find(id)?.Comment})"));
            bool isQuiet = reasons.Count > 0;
            JsonObject? ack = acknowledged.Find(alert.Fingerprint);
            if (ack is not null)
            {
                reasons.Add($"acknowledged by {ack["by"]}: not repeated until it ends");
            }

            groups.TryGetValue(asked.Id, out AlertGroup? group);
            reasons.Add($"route {route.Key} takes it for receiver {route.Receiver}");
            if (current.Config.Receivers[route.Receiver].Integrations.Count == 0)
            {
                reasons.Add($"receiver {route.Receiver} has nobody to tell");
            }

            reasons.Add(last is { } when ? $"its group was told at {AlertJson.Time(when)}" : "its group was not told yet");
            if (group is not null && !alert.IsResolved(now))
            {
                reasons.Add($"the group is looked at next at {AlertJson.Time(group.Due)}; the same is repeated after {route.RepeatInterval}");
            }

            string state = alert.IsResolved(now) ? "resolved" : isQuiet ? "suppressed" : ack is not null ? "acknowledged" : "active";
            explanations.Add(new AlertExplanation(route.Receiver, route.Key, key, state, reasons, last));
        }

        return explanations;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Keep();
        http.Dispose();
    }

    private static Labels GroupLabels(Route route, Labels labels) => route.GroupByAll ? labels : labels.Keep(route.GroupBy);

    private void Group(ManagedAlert alert, DateTimeOffset now, bool evenEnded = false)
    {
        foreach (Route route in current.Config.Root.Find(alert.Labels))
        {
            var fresh = new AlertGroup(route, GroupLabels(route, alert.Labels)) { Due = alert.StartsAt + route.GroupWait < now ? now : now + route.GroupWait };
            if (!evenEnded && alert.IsResolved(now) && !groups.ContainsKey(fresh.Id))
            {
                // What ended before anyone was told is not told.
                continue;
            }

            AlertGroup group = groups.GetOrAdd(fresh.Id, fresh);
            lock (group.Gate)
            {
                group.Alerts[alert.Fingerprint] = alert;
            }
        }
    }

    private async Task FlushAsync(AlertGroup group, CancellationToken cancellation)
    {
        DateTimeOffset now = Now;
        List<ManagedAlert> members;
        lock (group.Gate)
        {
            group.Due = now + group.Route.GroupInterval;
            group.HasFlushed = true;
            members = [.. group.Alerts.Values.Order(AlertOrder.Instance)];
        }

        Snapshot snapshot = current;
        bool muted = MutedBy(group.Route).Count > 0;
        List<ManagedAlert> loud = muted ? [] : [.. members.Where(alert => Quiet(alert) is { InhibitedBy.Count: 0, SilencedBy.Count: 0 })];
        IReadOnlyList<Integration> integrations = loud.Count > 0 && snapshot.Config.Receivers.TryGetValue(group.Route.Receiver, out Receiver? receiver) ? receiver.Integrations : [];
        bool[] taken = await Task.WhenAll(integrations.Select(integration => TellAsync(snapshot, group, integration, loud, now, cancellation)));
        if (taken.Contains(false))
        {
            return;
        }

        lock (group.Gate)
        {
            foreach (ManagedAlert alert in members.Where(alert => alert.IsResolved(now) && ReferenceEquals(group.Alerts.GetValueOrDefault(alert.Fingerprint), alert)))
            {
                group.Alerts.Remove(alert.Fingerprint);
            }

            if (group.Alerts.Count == 0)
            {
                groups.TryRemove(group.Id, out _);
                running.TryRemove(group.Id, out _);
            }
        }
    }

    private async Task<bool> TellAsync(
        Snapshot snapshot, AlertGroup group, Integration integration, List<ManagedAlert> loud, DateTimeOffset now, CancellationToken cancellation)
    {
        string receiver = $"{group.Route.Receiver}/{integration.Kind}/{integration.Index}";
        HashSet<string> firing = [.. loud.Where(alert => !alert.IsResolved(now)).Select(alert => alert.Fingerprint)];
        HashSet<string> resolved = [.. loud.Where(alert => alert.IsResolved(now)).Select(alert => alert.Fingerprint)];
        NotificationEntry? last = told.Last(group.Key, receiver);
        string? reason = NotifyPlanner.Reason(last, firing, resolved, integration.SendResolved, group.Route.RepeatInterval, now);
        bool onlyRepeats = reason == "repeat interval elapsed" && firing.All(fingerprint => acknowledged.Find(fingerprint) is not null);
        if (reason is null || onlyRepeats)
        {
            return true;
        }

        IReadOnlyList<ManagedAlert> shown = integration.SendResolved ? loud : [.. loud.Where(alert => !alert.IsResolved(now))];
        if (shown.Count > 0)
        {
            // Who is told that it fires will be told that it ended, whatever happens to this process.
            Keep();
            var notification = new Notification(group.Route.Receiver, group.Key, group.Labels, shown, options.ExternalUrl, reason, now);
            if (!await SendAsync(snapshot, integration, notification, group.Route.GroupInterval, receiver, cancellation))
            {
                return false;
            }
        }

        told.Record(new NotificationEntry(group.Key, receiver, now, firing, resolved, reason));
        return true;
    }

    // Tries again with growing pauses for as long as the group's interval.
    private async Task<bool> SendAsync(
        Snapshot snapshot, Integration integration, Notification notification, TimeSpan patience, string receiver, CancellationToken cancellation)
    {
        TimeSpan most = patience > LeastPatience ? patience : LeastPatience;
        DateTimeOffset until = Now + most;
        using var deadline = new CancellationTokenSource(most, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        for (TimeSpan pause = TimeSpan.FromMilliseconds(500); ; pause = pause * 1.5 < LongestPause ? pause * 1.5 : LongestPause)
        {
            try
            {
                await notifiers.SendAsync(new Telling(integration, notification, snapshot.Templates), limit.Token);
                return true;
            }
            catch (Exception failed) when (failed is NotifyException or TemplateException)
            {
                NotTold(receiver, notification.GroupKey, failed.Message);
                if (failed is not NotifyException { MayRetry: true } || Now + pause >= until)
                {
                    return false;
                }
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                NotTold(receiver, notification.GroupKey, $"no answer within {most}");
                return false;
            }

            await Task.Delay(pause, time, cancellation);
        }
    }

    private void Forget()
    {
        DateTimeOffset now = Now;
        foreach (ManagedAlert alert in alerts.Values.Where(alert => alert.EndsAt + KeepResolved < now))
        {
            alerts.TryRemove(alert.Fingerprint, out _);
            kept.Changed();
        }
    }

    private void Keep()
    {
        try
        {
            kept.Write(Alerts);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            NotKept(failed.Message);
        }
    }

    private void Reload()
    {
        if (options.ConfigFile is null || File.GetLastWriteTimeUtc(options.ConfigFile) is var changed && changed == configChanged)
        {
            return;
        }

        configChanged = changed;
        try
        {
            current = Load();
        }
        catch (AlertConfigException broken)
        {
            ConfigRefused(broken.Message);
            return;
        }

        // Groups are formed anew by the new routes; what was told is known from the log.
        groups.Clear();
        foreach (ManagedAlert alert in alerts.Values)
        {
            Group(alert, Now);
        }
    }

    private Snapshot Load()
    {
        string name = options.ConfigFile ?? "the built-in configuration";
        try
        {
            AlertConfig config = AlertConfigReader.Read(options.ConfigFile is null ? AlertConfigReader.Default : File.ReadAllText(options.ConfigFile), name);
            string directory = options.ConfigFile is null ? "." : Path.GetDirectoryName(Path.GetFullPath(options.ConfigFile))!;
            IEnumerable<string> files = config.TemplateFiles.Select(pattern => Path.GetFullPath(pattern, directory)).SelectMany(FilePattern.Find);
            return new Snapshot(config, new NotificationTemplates(files.Select(File.ReadAllText), time));
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException or TemplateException)
        {
            throw new AlertConfigException($"{name}: {broken.Message}");
        }
    }

    [LoggerMessage(EventId = 2611, Level = LogLevel.Warning, Message = "{Receiver} could not be told about {Group}: {Reason}")]
    private partial void NotTold(string receiver, string group, string reason);

    [LoggerMessage(EventId = 2612, Level = LogLevel.Warning, Message = "The alert configuration is not taken over: {Reason}")]
    private partial void ConfigRefused(string reason);

    [LoggerMessage(EventId = 2613, Level = LogLevel.Error, Message = "Alerts cannot be kept for the next start: {Reason}")]
    private partial void NotKept(string reason);

    private sealed record Snapshot(AlertConfig Config, NotificationTemplates Templates);
}
