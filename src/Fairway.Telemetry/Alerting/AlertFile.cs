using System.Text.Json.Nodes;

namespace Fairway.Telemetry.Alerting;

/// <summary>
/// The alerts in a file, for the next start. Rules send only what they know to fire: an alert that ended while the platform was down
/// would otherwise be told as firing and never as ended. Safe for several threads.
/// </summary>
internal sealed class AlertFile(StateFile file)
{
    // Guards the file.
    private readonly Lock gate = new();
    private int isChanged;

    /// <summary>
    /// What was kept. The time in which nobody could send news does not count: an alert that fired then has as long for its next news as it
    /// had before.
    /// </summary>
    public IReadOnlyList<ManagedAlert> Read(DateTimeOffset now)
    {
        var alerts = new List<ManagedAlert>();
        foreach (JsonObject node in file.Read().OfType<JsonObject>())
        {
            var alert = new ManagedAlert(
                AlertJson.Labels(node["labels"]), AlertJson.Labels(node["annotations"]), AlertJson.Time(node, "startsAt"), AlertJson.Time(node, "endsAt"), AlertJson.Time(node, "updatedAt"),
                AlertConfigReader.Text(node["generatorURL"]))
            { IsTimeout = AlertConfigReader.Text(node["timeout"]) == "true" };
            TimeSpan patience = alert.EndsAt - alert.UpdatedAt;
            alerts.Add(patience > TimeSpan.Zero && alert.EndsAt < now + patience ? alert with { EndsAt = now + patience } : alert);
        }

        return alerts;
    }

    /// <summary>Says that what is kept is not what there is any more.</summary>
    public void Changed() => Interlocked.Exchange(ref isChanged, 1);

    /// <summary>Keeps the alerts, durably, if they have changed.</summary>
    /// <exception cref="IOException">They cannot be written; the next call tries again.</exception>
    public void Write(IEnumerable<ManagedAlert> alerts)
    {
        lock (gate)
        {
            if (Interlocked.Exchange(ref isChanged, 0) == 0)
            {
                return;
            }

            try
            {
                file.Write([.. alerts.Select(alert => (JsonNode)new JsonObject
                {
                    ["labels"] = AlertJson.Of(alert.Labels),
                    ["annotations"] = AlertJson.Of(alert.Annotations),
                    ["startsAt"] = AlertJson.GoTime(alert.StartsAt),
                    ["endsAt"] = AlertJson.GoTime(alert.EndsAt),
                    ["updatedAt"] = AlertJson.GoTime(alert.UpdatedAt),
                    ["generatorURL"] = alert.GeneratorUrl,
                    ["timeout"] = alert.IsTimeout,
                })]);
            }
            catch
            {
                Changed();
                throw;
            }
        }
    }
}
