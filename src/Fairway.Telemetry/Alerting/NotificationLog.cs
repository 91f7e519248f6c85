using System.Text.Json.Nodes;

namespace Fairway.Telemetry.Alerting;

/// <summary>What was told to whom, kept in a file so that a restart repeats nothing. Safe for several threads.</summary>
internal sealed class NotificationLog
{
    private static readonly TimeSpan Keep = TimeSpan.FromDays(5);

    // Guards the table and its file.
    private readonly Lock gate = new();
    private readonly Dictionary<(string GroupKey, string Receiver), NotificationEntry> entries = [];
    private readonly StateFile file;

    public NotificationLog(StateFile file)
    {
        this.file = file;
        foreach (JsonObject node in file.Read().Select(one => one!.AsObject()))
        {
            var entry = new NotificationEntry(
                AlertConfigReader.Text(node["groupKey"]), AlertConfigReader.Text(node["receiver"]), AlertJson.Time(node, "time"),
                AlertConfigReader.Texts(node["firing"]).ToHashSet(StringComparer.Ordinal), AlertConfigReader.Texts(node["resolved"]).ToHashSet(StringComparer.Ordinal),
                AlertConfigReader.Text(node["reason"]));
            entries[(entry.GroupKey, entry.Receiver)] = entry;
        }
    }

    public IReadOnlyList<NotificationEntry> All
    {
        get
        {
            lock (gate)
            {
                return [.. entries.Values];
            }
        }
    }

    public NotificationEntry? Last(string groupKey, string receiver)
    {
        lock (gate)
        {
            return entries.GetValueOrDefault((groupKey, receiver));
        }
    }

    public DateTimeOffset? LastTime(string groupKey)
    {
        lock (gate)
        {
            return entries.Values.Where(entry => entry.GroupKey == groupKey).Select(entry => (DateTimeOffset?)entry.Time).Max();
        }
    }

    public void Record(NotificationEntry entry)
    {
        lock (gate)
        {
            entries[(entry.GroupKey, entry.Receiver)] = entry;
            foreach (NotificationEntry old in entries.Values.Where(one => one.Time + Keep < entry.Time).ToList())
            {
                entries.Remove((old.GroupKey, old.Receiver));
            }

            file.Write([.. entries.Values.Select(one => (JsonNode)new JsonObject
            {
                ["groupKey"] = one.GroupKey,
                ["receiver"] = one.Receiver,
                ["time"] = AlertJson.Time(one.Time),
                ["firing"] = new JsonArray([.. one.Firing.Select(text => (JsonNode)text)]),
                ["resolved"] = new JsonArray([.. one.Resolved.Select(text => (JsonNode)text)]),
                ["reason"] = one.Reason,
            })]);
        }
    }
}
