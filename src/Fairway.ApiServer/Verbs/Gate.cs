using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>What every request passes, whichever transport brought it: authorization before, audit after.</summary>
internal sealed class Gate(AuditLog? audit, AuditPolicy? policy, TimeProvider time)
{
    /// <exception cref="StatusException">403.</exception>
    public static void Authorize(ClusterVerbs cluster, Call call)
    {
        AccessAttributes wanted = AccessAttributes.Of(call.Info);
        (bool isAllowed, string reason) = cluster.Authorizer.Decide(call.User, wanted);
        call.Admission.AuditAnnotations["authorization.k8s.io/decision"] = isAllowed ? "allow" : "forbid";
        call.Admission.AuditAnnotations["authorization.k8s.io/reason"] = reason;
        if (!isAllowed)
        {
            throw Refusals.Forbidden(call.User, wanted);
        }
    }

    /// <summary>Runs a request that may do what it wants, and records how it ended.</summary>
    public async Task<T> RunAsync<T>(ClusterVerbs cluster, Call call, Func<Task<T>> verb)
    {
        try
        {
            await BeginAsync(call);
            Authorize(cluster, call);
            T result = await verb();
            await AuditAsync(call, 200, null);
            return result;
        }
        catch (Exception failure)
        {
            await AuditAsync(call, failure);
            throw;
        }
    }

    /// <summary>Decides how much of a request is kept, and notes its arrival where the policy wants that.</summary>
    public ValueTask BeginAsync(Call call)
    {
        if (audit is null)
        {
            return ValueTask.CompletedTask;
        }

        call.Audit = policy is null ? AuditDecision.Default : policy.Decide(call.Sender ?? call.User, call.Info);
        return call.Audit.OmitStages.Contains("RequestReceived") ? ValueTask.CompletedTask : AuditAsync(call, 0, null, "RequestReceived");
    }

    public ValueTask AuditAsync(Call call, Exception failure) => failure switch
    {
        StatusException refused => AuditAsync(call, refused.Code, (refused.Message, refused.Reason)),
        OperationCanceledException => AuditAsync(call, 499, ("the client closed the connection", "ClientClosed")),
        _ => AuditAsync(call, 500, (failure.Message, "InternalError"), "Panic"),
    };

    public ValueTask AuditAsync(Call call, int code, (string Message, string Reason)? refusal, string stage = "ResponseComplete")
    {
        // The platform's own parts read all the time; what they change is kept, what they look at is not.
        if (audit is null || call.Audit.Level == AuditLevel.None || call.Audit.OmitStages.Contains(stage)
            || (call.User.IsComponent && call.Info.Verb is "get" or "list" or "watch"))
        {
            return ValueTask.CompletedTask;
        }

        bool isOver = stage is "ResponseComplete" or "Panic";
        return audit.AddAsync(new AuditRecord
        {
            Id = call.AuditId,
            Level = call.Audit.Level,
            Cluster = call.Cluster,
            Stage = stage,
            RequestUri = call.Uri,
            Request = call.Info,
            User = call.Sender ?? call.User,
            Impersonated = call.Sender is null ? null : call.User,
            SourceIp = call.SourceIp,
            UserAgent = call.UserAgent,
            Code = code,
            Refusal = refusal,
            RequestObject = isOver ? Kept(call, call.RequestObject) : null,
            ResponseObject = isOver ? Kept(call, call.ResponseObject?.ToNode()) : null,
            Annotations = stage == "RequestReceived" ? [] : [.. call.Admission.AuditAnnotations],
            Received = call.Received,
            At = time.GetUtcNow(),
        });
    }

    private static JsonNode? Kept(Call call, JsonNode? body)
    {
        JsonNode? kept = body?.DeepClone();
        if (call.Audit.OmitManagedFields && kept is JsonObject target)
        {
            (target["metadata"] as JsonObject)?.Remove("managedFields");
            foreach (JsonNode? item in target["items"] as JsonArray ?? [])
            {
                (item?["metadata"] as JsonObject)?.Remove("managedFields");
            }
        }

        return kept;
    }
}
