using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Apply;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Schemas;
using Fairway.Storage;

namespace Fairway.ApiServer;

/// <summary>Create: from what a client sent to a stored object.</summary>
internal sealed class Creation(ObjectStore store, AdmissionChain admission, Strategies strategies, TimeProvider time, string? authorityPem)
{
    private const int NameAttempts = 8;

    public async Task<Document> CreateAsync(
        KindDefinition kind, string? @namespace, ObjectBody body, string manager, WriteParameters parameters, CancellationToken cancellation)
    {
        JsonObject target = body.Decode(kind, @namespace, null, parameters);
        if (ulong.TryParse(target["metadata"].Text("resourceVersion"), NumberStyles.None, CultureInfo.InvariantCulture, out ulong version) && version > 0)
        {
            throw new StatusException(500, "", "resourceVersion should not be set on objects to be created");
        }

        SystemMetadata.Of(target).Remove("managedFields");
        bool isGenerated = string.IsNullOrEmpty((string?)target["metadata"]!["name"]) && !string.IsNullOrEmpty((string?)target["metadata"]!["generateName"]);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await StoreAsync(kind, attempt == 1 && !isGenerated ? target : (JsonObject)target.DeepClone(), manager, parameters, isApply: false, cancellation);
            }
            catch (StatusException taken) when (isGenerated && taken.IsAlreadyExists && attempt < NameAttempts)
            {
                // A generated name was taken: roll again.
            }
            catch (StatusException taken) when (isGenerated && taken.IsAlreadyExists)
            {
                throw new StatusException(409, "AlreadyExists", $"{taken.Message}, the server was not able to generate a unique name for the object")
                {
                    Details = (taken.Details ?? new StatusDetails()) with { RetryAfterSeconds = 1 },
                };
            }
        }
    }

    /// <summary>Stores an object that apply made of nothing: its managedFields are right already.</summary>
    public Task<Document> CreateAppliedAsync(KindDefinition kind, JsonObject target, string manager, WriteParameters parameters, CancellationToken cancellation)
        => StoreAsync(kind, target, manager, parameters, isApply: true, cancellation);

    private async Task<Document> StoreAsync(
        KindDefinition kind, JsonObject target, string manager, WriteParameters parameters, bool isApply, CancellationToken cancellation)
    {
        // 1. Only what a client may give. 2. Who owns which fields. 3. What admission makes of it. 4. Identity and what the server
        // fills in. 5. Is it right, and does admission let it in?
        KindRules rules = KindRules.Of(kind);
        DateTimeOffset now = time.GetUtcNow();
        SystemMetadata.Wipe(target);
        if (kind.Declared.Status && kind.Type.GroupResource != "nodes")
        {
            // A node alone may come with its status: who runs it registers it in one write.
            target.Remove("status");
        }

        Strategies.Default(kind.Type, target);
        rules.Default(target);
        if (kind.Type.GroupResource == "daemonsets.apps")
        {
            WorkloadStrategies.CountTemplate(null, target);
        }

        if (!isApply)
        {
            Track(kind, target, new FieldManager(manager, kind.Type.ApiVersion), now);
        }

        RequireNamespace(kind, target);
        AdmissionRequest request = Request(kind, target, parameters);
        await admission.MutateAsync(request, cancellation);
        target = request.Object!;
        SystemMetadata.Begin(target, kind, now);
        using IDisposable? reservation = strategies.OnCreate(kind.Type, target);
        rules.Shape?.Complete(target);
        CustomRules.OfCreate(kind, target).ThrowIfAny(kind.Type, (string?)target["metadata"]!["name"] ?? "");
        Advise(kind, null, target, parameters);
        parameters.MayStore(kind.Type, target);
        await admission.ValidateAsync(request, cancellation);
        Document created = await store.CreateAsync(kind.Type, target, parameters.DryRun, cancellation);
        if (kind.Type.GroupResource == "namespaces" && !parameters.DryRun)
        {
            await FurnishAsync(created.Header.Name, cancellation);
        }

        return created;
    }

    // What is in status by default belongs to nobody.
    private static void Track(KindDefinition kind, JsonObject target, FieldManager manager, DateTimeOffset now)
    {
        JsonNode? status = kind.Declared.Status ? target["status"] : null;
        if (status is not null)
        {
            target.Remove("status");
        }

        ManagedFields.TrackUpdate(kind, null, target, manager, now);
        if (status is not null)
        {
            target["status"] = status;
        }
    }

    // The account that pods of a namespace run as unless they say otherwise, and whom they may trust. Bootstrap makes up for it
    // after a crash in between.
    private async Task FurnishAsync(string @namespace, CancellationToken cancellation)
    {
        await FurnishAsync(KindOf<ServiceAccount>.Definition, @namespace, new JsonObject { ["metadata"] = new JsonObject { ["name"] = "default" } }, "kube-controller-manager", cancellation);
        if (authorityPem is not null)
        {
            await FurnishAsync(KindOf<ConfigMap>.Definition, @namespace, Bootstrap.RootCertificate(authorityPem), "kube-controller-manager", cancellation);
        }
    }

    private async Task FurnishAsync(KindDefinition kind, string @namespace, JsonObject wanted, string manager, CancellationToken cancellation)
    {
        var parameters = new WriteParameters { MayCreate = static () => { }, MayStore = static (_, _) => { }, Admission = AdmissionContext.OfServer() };
        try
        {
            await CreateAsync(kind, @namespace, new ObjectBody(wanted), manager, parameters, cancellation);
        }
        catch (StatusException refused) when (refused.IsAlreadyExists || refused.Code is 403 or 404)
        {
            // It is there, or the namespace is on its way out again.
        }
    }

    /// <summary>Warns of names of finalizers in custom resources that others may use too.</summary>
    public static void Advise(KindDefinition kind, JsonObject? old, JsonObject target, WriteParameters parameters)
    {
        if (kind.Custom is not null)
        {
            parameters.Warnings.AddRange(MetadataValidation.FinalizerAdvice(old, target));
        }
    }

    private static AdmissionRequest Request(KindDefinition kind, JsonObject target, WriteParameters parameters)
    {
        string name = (string?)target["metadata"]!["name"] ?? "";
        return new AdmissionRequest
        {
            Operation = AdmissionOperation.Create,
            Kind = GroupVersionKind.Of(kind.Type),
            Resource = GroupVersionResource.Of(kind.Type),
            Definition = kind,
            Namespace = kind.Type.GroupResource == "namespaces" ? name : (string?)target["metadata"]!["namespace"] ?? "",
            Name = name,
            Context = parameters.Admission,
            Object = target,
            Options = AdmissionOptions.Create(parameters),
            DryRun = parameters.DryRun,
        };
    }

    private static void RequireNamespace(KindDefinition kind, JsonObject target)
    {
        if (kind.Type.Namespaced && string.IsNullOrEmpty((string?)target["metadata"]!["namespace"]))
        {
            throw StatusException.BadRequest("an empty namespace may not be set during creation");
        }
    }
}
