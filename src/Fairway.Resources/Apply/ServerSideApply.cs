using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Apply;

/// <summary>Who writes: with the operation it names an entry of managedFields.</summary>
/// <param name="Name">The field manager: 1 to 128 printable characters.</param>
/// <param name="ApiVersion">The version that the request speaks.</param>
/// <param name="Subresource"><c>status</c>, <c>scale</c> or null.</param>
public sealed record FieldManager(string Name, string ApiVersion, string? Subresource = null);

/// <summary>Server-side apply: the fields that a manager gives become what it owns, shared or taken over, never by accident.</summary>
public static class ServerSideApply
{
    private const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    private const string BeforeFirstApply = "before-first-apply";

    /// <summary>Merges an applied configuration into the live object, in these steps:
    /// 1. check the configuration against the schema; 2. merge it over the live object; 3. take out what the manager applied
    /// before, gives no more, and nobody else owns; 4. find conflicts with others, refuse or take over; 5. write managedFields.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="live">The stored object with its managedFields; an object with only apiVersion, kind and identity on create.</param>
    /// <param name="applied">What the manager wants, without managedFields and not pruned. Not changed.</param>
    /// <param name="manager">Who applies.</param>
    /// <param name="force">Take conflicting fields over.</param>
    /// <param name="now">The time of the entry, when its fields change.</param>
    /// <param name="named">Namespace and name as the configuration gives them, for errors; null when <paramref name="applied"/> has them as they were given.</param>
    /// <returns>The merged object with new managedFields, neither defaulted nor validated yet.</returns>
    /// <exception cref="StatusException">409 with a cause for each conflicting field; 400 for a configuration that cannot be applied.</exception>
    public static JsonObject Apply(KindDefinition kind, JsonObject live, JsonObject applied, FieldManager manager, bool force, DateTimeOffset now, string? named = null)
    {
        ArgumentNullException.ThrowIfNull(live);
        ArgumentNullException.ThrowIfNull(applied);
        ArgumentNullException.ThrowIfNull(manager);
        ResourceSchema schema = RecordSchemas.Of(kind);
        AppliedConfiguration.Check(kind, schema, applied, named ?? $"{applied["metadata"].Text("namespace")}/{applied["metadata"].Text("name")}");
        JsonObject config = Scoped(kind, applied, manager.Subresource);
        var id = new ManagerId(manager.Name, "Apply", manager.ApiVersion, manager.Subresource);
        ManagedEntries entries = ManagedEntries.Read(live);
        if (entries.ById.Count == 0 && live["metadata"].Text("uid") is not null)
        {
            TypedComparison first = TypedComparison.Between([], live, schema, KindRules.Of(kind).Shape);
            entries.Set(new ManagerId(BeforeFirstApply, "Update", manager.ApiVersion, null), first.Added.Union(first.Modified), ManagedFields.Time(now));
        }

        FieldSet given = StrippedFields.Without(TypedFields.Named(config, schema));
        FieldSet? last = entries.ById.TryGetValue(id, out ManagedEntry? previous) ? previous.Fields : null;
        entries.Set(id, given, previous is not null && previous.Fields.Equals(given) ? previous.Time : ManagedFields.Time(now));

        var merged = (JsonObject)TypedMerge.Merge(live, config, schema)!;
        JsonObject result = last is null ? merged : Prune(merged, last, entries, schema);
        TypedComparison comparison = TypedComparison.Between(live, result, schema, KindRules.Of(kind).Shape);
        FieldSet changed = comparison.Modified.Union(comparison.Added);
        ThrowOnConflict(entries, id, changed, force, live, manager, schema);
        entries.Withdraw(changed, except: id);
        entries.Withdraw(comparison.Removed, except: id);

        if (!comparison.IsSame && entries.ById.TryGetValue(id, out ManagedEntry? own))
        {
            entries.Set(id, own.Fields, ManagedFields.Time(now));
        }

        KeepLastApplied(result, applied, manager);
        entries.Write(result);
        return result;
    }

    /// <summary>What a manager gave before and gives no more goes, unless someone else owns it.</summary>
    private static JsonObject Prune(JsonObject merged, FieldSet last, ManagedEntries entries, ResourceSchema schema)
    {
        FieldSet lastFields = last.WithNamedFields(schema);
        JsonObject pruned = Remove(merged, lastFields, schema);

        FieldSet owned = entries.ById.Values.Aggregate(StrippedFields.All, static (all, entry) => all.Union(entry.Fields)).WithNamedFields(schema);
        FieldSet mergedFields = TypedFields.Named(merged, schema).WithNamedFields(schema);
        FieldSet prunedFields = TypedFields.Named(pruned, schema).WithNamedFields(schema);
        pruned = Remove(merged, mergedFields.Difference(prunedFields.Union(owned)), schema);

        prunedFields = TypedFields.Named(pruned, schema).WithNamedFields(schema);
        return Remove(merged, mergedFields.Difference(prunedFields).Intersection(lastFields), schema);
    }

    private static JsonObject Remove(JsonObject merged, FieldSet fields, ResourceSchema schema)
        => TypedMerge.Remove(merged, fields, schema) as JsonObject ?? [];

    private static void ThrowOnConflict(
        ManagedEntries entries, ManagerId id, FieldSet changed, bool force, JsonObject live, FieldManager manager, ResourceSchema schema)
    {
        if (force || changed.IsEmpty)
        {
            return;
        }

        FieldSet allowed = manager.Name == "kubectl" ? LastAppliedFields(live, schema) : new FieldSet();
        var conflicts = new List<(ManagerId Id, FieldSet Fields)>();
        bool any = false;
        foreach ((ManagerId other, ManagedEntry entry) in entries.ById)
        {
            FieldSet fields = other == id ? new FieldSet() : entry.Fields.Intersection(changed);
            if (!fields.IsEmpty)
            {
                conflicts.Add((other, fields));
                any |= !fields.Difference(allowed).IsEmpty;
            }
        }

        if (any)
        {
            throw Conflict([.. conflicts.Select(each => (each.Id, each.Fields.Difference(allowed))).Where(each => !each.Item2.IsEmpty)], manager.Subresource == "scale");
        }
    }

    // Through scale, conflicts are told in the terms of a Scale, whatever the object calls its replicas.
    private static StatusException Conflict(List<(ManagerId Id, FieldSet Fields)> conflicts, bool isScale)
    {
        if (isScale)
        {
            conflicts = conflicts.ConvertAll(static each => (each.Id with { ApiVersion = "autoscaling/v1" }, each.Fields));
        }

        conflicts.Sort(static (left, right) => string.CompareOrdinal(left.Id.Shown, right.Id.Shown));
        (string Manager, string Path)[] all = [.. conflicts.SelectMany(each => each.Fields.Paths().Select(path => (each.Id.Shown, isScale ? ".spec.replicas" : PathElements.Text(path))))];
        string message = all.Length == 1
            ? $"Apply failed with 1 conflict: conflict with {all[0].Manager}: {all[0].Path}"
            : $"Apply failed with {all.Length} conflicts: "
                + string.Join('\n', all.GroupBy(each => each.Manager).SelectMany(group => group.Select(each => $"- {each.Path}").Prepend($"conflicts with {group.Key}:")));
        return new StatusException(409, "Conflict", message)
        {
            Details = new StatusDetails
            {
                Causes = [.. all.Select(each => new StatusCause { Reason = "FieldManagerConflict", Message = $"conflict with {each.Manager}", Field = each.Path })],
            },
        };
    }

    /// <summary>
    /// Fields that kubectl's client-side apply set and that still have its values: kubectl's server-side apply may take them
    /// over without force.
    /// </summary>
    private static FieldSet LastAppliedFields(JsonObject live, ResourceSchema schema)
    {
        if (live["metadata"].Object("annotations").Text(LastApplied) is not { } text)
        {
            return new FieldSet();
        }

        try
        {
            if (JsonNode.Parse(text) is not JsonObject configuration)
            {
                return new FieldSet();
            }

            TypedComparison comparison = TypedComparison.Between(configuration, live, schema, shape: null);
            return TypedFields.Named(configuration, schema)
                .Difference(comparison.Modified).Difference(comparison.Added).Difference(comparison.Removed);
        }
        catch (System.Text.Json.JsonException)
        {
            return new FieldSet();
        }
    }

    /// <summary>Where client-side apply was used before, its annotation follows, so that one can go back to it.</summary>
    private static void KeepLastApplied(JsonObject result, JsonObject applied, FieldManager manager)
    {
        if (manager.Name != "kubectl" || result["metadata"].Object("annotations") is not { } annotations || !annotations.ContainsKey(LastApplied))
        {
            return;
        }

        var configuration = (JsonObject)applied.DeepClone();
        configuration["metadata"].Object("annotations")?.Remove(LastApplied);
        if (configuration["metadata"] is JsonObject metadata)
        {
            metadata["annotations"] ??= new JsonObject();
        }

        annotations[LastApplied] = configuration.ToJsonString(KubeJson.Options) + "\n";
    }

    /// <summary>Only what the endpoint may write: no status through the object itself, nothing but status through status.</summary>
    private static JsonObject Scoped(KindDefinition kind, JsonObject applied, string? subresource)
    {
        var config = (JsonObject)applied.DeepClone();
        (config["metadata"] as JsonObject)?.Remove("managedFields");
        if (subresource is null && kind.Declared.Status)
        {
            config.Remove("status");
        }
        else if (subresource == "status")
        {
            foreach (string name in config.Select(pair => pair.Key).Where(name => name is not ("apiVersion" or "kind" or "metadata" or "status")).ToArray())
            {
                config.Remove(name);
            }
        }

        return config;
    }
}
