using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Apply;

/// <summary>Whose an entry of managedFields is: the same name with another operation, version or subresource is someone else.</summary>
internal sealed record ManagerId(string Manager, string Operation, string ApiVersion, string? Subresource)
{
    public bool Applied => Operation == "Apply";

    /// <summary>The manager as conflicts name it.</summary>
    public string Shown
    {
        get
        {
            string name = KubeJson.Quote(Manager) + (Subresource is null ? "" : $" with subresource {KubeJson.Quote(Subresource)}");
            return Applied ? name : $"{name} using {ApiVersion}";
        }
    }
}

/// <summary>What a manager owns, and since when.</summary>
internal sealed record ManagedEntry(FieldSet Fields, string? Time);

/// <summary>The managedFields of one object: reading, writing and the rule that keeps their number small.</summary>
internal sealed class ManagedEntries
{
    private const int MaxUpdaters = 10;

    private const string Ancient = "ancient-changes";

    public Dictionary<ManagerId, ManagedEntry> ById { get; } = [];

    /// <summary>Reads <c>metadata.managedFields</c>; entries that make no sense are left out.</summary>
    public static ManagedEntries Read(JsonObject? target)
    {
        var entries = new ManagedEntries();
        foreach (JsonNode? item in target?["metadata"].Array("managedFields") ?? [])
        {
            string operation = item.Text("operation") ?? "";
            if (operation is not ("Apply" or "Update") || item?["fieldsV1"] is not JsonObject fields)
            {
                continue;
            }

            var id = new ManagerId(item.Text("manager") ?? "", operation, item.Text("apiVersion") ?? "", item.Text("subresource"));
            FieldSet set = FieldSet.FromJson(fields);
            if (!set.IsEmpty)
            {
                entries.ById[id] = entries.ById.TryGetValue(id, out ManagedEntry? twin)
                    ? twin with { Fields = twin.Fields.Union(set) }
                    : new ManagedEntry(set, item.Text("time"));
            }
        }

        return entries;
    }

    /// <summary>Sets <c>metadata.managedFields</c>: appliers first, then by time and name.</summary>
    public void Write(JsonObject target)
    {
        if (target["metadata"] is not JsonObject metadata)
        {
            return;
        }

        if (ById.Count == 0)
        {
            metadata.Remove("managedFields");
            return;
        }

        var list = new JsonArray();
        foreach ((ManagerId id, ManagedEntry entry) in ById
            .OrderBy(pair => pair.Key.Operation, StringComparer.Ordinal)
            .ThenBy(pair => pair.Value.Time ?? "", StringComparer.Ordinal)
            .ThenBy(pair => pair.Key.Manager, StringComparer.Ordinal)
            .ThenBy(pair => pair.Key.ApiVersion, StringComparer.Ordinal)
            .ThenBy(pair => pair.Key.Subresource ?? "", StringComparer.Ordinal))
        {
            list.Add(EntryJson(id, entry.Time, entry.Fields.ToJson()));
        }

        metadata["managedFields"] = list;
    }

    /// <summary>One entry as it stands in the object.</summary>
    public static JsonObject EntryJson(ManagerId id, string? time, JsonObject fields)
    {
        var json = new JsonObject { ["manager"] = id.Manager, ["operation"] = id.Operation, ["apiVersion"] = id.ApiVersion };
        if (time is not null)
        {
            json["time"] = time;
        }

        json["fieldsType"] = "FieldsV1";
        json["fieldsV1"] = fields;
        if (id.Subresource is not null)
        {
            json["subresource"] = id.Subresource;
        }

        return json;
    }

    /// <summary>Folds the oldest update entries of a version into one until there are no more than ten.</summary>
    public void Cap()
    {
        ManagerId[] updaters = [.. ById.Keys.Where(id => !id.Applied)];
        int count = updaters.Length;
        if (count <= MaxUpdaters)
        {
            return;
        }

        var first = new Dictionary<string, ManagerId>(StringComparer.Ordinal);
        foreach (ManagerId id in updaters.OrderBy(each => ById[each].Time ?? "", StringComparer.Ordinal).ThenBy(each => each.Manager, StringComparer.Ordinal))
        {
            if (count <= MaxUpdaters)
            {
                return;
            }

            if (first.TryAdd(id.ApiVersion, id))
            {
                continue;
            }

            Fold(new ManagerId(Ancient, "Update", id.ApiVersion, null), first[id.ApiVersion], id);
            count--;
        }
    }

    private void Fold(ManagerId bucket, ManagerId oldest, ManagerId id)
    {
        if (!ById.ContainsKey(bucket) && ById.Remove(oldest, out ManagedEntry? begun))
        {
            ById[bucket] = begun;
        }

        ManagedEntry folded = ById[id];
        ById.Remove(id);
        ById[bucket] = new ManagedEntry(folded.Fields.Union(ById[bucket].Fields), folded.Time);
    }

    /// <summary>Takes fields away from everyone but one; who has nothing left goes.</summary>
    public void Withdraw(FieldSet fields, ManagerId? except)
    {
        if (fields.IsEmpty)
        {
            return;
        }

        foreach (ManagerId id in ById.Keys.ToArray())
        {
            if (id != except)
            {
                Set(id, ById[id].Fields.Difference(fields), ById[id].Time);
            }
        }
    }

    /// <summary>Sets what a manager owns; nothing removes the entry.</summary>
    public void Set(ManagerId id, FieldSet fields, string? time)
    {
        if (fields.IsEmpty)
        {
            ById.Remove(id);
        }
        else
        {
            ById[id] = new ManagedEntry(fields, time);
        }
    }
}
