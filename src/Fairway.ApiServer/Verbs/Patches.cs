using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Apply;
using Fairway.Resources.Schemas;

namespace Fairway.ApiServer;

/// <summary>Patch in its four forms. A patch is computed on the object as it is when it is stored; only apply can create.</summary>
internal sealed class Patches(ObjectStore store, Creation creation, Updates updates, TimeProvider time)
{
    private const string AcceptedForCustom = "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";

    public Task<Written> PatchAsync(
        KindDefinition kind, string? @namespace, string name, Part part, PatchBody patch, string manager, WriteParameters parameters, CancellationToken cancellation)
        => patch.Kind == PatchKind.Apply
            ? ApplyAsync(kind, @namespace, name, part, patch.Body, manager, parameters, cancellation)
            : MergeAsync(kind, @namespace, name, part, patch, manager, parameters, cancellation);

    /// <summary>The tree that a patch makes of another.</summary>
    /// <exception cref="StatusException">400, 415 or 422.</exception>
    public static JsonObject Patched(JsonObject target, PatchBody patch, KindDefinition? kind) => patch.Kind switch
    {
        PatchKind.Json => Object(JsonPatch.Apply(target, patch.Body)),
        PatchKind.Merge => Object(MergePatch.Apply(target, RequireObject(patch.Body))),
        PatchKind.StrategicMerge when kind is null => Object(MergePatch.Apply(target, RequireObject(patch.Body))),
        PatchKind.StrategicMerge when KindRules.Of(kind).IsBuiltIn => StrategicMergePatch.Apply(target, RequireObject(patch.Body), KindRules.Of(kind).Schema),
        PatchKind.StrategicMerge => throw Refusals.UnsupportedMediaType(AcceptedForCustom),
        _ => throw Refusals.UnsupportedMediaType(AcceptedForCustom),
    };

    private static JsonObject Object(JsonNode? outcome)
        => outcome as JsonObject ?? throw new StatusException(422, "Invalid", "the patch does not leave an object");

    public static JsonObject RequireObject(JsonNode patch)
        => patch as JsonObject ?? throw StatusException.BadRequest($"error decoding patch: json: cannot unmarshal {(patch is JsonArray ? "array" : "value")} into Go value of type map[string]interface {{}}");

    /// <summary>Who applies says who it is.</summary>
    public static void RequireManager(WriteParameters parameters)
    {
        if (string.IsNullOrEmpty(parameters.FieldManager))
        {
            throw new StatusException(422, "Invalid", "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch");
        }
    }

    /// <summary>Ownership is reckoned from what is applied, never given with it.</summary>
    public static void RequireNoManagedFields(JsonObject applied)
    {
        if ((applied["metadata"] as JsonObject)?["managedFields"] is JsonArray { Count: > 0 })
        {
            throw StatusException.BadRequest("metadata.managedFields must be nil");
        }
    }

    private async Task<Written> MergeAsync(
        KindDefinition kind, string? @namespace, string name, Part part, PatchBody patch, string manager, WriteParameters parameters, CancellationToken cancellation)
    {
        var tracked = new FieldManager(manager, kind.Type.ApiVersion, Updates.Name(part));
        (Document written, _) = await store.ChangeAsync(
            kind.Type,
            @namespace,
            name,
            live =>
            {
                JsonObject target = Patched(live.ToNode(), patch, kind);
                parameters.Warnings.Clear(); // a lost race computes the patch again
                bool isStrategic = patch.Kind == PatchKind.StrategicMerge;
                var shown = new ShownPatch(isStrategic ? KubeJson.ShowGoPlain(patch.Body) : target.ToJsonString(KubeJson.Options), isStrategic);
                KindRules.Of(kind).Admit(target, parameters.Validation, parameters.Warnings, shown);
                RequireSameIdentity(kind, live, target);
                return updates.FinishAsync(kind, live, target, part, tracked, parameters, cancellation);
            },
            parameters.DryRun,
            cancellation);
        return new Written(written, Created: false);
    }

    private async Task<Written> ApplyAsync(
        KindDefinition kind, string? @namespace, string name, Part part, JsonNode body, string manager, WriteParameters parameters, CancellationToken cancellation)
    {
        RequireManager(parameters);
        string named = $"{body["metadata"].Text("namespace")}/{body["metadata"].Text("name")}";
        JsonObject wanted = Wanted(kind, @namespace, name, part, body, parameters);
        var applier = new FieldManager(manager, kind.Type.ApiVersion, Updates.Name(part));
        while (true)
        {
            if (store.Find(kind.Type, @namespace, name) is null)
            {
                if (await TryCreateAsync(kind, wanted, named, part, applier, parameters, cancellation) is { } created)
                {
                    return new Written(created, Created: true);
                }
            }

            try
            {
                (Document written, _) = await store.ChangeAsync(
                    kind.Type,
                    @namespace,
                    name,
                    live => updates.FinishAsync(
                        kind,
                        live,
                        ServerSideApply.Apply(kind, Plain(kind, live), wanted, applier, parameters.Force, time.GetUtcNow(), named),
                        part,
                        tracked: null,
                        parameters,
                        cancellation),
                    parameters.DryRun,
                    cancellation);
                return new Written(written, Created: false);
            }
            catch (StatusException gone) when (gone.IsNotFound && part == Part.Main && store.Find(kind.Type, @namespace, name) is null)
            {
                // It was deleted in between: create it after all.
            }
        }
    }

    private async Task<Document?> TryCreateAsync(
        KindDefinition kind, JsonObject wanted, string named, Part part, FieldManager applier, WriteParameters parameters, CancellationToken cancellation)
    {
        JsonNode metadata = wanted["metadata"]!;
        string name = (string)metadata["name"]!;
        if (part != Part.Main)
        {
            throw ObjectStore.NotFound(kind.Type, name);
        }

        if (metadata["uid"] is { } uid)
        {
            throw StatusException.Conflict(kind.Type, name, $"uid mismatch: the provided object specified uid {uid}, and no existing object was found");
        }

        parameters.MayCreate();
        var identity = new JsonObject { ["name"] = name };
        if (metadata["namespace"] is { } home)
        {
            identity["namespace"] = home.DeepClone();
        }

        var nothing = new JsonObject { ["apiVersion"] = kind.Type.ApiVersion, ["kind"] = kind.Type.Kind, ["metadata"] = identity };
        try
        {
            JsonObject target = ServerSideApply.Apply(kind, nothing, wanted, applier, parameters.Force, time.GetUtcNow(), named);
            return await creation.CreateAppliedAsync(kind, target, applier.Name, parameters, cancellation);
        }
        catch (StatusException taken) when (taken.IsAlreadyExists && store.Find(kind.Type, (string?)metadata["namespace"], name) is not null)
        {
            return null; // someone else created it in between: merge into that
        }
    }

    // What the writer may give here: identity always, and the part that this endpoint writes.
    private static JsonObject Wanted(KindDefinition kind, string? @namespace, string name, Part part, JsonNode body, WriteParameters parameters)
    {
        RequireNoManagedFields(RequireObject(body));

        // Of custom resources, and where the writer is strict, a field that nobody knows is refused by apply itself.
        bool isWhole = kind.Custom is not null || parameters.Validation == FieldValidation.Strict;
        var sent = new ObjectBody((JsonObject)body);
        JsonObject wanted = isWhole ? sent.Unpruned(kind, @namespace, name) : sent.Decode(kind, @namespace, name, parameters);
        SystemMetadata.Of(wanted).Remove("managedFields");
        if (part == Part.Main)
        {
            if (kind.Declared.Status)
            {
                wanted.Remove("status");
            }

            return wanted;
        }

        string kept = part == Part.Finalize ? "spec" : "status";
        foreach (string member in wanted.Select(member => member.Key).Where(member => member is not ("apiVersion" or "kind" or "metadata") && member != kept).ToArray())
        {
            wanted.Remove(member);
        }

        return wanted;
    }

    // Who owns what is reckoned without what says nothing.
    public static JsonObject Plain(KindDefinition kind, Document live)
    {
        JsonObject node = live.ToNode();
        KindRules.Of(kind).Shape?.Strip(node);
        return node;
    }

    private static void RequireSameIdentity(KindDefinition kind, Document live, JsonObject target)
    {
        JsonObject metadata = SystemMetadata.Of(target);
        if ((string?)metadata["name"] is { } name && name != live.Header.Name)
        {
            throw StatusException.BadRequest($"the name of the object ({name}) does not match the name on the URL ({live.Header.Name})");
        }

        ObjectBody.CheckType(target, kind, isPatched: true);
    }
}
