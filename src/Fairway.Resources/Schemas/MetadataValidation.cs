using System.Text;
using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Checks <c>metadata</c> as every kind has it: names, labels, annotations, finalizers, owners.</summary>
public static class MetadataValidation
{
    private const int MaxAnnotations = 256 * 1024;

    private static readonly FieldPath Path = FieldPath.Metadata;

    /// <summary>Checks a new object, whose name is already generated.</summary>
    public static void Validate(JsonObject target, KindDefinition kind, FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(kind);
        ResourceType type = kind.Type;
        ArgumentNullException.ThrowIfNull(errors);
        JsonNode? metadata = target["metadata"];
        CheckNames(metadata, type, errors);
        if (type.Namespaced && metadata.Text("namespace") is { Length: > 0 } @namespace)
        {
            SelectorRules.Label(@namespace, Path.At("namespace"), errors);
        }

        errors.Nonnegative(metadata, "generation", Path);
        CheckMaps(metadata, errors);
        CheckOwners(metadata, errors);
        CheckFinalizers(metadata, errors);
        CheckStandardFinalizers(metadata, kind, errors);
    }

    /// <summary>Checks a change: identity stays, and the rest is well formed.</summary>
    public static void ValidateUpdate(JsonObject old, JsonObject target, KindDefinition kind, FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(old);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(errors);
        Changes(old, target, errors);
        if (kind.IsBuiltIn && !AnswersForItself(kind.Type))
        {
            // The strategy of a kind checks the metadata again, some of them wholly: so there are as many causes as with the real server.
            Changes(old, target, errors);
            CheckStandardFinalizers(target["metadata"], kind, errors);
        }

        if (kind.IsBuiltIn && ChecksAllAgain(kind.Type))
        {
            Validate(target, kind, errors);
        }

        if (!kind.IsBuiltIn)
        {
            CheckFinalizers(target["metadata"], errors);
            CheckStandardFinalizers(target["metadata"], kind, errors);
        }
    }

    /// <summary>Every sentence about a name that the kind does not take.</summary>
    public static IReadOnlyList<string> NameProblems(string name, ResourceType type)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(type);
        return (type.Group, type.Kind) switch
        {
            ("", "Namespace") => Names.LabelProblems(name),
            ("", "Service") => Names.Label1035Problems(name),
            ("apps", "StatefulSet") => Names.LabelProblems(name),
            ("rbac.authorization.k8s.io", _) => Names.PathSegmentProblems(name),
            _ => Names.SubdomainProblems(name),
        };
    }

    /// <summary>The first sentence about a name that the kind does not take, or null.</summary>
    public static string? NameProblem(string name, ResourceType type) => NameProblems(name, type) is { Count: > 0 } problems ? problems[0] : null;

    /// <summary>Checks the metadata of an object within an object.</summary>
    internal static void CheckEmbedded(JsonObject metadata, string path, FieldErrors errors)
    {
        if (metadata.Text("name") is { Length: > 0 } name)
        {
            errors.InvalidEach($"{path}.name", name, Names.PathSegmentProblems(name));
        }

        if (metadata.Text("namespace") is { Length: > 0 } @namespace)
        {
            errors.InvalidEach($"{path}.namespace", @namespace, Names.LabelProblems(@namespace));
        }

        CheckLabels(metadata.Object("labels"), $"{path}.labels", errors);
        CheckAnnotations(metadata.Object("annotations"), $"{path}.annotations", errors);
    }

    /// <summary>Checks the labels of an object or a template.</summary>
    public static void CheckLabels(JsonObject? labels, string path, FieldErrors errors) => CheckLabels(labels, FieldPath.Root(path), errors);

    internal static void CheckLabels(JsonObject? labels, FieldPath path, FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        foreach ((string key, JsonNode? value) in labels ?? [])
        {
            errors.InvalidEach(path, key, Names.QualifiedNameProblems(key));
            if (KubeJson.AsString(value) is { } text)
            {
                errors.InvalidEach(path, text, Names.LabelValueProblems(text));
            }
        }
    }

    private static void Changes(JsonObject old, JsonObject target, FieldErrors errors)
    {
        JsonNode? metadata = target["metadata"];
        CheckNewFinalizers(old, target, errors);
        foreach (string member in (ReadOnlySpan<string>)["name", "namespace", "uid", "creationTimestamp"])
        {
            if (!JsonNode.DeepEquals(old["metadata"]?[member], metadata?[member]))
            {
                errors.Invalid($"metadata.{member}", metadata?[member], "field is immutable");
            }
        }

        CheckMaps(metadata, errors);
        CheckOwners(metadata, errors);
    }

    /// <summary>Kinds whose strategies do not look at the metadata of a change.</summary>
    private static bool AnswersForItself(ResourceType type) => (type.Group, type.Kind) is ("policy", "PodDisruptionBudget") or ("admissionregistration.k8s.io", _) or ("", "Event");

    /// <summary>Kinds whose strategies check a changed object as if it were new, besides.</summary>
    private static bool ChecksAllAgain(ResourceType type) => (type.Group, type.Kind) is
        ("", "Pod" or "Service" or "ConfigMap" or "Secret" or "ServiceAccount" or "PersistentVolume" or "PersistentVolumeClaim" or "Endpoints" or "LimitRange")
        or ("networking.k8s.io", "Ingress" or "IngressClass") or ("rbac.authorization.k8s.io", _) or ("apps", "ControllerRevision") or ("admissionregistration.k8s.io", _);

    private static void CheckNames(JsonNode? metadata, ResourceType type, FieldErrors errors)
    {
        if (metadata.Text("generateName") is { Length: > 0 } prefix)
        {
            // A name is made by adding to it, so it may end in a dash.
            string masked = prefix.EndsWith('-') ? prefix[..^1] + "a" : prefix;
            errors.InvalidEach(Path.At("generateName"), prefix, NameProblems(masked, type));
        }

        string name = metadata.Text("name") ?? "";
        if (name.Length == 0)
        {
            errors.Required("metadata.name", "name or generateName is required");
        }
        else
        {
            errors.InvalidEach(Path.At("name"), name, NameProblems(name, type));
        }
    }

    private static void CheckMaps(JsonNode? metadata, FieldErrors errors)
    {
        CheckLabels(metadata.Object("labels"), Path.At("labels"), errors);
        CheckAnnotations(metadata.Object("annotations"), Path.At("annotations"), errors);
    }

    internal static void CheckAnnotations(JsonObject? annotations, string path, FieldErrors errors) => CheckAnnotations(annotations, FieldPath.Root(path), errors);

    internal static void CheckAnnotations(JsonObject? annotations, FieldPath path, FieldErrors errors)
    {
        long size = 0;
        foreach ((string key, JsonNode? value) in annotations ?? [])
        {
            errors.InvalidEach(path, key, Names.QualifiedNameProblems(key.ToLowerInvariant()));
            size += Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(KubeJson.AsString(value) ?? "");
        }

        if (size > MaxAnnotations)
        {
            errors.TooLong(path, MaxAnnotations);
        }
    }

    private static void CheckFinalizers(JsonNode? metadata, FieldErrors errors)
    {
        JsonArray finalizers = metadata.Array("finalizers") ?? [];
        foreach (JsonNode? finalizer in finalizers)
        {
            SelectorRules.QualifiedName(KubeJson.AsString(finalizer) ?? "", Path.At("finalizers"), errors);
        }

        if (finalizers.Any(each => KubeJson.AsString(each) == "orphan") && finalizers.Any(each => KubeJson.AsString(each) == "foregroundDeletion"))
        {
            errors.InvalidShown("metadata.finalizers", GoValue.Strings(finalizers), "finalizer orphan and foregroundDeletion cannot be both set");
        }
    }

    private static void CheckStandardFinalizers(JsonNode? metadata, KindDefinition kind, FieldErrors errors)
    {
        JsonArray finalizers = metadata.Array("finalizers") ?? [];
        for (int i = 0; i < finalizers.Count && kind.Custom is null; i++)
        {
            string name = KubeJson.AsString(finalizers[i]) ?? "";
            if (!name.Contains('/', StringComparison.Ordinal) && name is not ("orphan" or "foregroundDeletion" or "kubernetes"))
            {
                errors.Invalid($"metadata.finalizers[{i}]", name, "name is neither a standard finalizer name nor is it fully qualified");
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
        const string At = "metadata.ownerReferences";
        JsonArray owners = metadata.Array("ownerReferences") ?? [];
        string? controller = null;
        foreach (JsonNode? owner in owners)
        {
            string version = owner.Text("apiVersion") ?? "";
            if (version.Length == 0 || version.EndsWith('/'))
            {
                errors.Invalid($"{At}.apiVersion", version, "version must not be empty");
            }

            foreach (string member in (ReadOnlySpan<string>)["kind", "name", "uid"])
            {
                if (string.IsNullOrEmpty(owner.Text(member)))
                {
                    errors.Invalid($"{At}.{member}", "", $"{member} must not be empty");
                }
            }

            if (version == "v1" && owner.Text("kind") == "Event")
            {
                errors.InvalidShown(At, Shown(owner), "/v1, Kind=Event is disallowed from being an owner");
            }

            if (owner.Flag("controller") == true)
            {
                string name = $"{owner.Text("kind")}/{owner.Text("name")}";
                if (controller is not null)
                {
                    string all = $"[]v1.OwnerReference{{{string.Join(", ", owners.Select(Shown))}}}";
                    errors.InvalidShown(At, all, $"Only one reference can have Controller set to true. Found \"true\" in references for {controller} and {name}");
                }

                controller ??= name;
            }
        }
    }

    private static string Shown(JsonNode? owner)
        => $"v1.OwnerReference{{APIVersion:{GoValue.Text(owner, "apiVersion")}, Kind:{GoValue.Text(owner, "kind")}, Name:{GoValue.Text(owner, "name")}, UID:{GoValue.Text(owner, "uid")}, "
            + $"Controller:{GoValue.Pointer(owner?["controller"], "*bool")}, BlockOwnerDeletion:{GoValue.Pointer(owner?["blockOwnerDeletion"], "*bool")}}}";
}
