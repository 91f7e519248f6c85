using System.Text.Json.Nodes;
using Fairway.Resources;
using Microsoft.AspNetCore.Http;

namespace Fairway.ApiServer;

/// <summary>Answers "who am I" and "may I": <c>kubectl auth whoami</c>, <c>kubectl auth can-i</c>.</summary>
internal sealed class AccessReviews(ClusterVerbs cluster)
{
    public bool Serves(RequestInfo info) => VirtualResources.Contains(info.Group, info.Version, info.Resource);

    public async Task HandleAsync(HttpContext context, Call call, int limit)
    {
        RequestInfo info = call.Info;
        if (info.Verb != "create" || info.Name.Length > 0)
        {
            throw Refusals.MethodNotAllowed();
        }

        Negotiated format = Negotiation.Choose(context.Request.Headers.Accept, allowShapes: true, pretty: false) ?? throw Refusals.NotAcceptable(Negotiation.Offered);
        JsonObject body = (await RequestBody.ReadObjectAsync(context.Request, limit, context.RequestAborted)).Raw();
        body["apiVersion"] = $"{info.Group}/{info.Version}";
        try
        {
            body["status"] = info.Resource switch
            {
                "selfsubjectreviews" => new JsonObject { ["userInfo"] = UserInfo(call.User) },
                "selfsubjectaccessreviews" => Decide(call.User, body["spec"], null),
                "selfsubjectrulesreviews" => Rules(call.User, (string?)body["spec"]?["namespace"] ?? ""),
                "localsubjectaccessreviews" => Decide(Subject(body["spec"]), body["spec"], info.Namespace),
                _ => Decide(Subject(body["spec"]), body["spec"], null),
            };
        }
        catch (Exception wrong) when (wrong is InvalidOperationException or FormatException)
        {
            throw StatusException.BadRequest($"{info.Resource}: {wrong.Message}");
        }

        body["kind"] = KindOf(info.Resource);
        SystemMetadata.Of(body)["creationTimestamp"] = null;
        await Responses.WriteAsync(context, 201, Document.From(body), format with { Shape = Shape.Full });
    }

    private static string KindOf(string resource) => resource switch
    {
        "selfsubjectreviews" => "SelfSubjectReview",
        "selfsubjectaccessreviews" => "SelfSubjectAccessReview",
        "selfsubjectrulesreviews" => "SelfSubjectRulesReview",
        "localsubjectaccessreviews" => "LocalSubjectAccessReview",
        _ => "SubjectAccessReview",
    };

    private static Identity Subject(JsonNode? spec)
        => Identity.Of((string?)spec?["user"] ?? "", (spec?["groups"] as JsonArray ?? []).Select(group => (string)group!));

    private static JsonObject UserInfo(Identity user)
        => new() { ["username"] = user.Name, ["groups"] = new JsonArray([.. user.Groups.Select(group => (JsonNode)group)]) };

    private JsonObject Decide(Identity user, JsonNode? spec, string? @namespace)
    {
        if (Asked(spec, @namespace) is not { } wanted)
        {
            throw StatusException.BadRequest("exactly one of spec.resourceAttributes and spec.nonResourceAttributes must be specified");
        }

        bool isAllowed = cluster.Authorizer.Allows(user, wanted);
        return new JsonObject { ["allowed"] = isAllowed, ["reason"] = isAllowed ? "RBAC: allowed" : "" };
    }

    private static AccessAttributes? Asked(JsonNode? spec, string? @namespace)
    {
        if (spec?["resourceAttributes"] is JsonObject resource)
        {
            return new AccessAttributes
            {
                Verb = (string?)resource["verb"] ?? "",
                Group = (string?)resource["group"] ?? "",
                Resource = (string?)resource["resource"] ?? "",
                Subresource = (string?)resource["subresource"] ?? "",
                Namespace = @namespace ?? (string?)resource["namespace"] ?? "",
                Name = (string?)resource["name"] ?? "",
                Path = "",
            };
        }

        return spec?["nonResourceAttributes"] is JsonObject path
            ? new AccessAttributes { Verb = (string?)path["verb"] ?? "", Path = (string?)path["path"] ?? "", Group = "", Subresource = "", Namespace = "", Name = "" }
            : null;
    }

    private JsonObject Rules(Identity user, string @namespace)
    {
        var resources = new JsonArray();
        var paths = new JsonArray();
        IEnumerable<RbacRule> rules = user.IsMaster
            ? [new RbacRule { Verbs = ["*"], ApiGroups = ["*"], Resources = ["*"] }, new RbacRule { Verbs = ["*"], NonResourceUrls = ["*"] }]
            : cluster.Authorizer.RulesOf(user, @namespace);
        foreach (RbacRule rule in rules)
        {
            if (rule.NonResourceUrls.Count > 0)
            {
                paths.Add(new JsonObject { ["verbs"] = Strings(rule.Verbs), ["nonResourceURLs"] = Strings(rule.NonResourceUrls) });
                continue;
            }

            var made = new JsonObject { ["verbs"] = Strings(rule.Verbs), ["apiGroups"] = Strings(rule.ApiGroups), ["resources"] = Strings(rule.Resources) };
            if (rule.ResourceNames.Count > 0)
            {
                made["resourceNames"] = Strings(rule.ResourceNames);
            }

            resources.Add(made);
        }

        return new JsonObject { ["resourceRules"] = resources, ["nonResourceRules"] = paths, ["incomplete"] = false };
    }

    private static JsonArray Strings(IReadOnlyList<string> values) => [.. values.Select(value => (JsonNode)value)];
}
