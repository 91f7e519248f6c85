using Fairway.ApiServer;
using Fairway.Delivery;
using Fairway.Resources;
using Microsoft.AspNetCore.Http;

namespace Fairway.Web;

/// <summary>The door of the areas' own endpoints: the same authentication and RBAC as for resources of the hub.</summary>
internal sealed class EndpointAccess(EmbeddedApi api, string hub)
{
    /// <summary>The same for endpoints that act as their caller: every API they touch is the caller's own.</summary>
    public RequestDelegate Guard(Func<HttpContext, DeliveryCaller, Task> endpoint)
        => api.Guarded((context, user) => endpoint(context, new DeliveryCaller(user.Name, api.Client(hub, user), cluster => Client(cluster, user))));

    /// <summary>The same for the policy area.</summary>
    public RequestDelegate GuardPolicy(Func<HttpContext, Fairway.Policy.PolicyCaller, Task> endpoint)
        => api.Guarded((context, user) => endpoint(context, new Fairway.Policy.PolicyCaller(
            user.Name, api.Client(hub, user), (cluster, verb, type, @namespace) => api.AuthorizeAsync(cluster, user, verb, type, @namespace, null))));

    /// <summary>Null when the caller may; otherwise the answer to give.</summary>
    public async ValueTask<IResult?> AuthorizeAsync(HttpContext context, string verb, ResourceType resource, string @namespace, string name)
    {
        try
        {
            await api.AuthorizeAsync(hub, await api.AuthenticateAsync(context), verb, resource, @namespace, name);
            return null;
        }
        catch (StatusException refused)
        {
            return Results.Json(
                new { kind = "Status", apiVersion = "v1", status = "Failure", message = refused.Message, reason = refused.Reason, code = refused.Code },
                statusCode: refused.Code);
        }
    }

    private Fairway.Client.IClusterApi Client(string cluster, Identity user)
        => api.Clusters.Contains(cluster) || api.Foreign.Find(cluster) is not null ? api.Client(cluster, user) : throw new StatusException(404, "NotFound", $"there is no cluster \"{cluster}\"");

    /// <summary>The caller's name, after <see cref="AuthorizeAsync"/>.</summary>
    public string Actor(HttpContext context) => api.Authenticate(context).Name;
}
