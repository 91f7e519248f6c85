using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Apply;
using Fairway.Resources.CustomResources;
using Fairway.Resources.Labels;
using Fairway.Resources.Schemas;

namespace Fairway.ApiServer;

/// <summary>The scale subresource: replicas of any workload through one form, autoscaling/v1 Scale.</summary>
internal sealed class Scaling(ObjectStore store, Updates updates, AdmissionChain admission, TimeProvider time)
{
    private static readonly ResourceType ScaleType = new() { Group = "autoscaling", Version = "v1", Kind = "Scale", Plural = "scale", Namespaced = true };

    public Document Get(KindDefinition kind, string? @namespace, string name)
    {
        Document found = store.Find(kind.Type, @namespace, name) ?? throw NotFound(kind, name);
        return kind.Custom?.Scale is { } paths && Find(found.ToNode(), paths.SpecReplicas) is null
            ? throw Refusals.Internal($"the spec replicas field \".{paths.SpecReplicas}\" does not exist")
            : Document.From(Of(kind, found));
    }

    public Task<Document> UpdateAsync(
        KindDefinition kind, string? @namespace, string name, ObjectBody body, string manager, WriteParameters parameters, CancellationToken cancellation)
    {
        JsonObject wanted = body.Raw();
        ObjectBody.CheckType(wanted, ScaleType);
        _ = store.Find(kind.Type, @namespace, name) ?? throw NotFound(kind, name);
        return WriteAsync(kind, @namespace, name, _ => wanted, manager, parameters, cancellation);
    }

    public Task<Document> PatchAsync(
        KindDefinition kind, string? @namespace, string name, PatchBody patch, string manager, WriteParameters parameters, CancellationToken cancellation)
        => patch.Kind == PatchKind.Apply
            ? ApplyAsync(kind, @namespace, name, patch.Body, manager, parameters, cancellation)
            : WriteAsync(kind, @namespace, name, live => Patches.Patched(Of(kind, live), patch, null), manager, parameters, cancellation);

    // A Scale is applied as the object it scales would be with nothing but its replicas: one set of owners for both.
    private async Task<Document> ApplyAsync(
        KindDefinition kind, string? @namespace, string name, JsonNode body, string manager, WriteParameters parameters, CancellationToken cancellation)
    {
        Patches.RequireManager(parameters);
        JsonObject applied = Patches.RequireObject(body);
        Patches.RequireNoManagedFields(applied);
        ObjectBody.CheckType(applied, ScaleType);
        if (applied["metadata"].Text("name") is { } given && given != name)
        {
            throw StatusException.BadRequest($"the name of the object ({given}) does not match the name on the URL ({name})");
        }

        var applier = new FieldManager(manager, kind.Type.ApiVersion, "scale");
        (Document written, _) = await store.ChangeAsync(
            kind.Type,
            @namespace,
            name,
            live => ScaleAsync(kind, live, (JsonObject)MergePatch.Apply(Of(kind, live), applied)!, applier, parameters, cancellation, isApplied: applied["spec"] is JsonObject spec && spec.ContainsKey("replicas")),
            parameters.DryRun,
            cancellation);
        return Document.From(Of(kind, written));
    }

    private JsonObject Applied(KindDefinition kind, Document live, JsonObject scaled, FieldManager applier, bool force)
    {
        string path = kind.Custom?.Scale?.SpecReplicas ?? "spec.replicas";
        var identity = new JsonObject { ["name"] = live.Header.Name, ["namespace"] = live.Header.Namespace };
        var wanted = new JsonObject { ["apiVersion"] = kind.Type.ApiVersion, ["kind"] = kind.Type.Kind, ["metadata"] = identity };
        Put(wanted, path, Find(scaled, path)!.GetValue<int>());
        JsonObject target = ServerSideApply.Apply(kind, Patches.Plain(kind, live), wanted, applier, force, time.GetUtcNow());
        JsonObject metadata = SystemMetadata.Of(target);
        foreach (string condition in (ReadOnlySpan<string>)["uid", "resourceVersion"])
        {
            metadata[condition] = scaled["metadata"]?[condition]?.DeepClone();
        }

        return target;
    }

    // Of Kubernetes' own kinds the scale is missing, not the object.
    private static StatusException NotFound(KindDefinition kind, string name)
        => kind.IsBuiltIn
            ? StatusException.NotFound(kind.Type with { Plural = $"{kind.Type.Plural}/scale", Group = kind.Type.Group.Length == 0 ? ScaleType.Group : kind.Type.Group }, name)
            : ObjectStore.NotFound(kind.Type, name);

    private static JsonObject Of(KindDefinition kind, Document document)
    {
        JsonObject node = document.ToNode();
        DocumentHeader header = document.Header;
        ScalePaths? paths = kind.Custom?.Scale;
        var status = new JsonObject { ["replicas"] = Find(node, paths?.StatusReplicas ?? "status.replicas")?.DeepClone() ?? 0 };
        string? selected = kind.Type.GroupResource == "replicationcontrollers" ? LabelSelector.FromObject(new JsonObject { ["matchLabels"] = node["spec"]?["selector"]?.DeepClone() }).ToString()
            : paths is null ? LabelSelector.FromObject(node["spec"]?["selector"]) is { IsEverything: false } selector ? selector.ToString() : null
            : paths.Selector is { } path && Find(node, path) is JsonValue text && text.TryGetValue(out string? given) ? given
            : null;
        if (!string.IsNullOrEmpty(selected))
        {
            status["selector"] = selected;
        }

        return new JsonObject
        {
            ["kind"] = "Scale",
            ["apiVersion"] = "autoscaling/v1",
            ["metadata"] = new JsonObject
            {
                ["name"] = header.Name,
                ["namespace"] = header.Namespace,
                ["uid"] = header.Uid,
                ["resourceVersion"] = header.ResourceVersion,
                ["creationTimestamp"] = header.CreationTimestamp,
            },
            ["spec"] = Find(node, paths?.SpecReplicas ?? "spec.replicas") is { } replicas && replicas.ToJsonString() != "0" ? new JsonObject { ["replicas"] = replicas.DeepClone() } : new JsonObject(),
            ["status"] = status,
        };
    }

    private async Task<Document> WriteAsync(
        KindDefinition kind,
        string? @namespace,
        string name,
        Func<Document, JsonObject> wanted,
        string manager,
        WriteParameters parameters,
        CancellationToken cancellation)
    {
        var tracked = new FieldManager(manager, kind.Type.ApiVersion, "scale");
        (Document written, _) = await store.ChangeAsync(
            kind.Type, @namespace, name, live => ScaleAsync(kind, live, wanted(live), tracked, parameters, cancellation), parameters.DryRun, cancellation);
        return Document.From(Of(kind, written));
    }

    private async ValueTask<Change> ScaleAsync(
        KindDefinition kind, Document live, JsonObject wanted, FieldManager tracked, WriteParameters parameters, CancellationToken cancellation, bool isApplied = false)
    {
        DocumentHeader header = live.Header;
        var request = new AdmissionRequest
        {
            Operation = AdmissionOperation.Update,
            Kind = GroupVersionKind.Of(ScaleType),
            Resource = GroupVersionResource.Of(kind.Type),
            Subresource = "scale",
            Namespace = header.Namespace,
            Name = header.Name,
            Context = parameters.Admission,
            Object = (JsonObject)wanted.DeepClone(),
            OldObject = Of(kind, live),
            Options = AdmissionOptions.Update(parameters),
            DryRun = parameters.DryRun,
        };
        await admission.RunAsync(request, cancellation);
        JsonObject target = Scaled(kind, live, request.Object!, header.Name);
        return await updates.FinishAsync(
            kind,
            live,
            isApplied ? Applied(kind, live, target, tracked, parameters.Force) : target,
            Part.Main,
            isApplied ? null : tracked,
            parameters,
            cancellation,
            isAdmitted: true);
    }

    private static JsonObject Scaled(KindDefinition kind, Document live, JsonObject scale, string name)
    {
        JsonNode replicas = scale["spec"]?["replicas"] ?? 0;
        if (!int.TryParse(replicas.ToJsonString(), kind.Custom is null ? NumberStyles.None : NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int count))
        {
            var errors = new FieldErrors();
            errors.Invalid("spec.replicas", replicas, "must be greater than or equal to 0");
            errors.ThrowIfAny(ScaleType, name);
            throw new InvalidOperationException("An error was just added.");
        }

        JsonObject target = live.ToNode();
        Put(target, kind.Custom?.Scale?.SpecReplicas ?? "spec.replicas", count);
        JsonObject metadata = SystemMetadata.Of(target);
        foreach (string condition in (ReadOnlySpan<string>)["uid", "resourceVersion"])
        {
            if (scale["metadata"]?[condition] is { } given)
            {
                metadata[condition] = given.DeepClone();
            }
        }

        return target;
    }

    private static JsonNode? Find(JsonObject node, string path)
        => path.Split('.').Aggregate((JsonNode?)node, static (at, step) => (at as JsonObject)?[step]);

    private static void Put(JsonObject node, string path, int count)
    {
        string[] steps = path.Split('.');
        foreach (string step in steps[..^1])
        {
            JsonObject below = node[step] as JsonObject ?? [];
            node[step] ??= below;
            node = below;
        }

        node[steps[^1]] = count;
    }
}
