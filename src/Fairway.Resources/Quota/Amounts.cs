using System.Text.Json.Nodes;

namespace Fairway.Resources.Quota;

/// <summary>Quantities by resource name, and the arithmetic of quotas on them. Values are never changed; every operation makes new ones.</summary>
public static class Amounts
{
    /// <summary>Reads a map of quantities; what is no quantity counts as zero.</summary>
    public static SortedDictionary<string, Quantity> Read(JsonNode? map)
    {
        SortedDictionary<string, Quantity> read = New();
        foreach ((string name, JsonNode? value) in map as JsonObject ?? [])
        {
            read[name] = Quantity.TryParse(value?.ToString(), out Quantity amount) ? amount : new Quantity("0");
        }

        return read;
    }

    public static SortedDictionary<string, Quantity> New() => new(StringComparer.Ordinal);

    public static JsonObject Write(IEnumerable<KeyValuePair<string, Quantity>> amounts)
    {
        var written = new JsonObject();
        foreach ((string name, Quantity amount) in amounts)
        {
            written[name] = amount.Canonical().Text;
        }

        return written;
    }

    /// <summary>Adds to a map in place.</summary>
    public static void Add(IDictionary<string, Quantity> to, IEnumerable<KeyValuePair<string, Quantity>> amounts)
    {
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(amounts);
        foreach ((string name, Quantity amount) in amounts)
        {
            to[name] = to.TryGetValue(name, out Quantity own) ? own + amount : amount;
        }
    }

    /// <summary>Raises a map in place to what is larger.</summary>
    public static void Max(IDictionary<string, Quantity> to, IEnumerable<KeyValuePair<string, Quantity>> amounts)
    {
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(amounts);
        foreach ((string name, Quantity amount) in amounts)
        {
            to[name] = to.TryGetValue(name, out Quantity own) && own >= amount ? own : amount;
        }
    }

    /// <summary><c>cpu=1,memory=1Gi</c>.</summary>
    public static string Show(IEnumerable<KeyValuePair<string, Quantity>> amounts)
        => string.Join(',', amounts.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => $"{entry.Key}={entry.Value.Canonical()}"));
}

/// <summary>What a pod asks for and may use at most, over all its containers.</summary>
public static class PodAmounts
{
    public static SortedDictionary<string, Quantity> Requests(JsonObject? spec) => Sum(spec, "requests");

    public static SortedDictionary<string, Quantity> Limits(JsonObject? spec) => Sum(spec, "limits");

    // Containers and sidecars run together; each init container runs beside the sidecars that started before it.
    private static SortedDictionary<string, Quantity> Sum(JsonObject? spec, string member)
    {
        SortedDictionary<string, Quantity> together = Amounts.New();
        foreach (JsonNode? container in spec?["containers"] as JsonArray ?? [])
        {
            Amounts.Add(together, Amounts.Read(container?["resources"]?[member]));
        }

        SortedDictionary<string, Quantity> sidecars = Amounts.New();
        SortedDictionary<string, Quantity> highest = Amounts.New();
        foreach (JsonNode? container in spec?["initContainers"] as JsonArray ?? [])
        {
            SortedDictionary<string, Quantity> own = Amounts.Read(container?["resources"]?[member]);
            if ((string?)container?["restartPolicy"] == "Always")
            {
                Amounts.Add(together, own);
                Amounts.Add(sidecars, own);
                own = new SortedDictionary<string, Quantity>(sidecars, StringComparer.Ordinal);
            }
            else
            {
                Amounts.Add(own, sidecars);
            }

            Amounts.Max(highest, own);
        }

        Amounts.Max(together, highest);
        SortedDictionary<string, Quantity> overhead = Amounts.Read(spec?["overhead"]);
        Amounts.Add(together, member == "requests" ? overhead : overhead.Where(entry => together.ContainsKey(entry.Key)).ToArray());
        return together;
    }
}
