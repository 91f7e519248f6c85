using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Schemas;

namespace Fairway.ApiServer;

/// <summary>What a webhook answered.</summary>
internal sealed record WebhookVerdict
{
    public required bool Allowed { get; init; }

    /// <summary>The Status of a refusal, if the webhook gave one.</summary>
    public JsonObject? Result { get; init; }

    /// <summary>A JSON patch.</summary>
    public JsonArray? Patch { get; init; }

    public IReadOnlyList<string> Warnings { get; init; } = [];

    public IReadOnlyDictionary<string, string> AuditAnnotations { get; init; } = new Dictionary<string, string>();
}

/// <summary>A webhook could not be asked, or answered nothing understandable.</summary>
internal sealed class WebhookUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Writes AdmissionReview requests and reads the answers (admission.k8s.io/v1 and v1beta1).</summary>
internal static class WebhookReview
{
    /// <summary>The version to speak: the first that the webhook names and that is known here.</summary>
    public static string Version(JsonObject webhook)
        => (webhook["admissionReviewVersions"] as JsonArray ?? []).Select(version => (string?)version).FirstOrDefault(version => version is "v1" or "v1beta1")
            ?? throw new WebhookUnavailableException("could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)");

    public static JsonObject Write(AdmissionRequest request, WebhookInvocation invocation, string version, Guid uid)
    {
        var asked = new JsonObject
        {
            ["uid"] = uid.ToString(),
            ["kind"] = Write(invocation.Kind),
            ["resource"] = Write(invocation.Resource),
        };
        AddText(asked, "subResource", request.Subresource);
        asked["requestKind"] = Write(request.Kind);
        asked["requestResource"] = Write(request.Resource);
        AddText(asked, "requestSubResource", request.Subresource);
        AddText(asked, "name", request.Name);
        AddText(asked, "namespace", request.Namespace);
        asked["operation"] = WebhookMatching.Name(request.Operation);
        asked["userInfo"] = request.UserInfo.ToUserInfo();
        asked["object"] = As(request.Object, invocation);
        if (request.Operation == AdmissionOperation.Create && request.Definition is { Custom: null } && asked["object"] is JsonObject created && created["metadata"] is JsonObject metadata)
        {
            metadata.TryAdd("creationTimestamp", null); // what is not created yet says so
        }

        asked["oldObject"] = As(request.OldObject, invocation);
        asked["dryRun"] = request.DryRun;
        asked["options"] = request.Options?.DeepClone();
        return new JsonObject { ["kind"] = "AdmissionReview", ["apiVersion"] = $"admission.k8s.io/{version}", ["request"] = asked };
    }

    /// <exception cref="WebhookUnavailableException">It is no answer to this request.</exception>
    public static WebhookVerdict Read(ReadOnlySpan<byte> body, string version, Guid uid, bool isMutating)
    {
        JsonObject review = Parse(body);
        string apiVersion = Text(review, "apiVersion");
        string kind = Text(review, "kind");
        if (version == "v1" && (apiVersion, kind) == ("admission.k8s.io/v1beta1", "AdmissionReview"))
        {
            throw new WebhookUnavailableException("failed to call webhook: converting (v1beta1.AdmissionReview) to (v1.AdmissionReview): unknown conversion");
        }

        if (apiVersion == $"admission.k8s.io/{version}" && kind.Length > 0 && kind != "AdmissionReview")
        {
            throw new WebhookUnavailableException($"failed to call webhook: no kind \"{kind}\" is registered for version \"{apiVersion}\" in scheme \"k8s.io/apiserver/pkg/util/webhook/client.go:71\"");
        }

        if (review["response"] is not JsonObject response)
        {
            throw Invalid("webhook response was absent");
        }

        if (version == "v1" && Text(response, "uid") != uid.ToString())
        {
            throw Invalid($"expected response.uid=\"{uid}\", got \"{Text(response, "uid")}\"");
        }

        if (version == "v1" && (apiVersion != "admission.k8s.io/v1" || kind != "AdmissionReview"))
        {
            int slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
            string shown = slash < 0 ? $"/{apiVersion}" : apiVersion;
            throw Invalid($"expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got {shown}, Kind={kind}");
        }

        return new WebhookVerdict
        {
            Allowed = (bool?)response["allowed"] ?? false,
            Result = (response["status"] ?? response["result"]) as JsonObject,
            Patch = PatchOf(response, version, isMutating),
            Warnings = [.. (response["warnings"] as JsonArray ?? []).Select(warning => warning?.ToString() ?? "")],
            AuditAnnotations = (response["auditAnnotations"] as JsonObject ?? []).ToDictionary(entry => entry.Key, entry => entry.Value?.ToString() ?? ""),
        };
    }

    /// <summary>The refusal that a denial becomes.</summary>
    public static StatusException Denial(string webhook, JsonObject? result)
    {
        int code = (int?)result?["code"] ?? 0;
        string message = Text(result, "message");
        string reason = Text(result, "reason");
        string why = message.Length > 0 ? $": {message}" : reason.Length > 0 ? $": {reason}" : " without explanation";
        return new StatusException(code < 400 ? 400 : code, reason, $"admission webhook \"{webhook}\" denied the request{why}")
        {
            Details = result?["details"] is JsonObject details ? details.Deserialize(KindsJson.Of<StatusDetails>()) : null,
        };
    }

    private static JsonArray? PatchOf(JsonObject response, string version, bool isMutating)
    {
        string patch = Text(response, "patch");
        string? type = (string?)response["patchType"];
        string? problem = (isMutating, patch.Length > 0, type) switch
        {
            (false, true, _) => "validating webhook may not return response.patch",
            (false, _, not null) when version == "v1" => "validating webhook may not return response.patchType",
            (true, true, null) when version == "v1" => "webhook returned response.patch but not response.patchType",
            (true, false, not null) when version == "v1" => "webhook returned response.patchType but not response.patch",
            _ => null,
        };
        if (problem is not null)
        {
            throw Invalid(problem);
        }

        if (patch.Length == 0)
        {
            return null;
        }

        if (type is not (null or "JSONPatch"))
        {
            throw new WebhookUnavailableException($"unsupported patch type \"{type}\"");
        }

        try
        {
            return JsonNode.Parse(Convert.FromBase64String(patch)) as JsonArray
                ?? throw new WebhookUnavailableException("received undecodable patch in webhook response: it is no list");
        }
        catch (Exception broken) when (broken is FormatException or JsonException)
        {
            throw new WebhookUnavailableException($"received undecodable patch in webhook response: {broken.Message}", broken);
        }
    }

    private static JsonObject Parse(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty)
        {
            throw new WebhookUnavailableException("failed to call webhook: 0-length response with status code: 200 and content type: application/json");
        }

        try
        {
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = Document.MaxDepth });
            return JsonNode.Parse(ref reader) as JsonObject ?? throw new WebhookUnavailableException("failed to call webhook: the answer is no object");
        }
        catch (JsonException broken)
        {
            // What is no JSON is read as YAML, where words are a text.
            string reason = char.IsAsciiLetter((char)body[0])
                ? "json: cannot unmarshal string into Go value of type struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }"
                : ObjectDecoder.Reason(body, broken);
            throw new WebhookUnavailableException($"failed to call webhook: couldn't get version/kind; json parse error: {reason}", broken);
        }
    }

    private static WebhookUnavailableException Invalid(string why) => new($"received invalid webhook response: {why}");

    // An equivalent version differs by its name alone: conversion is None.
    private static JsonNode? As(JsonObject? target, WebhookInvocation invocation)
    {
        if (target is null)
        {
            return null;
        }

        var shown = (JsonObject)target.DeepClone();
        if (Text(shown, "kind") == invocation.Kind.Kind)
        {
            shown["apiVersion"] = invocation.Kind.Group.Length == 0 ? invocation.Kind.Version : $"{invocation.Kind.Group}/{invocation.Kind.Version}";
        }

        return shown;
    }

    private static JsonObject Write(GroupVersionKind kind) => new() { ["group"] = kind.Group, ["version"] = kind.Version, ["kind"] = kind.Kind };

    private static JsonObject Write(GroupVersionResource resource)
        => new() { ["group"] = resource.Group, ["version"] = resource.Version, ["resource"] = resource.Resource };

    private static void AddText(JsonObject to, string name, string value)
    {
        if (value.Length > 0)
        {
            to[name] = value;
        }
    }

    private static string Text(JsonObject? node, string member) => node?[member] is JsonValue value && value.TryGetValue(out string? text) ? text : "";
}
