using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Apply;

/// <summary>Keeps <c>metadata.managedFields</c> true for writes other than apply.</summary>
public static class ManagedFields
{
    /// <summary>
    /// Records a create, update or patch: the manager takes what it changed or added, and nobody keeps what is gone.
    /// Sets <c>metadata.managedFields</c> of <paramref name="next"/>.
    /// </summary>
    /// <param name="kind">The kind.</param>
    /// <param name="live">The stored object; null on create. Not changed.</param>
    /// <param name="next">What is to be stored, defaulted. managedFields given in it replace the stored ones first, as Kubernetes does.</param>
    /// <param name="manager">Who writes.</param>
    /// <param name="now">The time of the entry, when its fields change.</param>
    /// <remarks>A create without managedFields is one pass over the object.</remarks>
    public static void TrackUpdate(KindDefinition kind, JsonObject? live, JsonObject next, FieldManager manager, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(next);
        ArgumentNullException.ThrowIfNull(manager);
        ResourceSchema schema = RecordSchemas.Of(kind);
        var id = new ManagerId(manager.Name, "Update", manager.ApiVersion, manager.Subresource);
        if (live is null && next["metadata"] is JsonObject metadata && metadata["managedFields"] is not JsonArray { Count: > 0 })
        {
            JsonObject fields = TypedFields.AddedJson(next, schema, KindRules.Of(kind).Shape);
            if (fields.Count > 0)
            {
                metadata["managedFields"] = new JsonArray(ManagedEntries.EntryJson(id, Time(now), fields));
            }

            return;
        }

        JsonArray? given = next["metadata"].Array("managedFields");
        bool reset = manager.Subresource is null && given is [JsonObject { Count: 0 }];
        ManagedEntries entries = reset ? new ManagedEntries() : GivenOrStored(live, next, manager);
        bool untracked = live is not null && entries.ById.Count == 0;
        if (!untracked)
        {
            Record(entries, TypedComparison.Between(live ?? [], next, schema, KindRules.Of(kind).Shape), id, now);
        }

        entries.Write(next);
    }

    /// <summary>
    /// Two objects are the same but for resourceVersion and the times of managedFields: a write of one over the other is no change.
    /// </summary>
    public static bool IsSameExceptTimes(JsonObject left, JsonObject right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return SameMembers(left, right, "metadata", static (mine, theirs) => mine is JsonObject a && theirs is JsonObject b
            ? SameMembers(a, b, "managedFields", static (_, _) => true, "resourceVersion") && SameEntries(left: a, right: b)
            : JsonNode.DeepEquals(mine, theirs));
    }

    internal static void Record(ManagedEntries entries, TypedComparison comparison, ManagerId id, DateTimeOffset now)
    {
        if (comparison.IsSame)
        {
            return;
        }

        FieldSet taken = comparison.Modified.Union(comparison.Added);
        FieldSet own = entries.ById.TryGetValue(id, out ManagedEntry? mine) ? mine.Fields : new FieldSet();
        entries.Withdraw(taken, except: null);
        entries.Withdraw(comparison.Removed, except: null);
        FieldSet all = own.Difference(comparison.Removed).Union(taken);
        entries.Set(id, all, taken.IsEmpty ? mine?.Time : Time(now));
        entries.Cap();
    }

    internal static string Time(DateTimeOffset now) => now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>A write of the object itself may carry managedFields of its own, which then count; a subresource may not.</summary>
    private static ManagedEntries GivenOrStored(JsonObject? live, JsonObject next, FieldManager manager)
    {
        if (manager.Subresource is null && ManagedEntries.Read(next) is { ById.Count: > 0 } given)
        {
            return given;
        }

        return ManagedEntries.Read(live);
    }

    private static bool SameEntries(JsonObject left, JsonObject right)
    {
        JsonArray mine = left["managedFields"] as JsonArray ?? [];
        JsonArray theirs = right["managedFields"] as JsonArray ?? [];
        if (mine.Count != theirs.Count)
        {
            return false;
        }

        var seen = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (JsonNode? entry in mine)
        {
            seen[Identity(entry)] = entry;
        }

        return theirs.All(entry => seen.TryGetValue(Identity(entry), out JsonNode? twin) && JsonNode.DeepEquals(twin?["fieldsV1"], entry?["fieldsV1"]));
    }

    private static string Identity(JsonNode? entry)
        => $"{entry.Text("manager")}|{entry.Text("operation")}|{entry.Text("apiVersion")}|{entry.Text("subresource")}";

    private static bool SameMembers(JsonObject left, JsonObject right, string special, Func<JsonNode?, JsonNode?, bool> compare, string? ignored = null)
    {
        foreach (string name in left.Select(pair => pair.Key).Union(right.Select(pair => pair.Key), StringComparer.Ordinal))
        {
            if (name != ignored && !(name == special ? compare(left[name], right[name]) : JsonNode.DeepEquals(left[name], right[name])))
            {
                return false;
            }
        }

        return true;
    }
}
