using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>What every request passes, whichever transport brought it: authorization before, audit after.</summary>
internal sealed class Gate(AuditLog? audit, TimeProvider time)
{
    /// <exception cref="StatusException">403.</exception>
    public static void Authorize(ClusterVerbs cluster, Call call)
    {
        AccessAttributes wanted = AccessAttributes.Of(call.Info);
        if (!cluster.Authorizer.Allows(call.User, wanted))
        {
            throw Refusals.Forbidden(call.User, wanted);
        }
    }

    /// <summary>Runs a request that may do what it wants, and records how it ended.</summary>
    public async Task<T> RunAsync<T>(ClusterVerbs cluster, Call call, Func<Task<T>> verb)
    {
        try
        {
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

    public ValueTask AuditAsync(Call call, Exception failure) => failure switch
    {
        StatusException refused => AuditAsync(call, refused.Code, refused.Reason),
        OperationCanceledException => AuditAsync(call, 499, "ClientClosed"),
        _ => AuditAsync(call, 500, "InternalError"),
    };

    public ValueTask AuditAsync(Call call, int code, string? refusal, string stage = "ResponseComplete")
    {
        // The platform's own parts read all the time; what they change is kept, what they look at is not.
        if (audit is null || (call.User.IsComponent && call.Info.Verb is "get" or "list" or "watch"))
        {
            return ValueTask.CompletedTask;
        }

        return audit.AddAsync(new AuditRecord
        {
            Id = call.AuditId,
            Cluster = call.Cluster,
            Stage = stage,
            RequestUri = call.Uri,
            Request = call.Info,
            User = call.User,
            SourceIp = call.SourceIp,
            UserAgent = call.UserAgent,
            Code = code,
            Refusal = refusal,
            Received = call.Received,
            At = time.GetUtcNow(),
        });
    }
}
