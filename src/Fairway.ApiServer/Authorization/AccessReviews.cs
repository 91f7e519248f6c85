using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Schemas;
using Microsoft.AspNetCore.Http;

namespace Fairway.ApiServer;

/// <summary>Answers "who am I" and "may I": <c>kubectl auth whoami</c>, <c>kubectl auth can-i</c>.</summary>
internal sealed class AccessReviews(ClusterVerbs cluster, HttpAuthentication authentication, TimeProvider time)
{
    public bool Serves(RequestInfo info) => VirtualResources.Contains(info.Group, info.Version, info.Resource);

    public async Task HandleAsync(HttpContext context, Call call, int limit)
    {
        RequestInfo info = call.Info;
        if (info.Verb != "create" || info.Name.Length > 0)
        {
            throw Refusals.MethodNotAllowed();
        }

        Negotiated format = Negotiation.Choose(context.Request, allowShapes: true);
        JsonObject body = (await RequestBody.ReadObjectAsync(context.Request, limit, context.RequestAborted)).Raw();
        if (KubeJson.AsString(body["kind"]) is { Length: > 0 } kind && kind != KindOf(info.Resource))
        {
            throw StatusException.BadRequest($"{kind} in version \"{info.Version}\" cannot be handled as a {KindOf(info.Resource)}: no kind \"{kind}\" is registered for version \"{info.Group}/{info.Version}\" in scheme \"k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30\"");
        }

        body["apiVersion"] = $"{info.Group}/{info.Version}";
        Place(body, info);
        try
        {
            body["status"] = info.Resource switch
            {
                "selfsubjectreviews" => new JsonObject { ["userInfo"] = call.User.ToUserInfo() },
                "tokenreviews" => await ReviewAsync(body["spec"], context.RequestAborted),
                "selfsubjectaccessreviews" => Decide(call.User, body["spec"], null),
                "selfsubjectrulesreviews" => Rules(call.User, Namespace(body)),
                "localsubjectaccessreviews" => Decide(Subject(body["spec"]), body["spec"], info.Namespace),
                _ => Decide(Subject(body["spec"]), body["spec"], null),
            };
        }
        catch (Exception wrong) when (wrong is InvalidOperationException or FormatException)
        {
            throw StatusException.BadRequest($"{info.Resource}: {wrong.Message}");
        }

        body["kind"] = KindOf(info.Resource);
        SystemMetadata.Of(body)["creationTimestamp"] = info.Resource == "selfsubjectreviews" ? SystemMetadata.Timestamp(time.GetUtcNow()) : null;
        if (info.Resource == "selfsubjectrulesreviews")
        {
            body["spec"] = new JsonObject(); // the answer does not repeat the question
        }

        await Responses.WriteAsync(context, 201, Document.From(body), format with { Shape = Shape.Full });
    }

    // Only a local review is in a namespace: that of its path.
    private static void Place(JsonObject body, RequestInfo info)
    {
        JsonObject metadata = SystemMetadata.Of(body);
        bool isLocal = info.Resource == "localsubjectaccessreviews";
        if (isLocal)
        {
            metadata["namespace"] = info.Namespace;
        }
        else
        {
            metadata.Remove("namespace");
        }

        if (info.Resource.EndsWith("subjectaccessreviews", StringComparison.Ordinal))
        {
            AccessReviewRules.Check(body, isLocal, isSelf: info.Resource == "selfsubjectaccessreviews");
        }
    }

    private static string Namespace(JsonObject body)
        => (string?)body["spec"]?["namespace"] is { Length: > 0 } given ? given : throw StatusException.BadRequest("no namespace on request");

    private static string KindOf(string resource) => resource switch
    {
        "selfsubjectreviews" => "SelfSubjectReview",
        "tokenreviews" => "TokenReview",
        "selfsubjectaccessreviews" => "SelfSubjectAccessReview",
        "selfsubjectrulesreviews" => "SelfSubjectRulesReview",
        "localsubjectaccessreviews" => "LocalSubjectAccessReview",
        _ => "SubjectAccessReview",
    };

    private static Identity Subject(JsonNode? spec)
        => Identity.Exactly((string?)spec?["user"] ?? "", (spec?["groups"] as JsonArray ?? []).Select(group => (string)group!));

    private async Task<JsonObject> ReviewAsync(JsonNode? spec, CancellationToken cancellation)
    {
        string token = (string?)spec?["token"] ?? "";
        string[] audiences = [.. (spec?["audiences"] as JsonArray ?? []).Select(audience => (string?)audience ?? "")];
        if (token.Length == 0)
        {
            throw StatusException.BadRequest("token is required for TokenReview in authentication");
        }

        return await authentication.ReviewAsync(token, audiences, cluster, cancellation) is { } known
            ? new JsonObject
            {
                ["authenticated"] = true,
                ["user"] = known.User.ToUserInfo(),
                ["audiences"] = Strings(known.Audiences.Count > 0 || cluster.Accounts is null ? known.Audiences : [cluster.Accounts.Issuer]),
            }
            : new JsonObject { ["user"] = new JsonObject(), ["error"] = "invalid bearer token" };
    }

    private JsonObject Decide(Identity user, JsonNode? spec, string? @namespace)
    {
        if (Asked(spec, @namespace) is not { } wanted)
        {
            throw StatusException.BadRequest("exactly one of spec.resourceAttributes and spec.nonResourceAttributes must be specified");
        }

        (bool isAllowed, string reason) = cluster.Authorizer.Decide(user, wanted);
        var decision = new JsonObject { ["allowed"] = isAllowed };
        if (reason.Length > 0)
        {
            decision["reason"] = reason;
        }

        return decision;
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
        foreach (RbacRule rule in cluster.Authorizer.RulesOf(user, @namespace))
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
