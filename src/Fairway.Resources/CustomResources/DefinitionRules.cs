using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.CustomResources;

/// <summary>What a CustomResourceDefinition must be, in kube-apiserver's words.</summary>
internal static class DefinitionRules
{
    private const string Approved = "api-approved.kubernetes.io";

    private static readonly string[] ReviewVersions = ["v1", "v1beta1"];

    public static void Validate(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        JsonObject spec = target["spec"] as JsonObject ?? [];
        JsonObject names = spec["names"] as JsonObject ?? [];
        string group = spec.Text("group") ?? "";
        string name = target["metadata"].Text("name") ?? "";
        if (old is null && name.Length > 0 && name != $"{names.Text("plural")}.{group}")
        {
            errors.Invalid("metadata.name", name, "must be spec.names.plural+\".\"+spec.group");
        }

        CheckGroup(group, errors);
        CheckEnum("spec.scope", spec.Text("scope"), ["Cluster", "Namespaced"], errors);
        JsonArray? versions = spec.Array("versions");
        SharedParts shared = SharedParts.Of(versions);
        CheckVersions(versions, shared, errors);
        foreach (string required in (ReadOnlySpan<string>)["plural", "singular", "kind", "listKind"])
        {
            if (string.IsNullOrEmpty(names.Text(required)))
            {
                errors.Required($"spec.names.{required}");
            }
        }

        DefinitionNames.Check(names, "spec.names", errors);
        if (versions is { Count: > 0 })
        {
            DefinitionVersions.CheckShared(versions, shared, errors);
        }

        CheckConversion(spec["conversion"] as JsonObject, "spec.conversion", errors);
        if (old is not null)
        {
            CheckImmutable(spec, old, errors);
        }

        CheckStoredVersions(target, spec, errors);
        CheckApproval(target, old, group, errors);
        if (KubeJson.AsBool(spec["preserveUnknownFields"]) == true && KubeJson.AsBool(old?["spec"]?["preserveUnknownFields"]) != true)
        {
            errors.Invalid("spec.preserveUnknownFields", true, "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead");
        }
    }

    private static void CheckGroup(string group, FieldErrors errors)
    {
        if (group.Length == 0)
        {
            errors.Required("spec.group");
        }
        else if (Names.SubdomainProblem(group) is { } problem)
        {
            errors.Invalid("spec.group", group, problem);
        }
        else if (!group.Contains('.', StringComparison.Ordinal))
        {
            errors.Invalid("spec.group", group, "should be a domain with at least one dot");
        }
    }

    private static void CheckEnum(string path, string? value, string[] accepted, FieldErrors errors)
    {
        if (string.IsNullOrEmpty(value))
        {
            errors.Required(path);
        }
        else if (!accepted.Contains(value))
        {
            errors.NotSupportedInOrder(path, value, accepted);
        }
    }

    private static void CheckVersions(JsonArray? versions, SharedParts shared, FieldErrors errors)
    {
        int count = versions?.Count ?? 0;
        for (int i = 0; i < count; i++)
        {
            if (versions![i]?["schema"].Object("openAPIV3Schema") is null)
            {
                errors.Required($"spec.versions[{i}].schema.openAPIV3Schema", "schemas are required");
            }
        }

        for (int i = 0; i < count; i++)
        {
            if (versions![i] is JsonObject version)
            {
                DefinitionVersions.Check(version, i, shared, errors);
            }
        }

        string[] names = [.. (versions ?? []).Select(version => version.Text("name") ?? "")];
        if (names.Distinct().Count() != names.Length)
        {
            errors.InvalidShown("spec.versions", GoDefinitions.Versions(versions, shared), "must contain unique version names");
        }

        if ((versions ?? []).Count(version => KubeJson.AsBool(version?["storage"]) == true) != 1)
        {
            errors.InvalidShown("spec.versions", GoDefinitions.Versions(versions, shared), "must have exactly one version marked as storage version");
        }

        if (names is [{ Length: > 0 } first, ..] && Names.Label1035Problem(first) is { } problem)
        {
            errors.Invalid("spec.version", first, problem);
        }
    }

    private static void CheckConversion(JsonObject? conversion, string path, FieldErrors errors)
    {
        if (conversion is null)
        {
            return;
        }

        CheckEnum($"{path}.strategy", conversion.Text("strategy"), ["None", "Webhook"], errors);
        JsonObject? webhook = conversion["webhook"] as JsonObject;
        if (conversion.Text("strategy") != "Webhook")
        {
            if (webhook?["clientConfig"] is not null)
            {
                errors.Forbidden($"{path}.webhookClientConfig", "should not be set when strategy is not set to Webhook");
            }

            if (webhook.Array("conversionReviewVersions") is { Count: > 0 })
            {
                errors.Forbidden($"{path}.conversionReviewVersions", "should not be set when strategy is not set to Webhook");
            }

            return;
        }

        JsonObject? client = webhook?["clientConfig"] as JsonObject;
        if (client is null)
        {
            errors.Required($"{path}.webhookClientConfig", "required when strategy is set to Webhook");
        }
        else
        {
            WebhookRules.Client(client, FieldPath.Root($"{path}.webhookClientConfig"), errors);
        }

        CheckReviewVersions(webhook.Array("conversionReviewVersions") ?? [], $"{path}.conversionReviewVersions", errors);
    }

    private static void CheckReviewVersions(JsonArray versions, string path, FieldErrors errors)
    {
        if (versions.Count == 0)
        {
            errors.Required(path);
            return;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < versions.Count; i++)
        {
            string version = KubeJson.AsString(versions[i]) ?? "";
            if (!seen.Add(version))
            {
                errors.Invalid($"{path}[{i}]", version, "duplicate version");
            }
            else if (Names.Label1035Problem(version) is { } problem)
            {
                errors.Invalid($"{path}[{i}]", version, problem);
            }
        }

        if (!seen.Overlaps(ReviewVersions))
        {
            errors.InvalidShown(path, GoValue.Strings(versions), $"must include at least one of {string.Join(", ", ReviewVersions)}");
        }
    }

    private static void CheckImmutable(JsonObject spec, JsonObject old, FieldErrors errors)
    {
        JsonObject before = old["spec"] as JsonObject ?? [];
        void Same(string path, JsonNode? was, JsonNode? now)
        {
            if (!JsonNode.DeepEquals(was, now))
            {
                errors.Invalid(path, now, "field is immutable");
            }
        }

        if (DefinitionConditions.IsTrue(old, DefinitionConditions.Established))
        {
            Same("spec.scope", before["scope"], spec["scope"]);
            Same("spec.names.kind", before["names"]?["kind"], spec["names"]?["kind"]);
        }

        Same("spec.group", before["group"], spec["group"]);
        Same("spec.names.plural", before["names"]?["plural"], spec["names"]?["plural"]);
    }

    private static void CheckStoredVersions(JsonObject target, JsonObject spec, FieldErrors errors)
    {
        JsonArray stored = target["status"].Array("storedVersions") ?? [];
        if (stored.Count == 0)
        {
            errors.InvalidShown("status.storedVersions", GoValue.Strings(stored.Count == 0 ? null : stored), "must have at least one stored version");
            return;
        }

        string[] listed = [.. stored.Select(each => KubeJson.AsString(each) ?? "")];
        string[] versions = [.. (spec.Array("versions") ?? []).Select(version => version.Text("name") ?? "")];
        foreach (JsonNode? version in (spec.Array("versions") ?? []).Where(each => KubeJson.AsBool(each?["storage"]) == true))
        {
            if (!listed.Contains(version.Text("name") ?? ""))
            {
                errors.InvalidShown("status.storedVersions", GoValue.Strings(stored), $"must have the storage version {version.Text("name")}");
            }
        }

        for (int i = 0; i < listed.Length; i++)
        {
            if (!versions.Contains(listed[i]))
            {
                errors.Invalid($"status.storedVersions[{i}]", listed[i], "must appear in spec.versions");
            }
        }
    }

    // Groups of the Kubernetes community need a link to the review, or an admission that there was none.
    private static void CheckApproval(JsonObject target, JsonObject? old, string group, FieldErrors errors)
    {
        bool isProtected = group is "k8s.io" or "kubernetes.io" || group.EndsWith(".k8s.io", StringComparison.Ordinal) || group.EndsWith(".kubernetes.io", StringComparison.Ordinal);
        string? annotation = target["metadata"].Object("annotations").Text(Approved);
        if (!isProtected || (old is not null && old["metadata"].Object("annotations").Text(Approved) == annotation))
        {
            return;
        }

        const string Path = "metadata.annotations[" + Approved + "]";
        if (string.IsNullOrEmpty(annotation))
        {
            errors.Required(Path, "protected groups must have approval annotation \"api-approved.kubernetes.io\", see https://github.com/kubernetes/enhancements/pull/1111");
        }
        else if (!annotation.StartsWith("unapproved", StringComparison.Ordinal) && !(Uri.TryCreate(annotation, UriKind.Absolute, out Uri? url) && url.Host.Length > 0))
        {
            errors.Invalid(Path, annotation, $"protected groups must have approval annotation \"api-approved.kubernetes.io\" with either a URL or a reason starting with \"unapproved\", see https://github.com/kubernetes/enhancements/pull/1111");
        }
    }
}

/// <summary>The names of a definition, as asked for and as accepted.</summary>
internal static class DefinitionNames
{
    public static void Check(JsonObject names, string path, FieldErrors errors)
    {
        foreach (string member in (ReadOnlySpan<string>)["plural", "singular"])
        {
            if (names.Text(member) is { Length: > 0 } name && Names.Label1035Problem(name) is { } problem)
            {
                errors.Invalid($"{path}.{member}", name, problem);
            }
        }

        foreach (string member in (ReadOnlySpan<string>)["kind", "listKind"])
        {
            if (names.Text(member) is { Length: > 0 } name && Names.Label1035Problem(name.ToLowerInvariant()) is { } problem)
            {
                errors.Invalid($"{path}.{member}", name, $"may have mixed case, but should otherwise match: {problem}");
            }
        }

        CheckEach(names, "shortNames", path, errors);
        if (names.Text("kind") is { Length: > 0 } kind && kind == names.Text("listKind"))
        {
            errors.Invalid($"{path}.listKind", kind, "kind and listKind may not be the same");
        }

        CheckEach(names, "categories", path, errors);
    }

    private static void CheckEach(JsonObject names, string member, string path, FieldErrors errors)
    {
        JsonArray list = names.Array(member) ?? [];
        for (int i = 0; i < list.Count; i++)
        {
            string name = KubeJson.AsString(list[i]) ?? "";
            if (Names.Label1035Problem(name) is { } problem)
            {
                errors.Invalid($"{path}.{member}[{i}]", name, problem);
            }
        }
    }
}
