using System.Text.Json.Nodes;

namespace Fairway.Telemetry.Alerting;

/// <summary>Alerts that somebody has taken on: not repeated until they end. Kept in a file.</summary>
internal sealed class Acknowledgements
{
    // Guards the table and its file.
    private readonly Lock gate = new();
    private readonly Dictionary<string, JsonObject> entries = new(StringComparer.Ordinal);
    private readonly StateFile file;

    public Acknowledgements(StateFile file)
    {
        this.file = file;
        foreach (JsonObject node in file.Read().Select(one => one!.DeepClone().AsObject()))
        {
            entries[AlertConfigReader.Text(node["fingerprint"])] = node;
        }
    }

    public JsonObject? Find(string fingerprint)
    {
        lock (gate)
        {
            return entries.GetValueOrDefault(fingerprint)?.DeepClone().AsObject();
        }
    }

    public void Add(string fingerprint, string by, string comment, DateTimeOffset now)
    {
        lock (gate)
        {
            entries[fingerprint] = new JsonObject { ["fingerprint"] = fingerprint, ["by"] = by, ["comment"] = comment, ["at"] = AlertJson.Time(now) };
            Save();
        }
    }

    public bool Remove(string fingerprint)
    {
        lock (gate)
        {
            bool removed = entries.Remove(fingerprint);
            if (removed)
            {
                Save();
            }

            return removed;
        }
    }

    private void Save() => file.Write([.. entries.Values.Select(node => node.DeepClone())]);
}
