using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Apply;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Schemas;
using Fairway.Storage;

namespace Fairway.ApiServer;

/// <summary>Create: from what a client sent to a stored object.</summary>
internal sealed class Creation(ObjectStore store, Admission admission, TimeProvider time)
{
    private const int NameAttempts = 8;

    public async Task<Document> CreateAsync(
        KindDefinition kind, string? @namespace, ObjectBody body, string manager, WriteParameters parameters, CancellationToken cancellation)
    {
        JsonObject target = body.Decode(kind, @namespace, null, parameters);
        if (target["metadata"]?["resourceVersion"] is { } version && (string?)version is { Length: > 0 })
        {
            throw StatusException.BadRequest("resourceVersion should not be set on objects to be created");
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
        }
    }

    /// <summary>Stores an object that apply made of nothing: its managedFields are right already.</summary>
    public Task<Document> CreateAppliedAsync(KindDefinition kind, JsonObject target, string manager, WriteParameters parameters, CancellationToken cancellation)
        => StoreAsync(kind, target, manager, parameters, isApply: true, cancellation);

    private async Task<Document> StoreAsync(
        KindDefinition kind, JsonObject target, string manager, WriteParameters parameters, bool isApply, CancellationToken cancellation)
    {
        // 1. Identity. 2. Where it goes must exist. 3. What the server fills in. 4. Who owns which fields. 5. Is it right?
        KindRules rules = KindRules.Of(kind);
        DateTimeOffset now = time.GetUtcNow();
        SystemMetadata.Begin(target, kind, now);
        RequireNamespace(kind, target);
        if (kind.Declared.Status)
        {
            target.Remove("status");
        }

        rules.Default(target);
        using IDisposable? reservation = admission.OnCreate(kind.Type, target);
        if (!isApply)
        {
            ManagedFields.TrackUpdate(kind, null, target, new FieldManager(manager, kind.Type.ApiVersion), now);
        }

        rules.ValidateCreate(target).ThrowIfAny(kind.Type, (string?)target["metadata"]!["name"] ?? "");
        parameters.MayStore(kind.Type, target);
        Document created = await store.CreateAsync(kind.Type, target, parameters.DryRun, cancellation);
        if (kind.Type.GroupResource == "namespaces" && !parameters.DryRun)
        {
            await FurnishAsync(created.Header.Name, cancellation);
        }

        return created;
    }

    // The account that pods of a namespace run as unless they say otherwise. Bootstrap makes up for it after a crash in between.
    private async Task FurnishAsync(string @namespace, CancellationToken cancellation)
    {
        var account = new JsonObject { ["metadata"] = new JsonObject { ["name"] = "default" } };
        var parameters = new WriteParameters { MayCreate = static () => { }, MayStore = static (_, _) => { } };
        try
        {
            await CreateAsync(KindOf<ServiceAccount>.Definition, @namespace, new ObjectBody(account), "service-account-controller", parameters, cancellation);
        }
        catch (StatusException refused) when (refused.IsAlreadyExists || refused.Code is 403 or 404)
        {
            // It is there, or the namespace is on its way out again.
        }
    }

    private void RequireNamespace(KindDefinition kind, JsonObject target)
    {
        if (!kind.Type.Namespaced)
        {
            return;
        }

        JsonNode metadata = target["metadata"]!;
        string @namespace = (string?)metadata["namespace"] ?? "";
        if (@namespace.Length == 0)
        {
            throw StatusException.BadRequest("an empty namespace may not be set during creation");
        }

        Document home = store.Find("namespaces", "", @namespace) ?? throw new StatusException(404, "NotFound", $"namespaces \"{@namespace}\" not found")
        {
            Details = new StatusDetails { Name = @namespace, Kind = "namespaces" },
        };
        if (!home.Header.IsDeleting)
        {
            return;
        }

        string name = (string?)metadata["name"] ?? "";
        string why = $"unable to create new content in namespace {@namespace} because it is being terminated";
        StatusException refused = Refusals.Forbidden(kind.Type.Plural, kind.Type.Group, name, why);
        throw new StatusException(403, "Forbidden", refused.Message)
        {
            Details = refused.Details! with
            {
                Causes = [new StatusCause { Reason = "NamespaceTerminating", Message = $"namespace {@namespace} is being terminated", Field = "metadata.namespace" }],
            },
        };
    }
}
