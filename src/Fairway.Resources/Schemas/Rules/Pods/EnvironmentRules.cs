using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Environment variables, and references to fields and resources of the pod.</summary>
internal static class EnvironmentRules
{
    private const string Whole = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei";

    private static readonly string[] EnvironmentFields =
    [
        "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
    ];

    private static readonly string[] VolumeFields = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

    private static readonly string[] KnownFields = [.. EnvironmentFields, .. VolumeFields, "spec.restartPolicy", "spec.schedulerName", "status.phase"];

    private static readonly string[] Resources =
        ["limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"];

    /// <summary><c>env</c>.</summary>
    public static void Variables(JsonArray? variables, FieldPath path, FieldErrors errors)
    {
        for (int i = 0; i < (variables?.Count ?? 0); i++)
        {
            JsonNode? variable = variables![i];
            FieldPath at = path.At(i);
            string name = variable.Text("name") ?? "";
            if (name.Length == 0)
            {
                errors.Required(at.At("name"));
            }
            else if (Names.EnvironmentProblem(name) is { } problem)
            {
                errors.Invalid(at.At("name"), name, problem);
            }

            if (variable.Object("valueFrom") is { } source)
            {
                Source(variable, source, at.At("valueFrom"), errors);
            }
        }
    }

    /// <summary><c>envFrom</c>.</summary>
    public static void Sources(JsonArray? sources, FieldPath path, FieldErrors errors)
    {
        for (int i = 0; i < (sources?.Count ?? 0); i++)
        {
            JsonNode? source = sources![i];
            if (source.Text("prefix") is { Length: > 0 } prefix && Names.EnvironmentProblem(prefix) is { } problem)
            {
                errors.Invalid(path.At(i).At("prefix"), prefix, problem);
            }

            int count = 0;
            foreach (string kind in (ReadOnlySpan<string>)["configMapRef", "secretRef"])
            {
                if (source.Object(kind) is { } reference)
                {
                    count++;
                    Reference(reference, path.At(i).At(kind), errors);
                }
            }

            if (count != 1)
            {
                errors.Invalid(path, "", count == 0 ? "must specify one of: `configMapRef` or `secretRef`" : "may not have more than one field specified at a time");
            }
        }
    }

    /// <summary>A field of the pod, for a variable or for a file.</summary>
    public static void Field(JsonNode reference, bool isVolume, FieldPath path, FieldErrors errors)
    {
        string version = reference.Text("apiVersion") ?? "";
        string field = reference.Text("fieldPath") ?? "";
        if (version.Length == 0 || field.Length == 0)
        {
            errors.Required(path.At(version.Length == 0 ? "apiVersion" : "fieldPath"));
            return;
        }

        (string name, string? subscript) = Split(field);
        if (Unconvertible(version, field, name, subscript) is { } problem)
        {
            errors.Invalid(path.At("fieldPath"), field, "error converting fieldPath: " + problem);
        }
        else if (subscript is not null)
        {
            SelectorRules.QualifiedName(name == "metadata.annotations" ? subscript.ToLowerInvariant() : subscript, path, errors);
        }
        else if (!(isVolume ? VolumeFields : EnvironmentFields).Contains(name, StringComparer.Ordinal))
        {
            errors.NotSupported(path.At("fieldPath"), name, isVolume ? VolumeFields : EnvironmentFields);
        }
    }

    /// <summary>A request or limit of a container, for a variable or for a file.</summary>
    public static void Resource(JsonNode reference, bool isVolume, FieldPath path, FieldErrors errors)
    {
        string resource = reference.Text("resource") ?? "";
        if (isVolume && string.IsNullOrEmpty(reference.Text("containerName")))
        {
            errors.Required(path.At("containerName"));
        }
        else if (resource.Length == 0)
        {
            errors.Required(path.At("resource"));
        }
        else if (!Resources.Contains(resource, StringComparer.Ordinal) && !IsHugePages(resource))
        {
            errors.NotSupported(path.At("resource"), resource, Resources);
        }

        Divisor(reference, resource, path, errors);
    }

    private static void Source(JsonNode? variable, JsonObject source, FieldPath path, FieldErrors errors)
    {
        int count = 0;
        if (source.Object("fieldRef") is { } field)
        {
            count++;
            Field(field, isVolume: false, path.At("fieldRef"), errors);
        }

        if (source.Object("resourceFieldRef") is { } resource)
        {
            count++;
            Resource(resource, isVolume: false, path.At("resourceFieldRef"), errors);
        }

        foreach (string kind in (ReadOnlySpan<string>)["configMapKeyRef", "secretKeyRef"])
        {
            if (source.Object(kind) is { } key)
            {
                count++;
                Key(key, path.At(kind), errors);
            }
        }

        if (count == 0)
        {
            errors.Invalid(path, "", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`");
        }
        else if (!string.IsNullOrEmpty(variable.Text("value")))
        {
            errors.Invalid(path, "", "may not be specified when `value` is not empty");
        }
        else if (count > 1)
        {
            errors.Invalid(path, "", "may not have more than one field specified at a time");
        }
    }

    private static void Key(JsonObject reference, FieldPath path, FieldErrors errors)
    {
        SelectorRules.Subdomain(reference.Text("name") ?? "", path.At("name"), errors);
        string key = reference.Text("key") ?? "";
        if (key.Length == 0)
        {
            errors.Required(path.At("key"));
        }
        else
        {
            errors.InvalidEach(path.At("key"), key, Names.ConfigKeyProblems(key));
        }
    }

    private static void Reference(JsonObject reference, FieldPath path, FieldErrors errors)
    {
        string name = reference.Text("name") ?? "";
        if (name.Length == 0)
        {
            errors.Required(path.At("name"));
        }
        else
        {
            SelectorRules.Subdomain(name.EndsWith('-') ? name[..^1] + "a" : name, path.At("name"), errors);
        }
    }

    private static void Divisor(JsonNode reference, string resource, FieldPath path, FieldErrors errors)
    {
        if (AmountRules.Of(reference["divisor"]) is not { } divisor || divisor.Nanos.IsZero)
        {
            return;
        }

        string shown = AmountRules.Shown(divisor);
        bool isWhole = Whole.Split(", ").Contains(shown, StringComparer.Ordinal);
        string? problem = resource switch
        {
            "limits.cpu" or "requests.cpu" => shown is "1m" or "1" ? null : "1m and 1 are supported with the cpu",
            "limits.memory" or "requests.memory" => isWhole ? null : $"{Whole} are supported with the memory",
            "limits.ephemeral-storage" or "requests.ephemeral-storage" => isWhole ? null : $"{Whole} are supported with the local ephemeral storage",
            _ => isWhole || !IsHugePages(resource) ? null : $"{Whole} are supported with the hugepages",
        };
        if (problem is not null)
        {
            errors.Invalid(path.At("divisor"), resource, $"only divisor's values {problem} resource");
        }
    }

    /// <summary><c>metadata.labels['name']</c> and its like.</summary>
    private static (string Name, string? Subscript) Split(string field)
    {
        int open = field.IndexOf("['", StringComparison.Ordinal);
        return open > 0 && field.EndsWith("']", StringComparison.Ordinal) && field.Length >= open + 4 ? (field[..open], field[(open + 2)..^2]) : (field, null);
    }

    private static string? Unconvertible(string version, string field, string name, string? subscript) => version != "v1"
        ? $"unsupported pod version: {version}"
        : subscript is not null
            ? name is "metadata.annotations" or "metadata.labels" ? null : $"field label does not support subscript: {field}"
            : KnownFields.Contains(name, StringComparer.Ordinal) || field == "spec.host" ? null : $"field label not supported: {field}";

    private static bool IsHugePages(string resource)
        => resource.StartsWith("requests.hugepages-", StringComparison.Ordinal) || resource.StartsWith("limits.hugepages-", StringComparison.Ordinal);
}
