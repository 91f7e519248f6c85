using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Apply;
using Fairway.Resources.Schemas;

namespace Fairway.ApiServer;

/// <summary>Which part of an object a write may change.</summary>
internal enum Part
{
    /// <summary>All but status, where the kind keeps status apart.</summary>
    Main,

    Status,

    /// <summary>A namespace's spec.</summary>
    Finalize,

    /// <summary>The conditions of a certificate signing request.</summary>
    Approval,

    /// <summary>The containers that were added to a running pod.</summary>
    EphemeralContainers,
}

/// <summary>Update, and the common end of every change of an object that exists: conditions, system fields, ownership, validation.</summary>
internal sealed class Updates(ObjectStore store, AdmissionChain admission, Strategies strategies, TimeProvider time)
{
    public async Task<Document> UpdateAsync(
        KindDefinition kind, string? @namespace, string name, Part part, ObjectBody body, string manager, WriteParameters parameters, CancellationToken cancellation)
    {
        JsonObject sent = body.Decode(kind, @namespace, name, parameters);
        var tracked = new FieldManager(manager, kind.Type.ApiVersion, Name(part));
        (Document written, _) = await store.ChangeAsync(
            kind.Type, @namespace, name, live => FinishAsync(kind, live, (JsonObject)sent.DeepClone(), part, tracked, parameters, cancellation, isWhole: true), parameters.DryRun, cancellation);
        return written;
    }

    /// <summary>Makes the stored object out of the live one and what a write wants.</summary>
    /// <param name="target">What the write wants; changed and kept.</param>
    /// <param name="tracked">Whose change it is; null when managedFields are right already (apply).</param>
    /// <param name="isWhole">The writer sent the whole object, which for some kinds must say which version it replaces.</param>
    /// <param name="isAdmitted">Admission has judged it already, in the form in which it was sent (scale).</param>
    public async ValueTask<Change> FinishAsync(
        KindDefinition kind,
        Document live,
        JsonObject target,
        Part part,
        FieldManager? tracked,
        WriteParameters parameters,
        CancellationToken cancellation,
        bool isAdmitted = false,
        bool isWhole = false)
    {
        // 1. Is it the object, and the version, that the writer means? 2. What this write cannot change stays. 3. Who owns what.
        // 4. What admission makes of it. 5. What the server fills in. 6. Has anything changed? 7. Is it right, and does admission
        // let it in? 8. Was it the last thing that held it?
        CheckConditions(kind.Type, live, target);
        if (isWhole && string.IsNullOrEmpty(Text(SystemMetadata.Of(target), "resourceVersion")) && !AllowsUnconditional(kind))
        {
            throw Unconditional(kind.Type, live.Header.Name);
        }

        KindRules rules = KindRules.Of(kind);
        JsonObject before = live.ToNode();
        rules.Shape?.Strip(before);
        JsonObject after = Merge(kind, before, target, part);
        rules.Default(after);
        if (part == Part.Main)
        {
            Strategies.Default(kind.Type, after);
        }

        if (tracked is not null)
        {
            ManagedFields.TrackUpdate(kind, before, after, tracked, time.GetUtcNow());
        }

        SystemMetadata.Of(after)["resourceVersion"] = live.Header.ResourceVersion;
        AdmissionRequest request = Request(kind, live.Header, before, after, part, parameters);
        if (!isAdmitted)
        {
            await admission.MutateAsync(request, cancellation);
            after = request.Object!;
        }

        if (part == Part.Main)
        {
            strategies.OnUpdate(kind.Type, before, after);
            SystemMetadata.CountChange(before, after, kind);
        }

        bool isDone = Deletions.IsComplete(after, kind.Type);
        bool isSame = !isDone && ManagedFields.IsSameExceptTimes(before, after);
        rules.Shape?.Complete(before);
        rules.Shape?.Complete(after);
        if (!isSame || kind.Custom is not null)
        {
            // What was wrong before and is left as it was is only warned of.
            CustomRules.OfUpdate(kind, before, after, part, parameters.Warnings).ThrowIfAny(kind.Type, live.Header.Name);
        }

        if (!isSame)
        {
            Creation.Advise(kind, before, after, parameters);
            parameters.MayStore(kind.Type, after);
        }

        if (!isAdmitted)
        {
            await admission.ValidateAsync(request, cancellation);
        }

        return isSame ? Change.None : isDone ? new Change.Remove(after) : new Change.Put(after);
    }

    private static AdmissionRequest Request(KindDefinition kind, in DocumentHeader live, JsonObject before, JsonObject after, Part part, WriteParameters parameters) => new()
    {
        Operation = AdmissionOperation.Update,
        Kind = GroupVersionKind.Of(kind.Type),
        Resource = GroupVersionResource.Of(kind.Type),
        Subresource = Name(part) ?? "",
        Definition = kind,
        Namespace = kind.Type.GroupResource == "namespaces" ? live.Name : live.Namespace,
        Name = live.Name,
        Context = parameters.Admission,
        Object = after,
        OldObject = before,
        Options = AdmissionOptions.Update(parameters),
        DryRun = parameters.DryRun,
    };

    public static string? Name(Part part) => part switch
    {
        Part.Status => "status",
        Part.Finalize => "finalize",
        Part.Approval => "approval",
        Part.EphemeralContainers => "ephemeralcontainers",
        _ => null,
    };

    // Kinds whose owners Kubernetes trusts to have read what they replace.
    private static bool AllowsUnconditional(KindDefinition kind)
        => kind.Custom is null && kind.Type.GroupResource is not (ClusterCatalog.Definitions or "leases.coordination.k8s.io" or "poddisruptionbudgets.policy"
            or "validatingwebhookconfigurations.admissionregistration.k8s.io" or "mutatingwebhookconfigurations.admissionregistration.k8s.io"
            or "validatingadmissionpolicies.admissionregistration.k8s.io" or "validatingadmissionpolicybindings.admissionregistration.k8s.io");

    private static StatusException Unconditional(ResourceType type, string name)
    {
        const string Why = "Invalid value: 0x0: must be specified for an update";
        return new StatusException(422, "Invalid", $"{type.GroupResource} \"{name}\" is invalid: metadata.resourceVersion: {Why}")
        {
            Details = new StatusDetails
            {
                Name = name,
                Group = type.Group,
                Kind = type.Plural,
                Causes = [new StatusCause { Reason = "FieldValueInvalid", Message = Why, Field = "metadata.resourceVersion" }],
            },
        };
    }

    private static void CheckConditions(ResourceType type, Document live, JsonObject target)
    {
        JsonObject metadata = SystemMetadata.Of(target);
        string uid = Text(metadata, "uid");
        if (uid.Length > 0 && uid != live.Header.Uid)
        {
            throw Preconditions.OtherObject(type, live.Header, uid);
        }

        string version = Text(metadata, "resourceVersion");
        if (version.Length > 0 && version != live.Header.ResourceVersion)
        {
            throw StatusException.Conflict(
                type, live.Header.Name, "the object has been modified; please apply your changes to the latest version and try again");
        }
    }

    private static JsonObject Merge(KindDefinition kind, JsonObject before, JsonObject target, Part part)
    {
        if (part == Part.Main)
        {
            SystemMetadata.Continue(before, target);
            if (kind.Type.GroupResource == "pods" && target["spec"] is JsonObject spec)
            {
                With(spec, "ephemeralContainers", before["spec"]?["ephemeralContainers"]);
            }

            return kind.Declared.Status ? With(target, "status", before["status"]) : target;
        }

        if (part == Part.EphemeralContainers)
        {
            var pod = (JsonObject)before.DeepClone();
            With((JsonObject)pod["spec"]!, "ephemeralContainers", target["spec"]?["ephemeralContainers"]);
            return pod;
        }

        JsonObject after = With((JsonObject)before.DeepClone(), part == Part.Finalize ? "spec" : "status", target[part == Part.Finalize ? "spec" : "status"]);
        if (part == Part.Status && StatusMetadata.IsWritten(kind))
        {
            SystemMetadata.Continue(before, target);
            after["metadata"] = StatusMetadata.Of(kind.Type, SystemMetadata.Of(before), SystemMetadata.Of(target));
        }

        // managedFields that the writer gives replace the stored ones, as on the main resource.
        return target["metadata"]?["managedFields"] is { } managed ? WithManaged(after, managed) : after;
    }

    private static JsonObject WithManaged(JsonObject after, JsonNode managed)
    {
        SystemMetadata.Of(after)["managedFields"] = managed.DeepClone();
        return after;
    }

    private static JsonObject With(JsonObject target, string member, JsonNode? value)
    {
        target.Remove(member);
        if (value is not null)
        {
            target[member] = value.DeepClone();
        }

        return target;
    }

    private static string Text(JsonObject metadata, string member)
        => metadata[member] is JsonValue value && value.TryGetValue(out string? text) ? text : "";
}
