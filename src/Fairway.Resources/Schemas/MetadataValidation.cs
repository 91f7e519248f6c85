using System.Text;
using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Checks <c>metadata</c> as every kind has it: names, labels, annotations, finalizers, owners.</summary>
public static class MetadataValidation
{
    private const int MaxAnnotations = 256 * 1024;

    /// <summary>Checks a new object, whose name is already generated.</summary>
    public static void Validate(JsonObject target, KindDefinition kind, FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(kind);
        ResourceType type = kind.Type;
        ArgumentNullException.ThrowIfNull(errors);
        JsonNode? metadata = target["metadata"];
        CheckName(metadata.Text("name"), type, errors);
        if (type.Namespaced && metadata.Text("namespace") is { Length: > 0 } @namespace && Names.LabelProblem(@namespace) is { } problem)
        {
            errors.Invalid("metadata.namespace", @namespace, problem);
        }

        CheckMaps(metadata, errors);
        CheckFinalizers(metadata, kind.Custom is not null, errors);
        CheckOwners(metadata, errors);
    }

    /// <summary>Checks a change: identity stays, and the rest is well formed.</summary>
    public static void ValidateUpdate(JsonObject old, JsonObject target, KindDefinition kind, FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(old);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(errors);
        JsonNode? metadata = target["metadata"];
        foreach (string member in (ReadOnlySpan<string>)["name", "namespace", "uid", "creationTimestamp"])
        {
            if (!JsonNode.DeepEquals(old["metadata"]?[member], metadata?[member]))
            {
                errors.Invalid($"metadata.{member}", metadata?[member], "field is immutable");
            }
        }

        CheckMaps(metadata, errors);
        CheckFinalizers(metadata, kind.Custom is not null, errors);
        CheckOwners(metadata, errors);
        CheckNewFinalizers(old, target, errors);
    }

    /// <summary>The sentence about a name that the kind does not take, or null.</summary>
    public static string? NameProblem(string name, ResourceType type)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(type);
        return (type.Group, type.Kind) switch
        {
            ("", "Namespace") => Names.LabelProblem(name),
            ("", "Service") => Names.Label1035Problem(name),
            ("rbac.authorization.k8s.io", _) => PathSegmentProblem(name),
            _ => Names.SubdomainProblem(name),
        };
    }

    /// <summary>Checks the metadata of an object within an object.</summary>
    internal static void CheckEmbedded(JsonObject metadata, string path, FieldErrors errors)
    {
        if (metadata.Text("name") is { Length: > 0 } name && PathSegmentProblem(name) is { } problem)
        {
            errors.Invalid($"{path}.name", name, problem);
        }

        if (metadata.Text("namespace") is { Length: > 0 } @namespace && Names.LabelProblem(@namespace) is { } wrong)
        {
            errors.Invalid($"{path}.namespace", @namespace, wrong);
        }

        CheckLabels(metadata.Object("labels"), $"{path}.labels", errors);
        CheckAnnotations(metadata.Object("annotations"), $"{path}.annotations", errors);
    }

    /// <summary>Checks the labels of an object or a template.</summary>
    public static void CheckLabels(JsonObject? labels, string path, FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        foreach ((string key, JsonNode? value) in labels ?? [])
        {
            if (Names.QualifiedNameProblem(key) is { } problem)
            {
                errors.Invalid(path, key, problem);
            }

            if (KubeJson.AsString(value) is { } text && Names.LabelValueProblem(text) is { } wrong)
            {
                errors.Invalid(path, text, wrong);
            }
        }
    }

    private static void CheckName(string? name, ResourceType type, FieldErrors errors)
    {
        if (string.IsNullOrEmpty(name))
        {
            errors.Required("metadata.name", "name or generateName is required");
        }
        else if (NameProblem(name, type) is { } problem)
        {
            errors.Invalid("metadata.name", name, problem);
        }
    }

    private static string? PathSegmentProblem(string name) => name switch
    {
        "." or ".." => $"may not be '{name}'",
        _ when name.Contains('/', StringComparison.Ordinal) => "may not contain '/'",
        _ when name.Contains('%', StringComparison.Ordinal) => "may not contain '%'",
        _ => null,
    };

    private static void CheckMaps(JsonNode? metadata, FieldErrors errors)
    {
        CheckLabels(metadata.Object("labels"), "metadata.labels", errors);
        CheckAnnotations(metadata.Object("annotations"), "metadata.annotations", errors);
    }

    internal static void CheckAnnotations(JsonObject? annotations, string path, FieldErrors errors)
    {
        long size = 0;
        foreach ((string key, JsonNode? value) in annotations ?? [])
        {
            if (Names.QualifiedNameProblem(key.ToLowerInvariant()) is { } problem)
            {
                errors.Invalid(path, key, problem);
            }

            size += Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(KubeJson.AsString(value) ?? "");
        }

        if (size > MaxAnnotations)
        {
            errors.TooLong(path, MaxAnnotations);
        }
    }

    private static void CheckFinalizers(JsonNode? metadata, bool isCustom, FieldErrors errors)
    {
        JsonArray finalizers = metadata.Array("finalizers") ?? [];
        for (int i = 0; i < finalizers.Count; i++)
        {
            string name = KubeJson.AsString(finalizers[i]) ?? "";
            string path = "metadata.finalizers";
            if (Names.QualifiedNameProblem(name) is { } problem)
            {
                errors.Invalid(path, name, problem);
            }
            else if (!isCustom && !name.Contains('/', StringComparison.Ordinal) && name is not ("orphan" or "foregroundDeletion" or "kubernetes"))
            {
                errors.Invalid($"{path}[{i}]", name, "name is neither a standard finalizer name nor is it fully qualified");
            }
        }
    }

    /// <summary>Advice about names of finalizers that a change adds to a custom resource, as texts of Warning headers.</summary>
    public static IEnumerable<string> FinalizerAdvice(JsonObject? old, JsonObject target)
    {
        ArgumentNullException.ThrowIfNull(target);
        IEnumerable<string> before = (old?["metadata"].Array("finalizers") ?? []).Select(each => KubeJson.AsString(each) ?? "");
        foreach (string name in (target["metadata"].Array("finalizers") ?? []).Select(each => KubeJson.AsString(each) ?? "").Except(before).Order(StringComparer.Ordinal))
        {
            if (!name.Contains('/', StringComparison.Ordinal) && name is not ("orphan" or "foregroundDeletion" or "kubernetes"))
            {
                string path = name.Contains('.', StringComparison.Ordinal) ? " including a path (/)" : "";
                yield return $"metadata.finalizers: {KubeJson.Quote(name)}: prefer a domain-qualified finalizer name{path} to avoid accidental conflicts with other finalizer writers";
            }
        }
    }

    private static void CheckNewFinalizers(JsonObject old, JsonObject target, FieldErrors errors)
    {
        if (target["metadata"].Text("deletionTimestamp") is null)
        {
            return;
        }

        string[] before = [.. (old["metadata"].Array("finalizers") ?? []).Select(each => KubeJson.AsString(each) ?? "")];
        string[] added = [.. (target["metadata"].Array("finalizers") ?? []).Select(each => KubeJson.AsString(each) ?? "").Except(before)];
        if (added.Length > 0)
        {
            errors.Forbidden("metadata.finalizers", $"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{string.Join(", ", added.Select(KubeJson.Quote))}}}");
        }
    }

    private static void CheckOwners(JsonNode? metadata, FieldErrors errors)
    {
        JsonArray owners = metadata.Array("ownerReferences") ?? [];
        string? controller = null;
        for (int i = 0; i < owners.Count; i++)
        {
            foreach (string member in (ReadOnlySpan<string>)["apiVersion", "kind", "name", "uid"])
            {
                if (string.IsNullOrEmpty(owners[i].Text(member)))
                {
                    errors.Invalid($"metadata.ownerReferences[{i}].{member}", owners[i].Text(member) ?? "", "must not be empty");
                }
            }

            if (KubeJson.AsBool(owners[i]?["controller"]) == true)
            {
                string name = owners[i].Text("name") ?? "";
                if (controller is not null)
                {
                    errors.Invalid("metadata.ownerReferences", owners[i], $"Only one reference can have Controller set to true. Found \"true\" in references for {controller} and {name}");
                }

                controller ??= name;
            }
        }
    }
}
