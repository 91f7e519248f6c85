using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Schemas;

namespace Fairway.ApiServer;

/// <summary>What is wrong with a question about rights, in kube-apiserver's order and words. Pure.</summary>
internal static class AccessReviewRules
{
    // The real server names no kind in these refusals.
    private static readonly ResourceType Nameless = new() { Group = "authorization.k8s.io", Version = "v1", Kind = "", Plural = "", Namespaced = false };

    /// <summary>Refuses a review that cannot be answered.</summary>
    /// <param name="body">The review; its namespace is that of the path.</param>
    /// <param name="isLocal">A LocalSubjectAccessReview.</param>
    /// <param name="isSelf">The sender asks about itself.</param>
    /// <exception cref="StatusException">422.</exception>
    public static void Check(JsonObject body, bool isLocal, bool isSelf)
    {
        var errors = new FieldErrors();
        JsonNode? spec = body["spec"];
        JsonObject? resource = spec.Object("resourceAttributes");
        JsonObject? path = spec.Object("nonResourceAttributes");
        if (resource is not null && path is not null)
        {
            errors.InvalidShown("spec.nonResourceAttributes", Shown(path), "cannot be specified in combination with resourceAttributes");
        }

        if (resource is null && path is null)
        {
            errors.Invalid("spec.resourceAttributes", null, "exactly one of nonResourceAttributes or resourceAttributes must be specified");
        }

        if (!isSelf && string.IsNullOrEmpty(spec.Text("user")) && spec.Array("groups") is not { Count: > 0 })
        {
            errors.Invalid("spec.user", "", "at least one of user or group must be specified");
        }

        Selector(resource.Object("fieldSelector"), "spec.resourceAttributes.fieldSelector", isLabel: false, errors);
        Selector(resource.Object("labelSelector"), "spec.resourceAttributes.labelSelector", isLabel: true, errors);
        JsonObject metadata = body["metadata"] as JsonObject ?? [];
        if (metadata.Any(member => member.Key is not ("namespace" or "creationTimestamp" or "managedFields") && member.Value is not null && KubeJson.AsString(member.Value) is not ""))
        {
            errors.InvalidShown("metadata", KubeJson.ShowGo(metadata), isLocal ? "must be empty except for namespace" : "must be empty");
        }

        if (isLocal)
        {
            Local(metadata.Text("namespace") ?? "", resource, path, errors);
        }

        errors.ThrowIfAny(Nameless, "");
    }

    private static void Local(string @namespace, JsonObject? resource, JsonObject? path, FieldErrors errors)
    {
        if (resource is not null && (resource.Text("namespace") ?? "") != @namespace)
        {
            errors.Invalid("spec.resourceAttributes.namespace", resource.Text("namespace") ?? "", "must match metadata.namespace");
        }

        if (path is not null)
        {
            errors.InvalidShown("spec.nonResourceAttributes", Shown(path), "disallowed on this kind of request");
        }
    }

    private static void Selector(JsonObject? selector, string path, bool isLabel, FieldErrors errors)
    {
        if (selector is null)
        {
            return;
        }

        string raw = selector.Text("rawSelector") ?? "";
        JsonArray requirements = selector.Array("requirements") ?? [];
        if (raw.Length > 0 && requirements.Count > 0)
        {
            errors.Invalid($"{path}.rawSelector", raw, "may not specified at the same time as requirements");
        }

        if (raw.Length == 0 && requirements.Count == 0)
        {
            errors.Required($"{path}.requirements", $"when {path} is specified, requirements or rawSelector is required");
        }

        for (int i = 0; i < requirements.Count; i++)
        {
            Requirement(requirements[i], $"{path}.requirements[{i}]", isLabel, errors);
        }
    }

    private static void Requirement(JsonNode? requirement, string path, bool isLabel, FieldErrors errors)
    {
        JsonArray values = requirement.Array("values") ?? [];
        switch (requirement.Text("operator"))
        {
            case "In" or "NotIn" when values.Count == 0:
                errors.Required($"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'");
                break;
            case "Exists" or "DoesNotExist" when values.Count > 0:
                errors.Forbidden($"{path}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                break;
        }

        string key = requirement.Text("key") ?? "";
        if (isLabel)
        {
            errors.InvalidEach($"{path}.key", key, Names.QualifiedNameProblems(key));
        }
        else if (key.Length == 0)
        {
            errors.Required($"{path}.key", "must be specified");
        }
    }

    private static string Shown(JsonObject path)
        => $"authorization.NonResourceAttributes{{Path:{KubeJson.Quote(path.Text("path") ?? "")}, Verb:{KubeJson.Quote(path.Text("verb") ?? "")}}}";
}
