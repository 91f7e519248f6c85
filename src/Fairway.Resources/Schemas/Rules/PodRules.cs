using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>The spec of a pod: containers, ports, probes, volumes and their mounts.</summary>
internal static class PodRules
{
    public static void Validate(JsonObject spec, string path, FieldErrors errors)
    {
        HashSet<string> volumes = Volumes(spec.Array("volumes"), path + ".volumes", errors);
        JsonArray containers = spec.Array("containers") ?? [];
        if (containers.Count == 0)
        {
            errors.Required(path + ".containers");
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        Containers(containers, path + ".containers", names, volumes, errors);
        Containers(spec.Array("initContainers") ?? [], path + ".initContainers", names, volumes, errors);
        if (spec.Long("terminationGracePeriodSeconds") is < 0 and var grace)
        {
            errors.Invalid(path + ".terminationGracePeriodSeconds", grace, "must be greater than or equal to 0");
        }
    }

    private static HashSet<string> Volumes(JsonArray? volumes, string path, FieldErrors errors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < (volumes?.Count ?? 0); i++)
        {
            string name = volumes![i].Text("name") ?? "";
            if (name.Length == 0)
            {
                errors.Required($"{path}[{i}].name");
            }
            else if (Names.LabelProblem(name) is { } problem)
            {
                errors.Invalid($"{path}[{i}].name", name, problem);
            }
            else if (!names.Add(name))
            {
                errors.Duplicate($"{path}[{i}].name", name);
            }

            int sources = ((JsonObject)volumes[i]!).Count - 1;
            if (sources > 1)
            {
                errors.Forbidden($"{path}[{i}].{((JsonObject)volumes[i]!).Last(pair => pair.Key != "name").Key}", "may not specify more than 1 volume type");
            }
        }

        return names;
    }

    private static void Containers(JsonArray containers, string path, HashSet<string> names, HashSet<string> volumes, FieldErrors errors)
    {
        for (int i = 0; i < containers.Count; i++)
        {
            if (containers[i] is JsonObject container)
            {
                Container(container, $"{path}[{i}]", names, volumes, errors);
            }
        }
    }

    private static void Container(JsonObject container, string path, HashSet<string> names, HashSet<string> volumes, FieldErrors errors)
    {
        string name = container.Text("name") ?? "";
        if (name.Length == 0)
        {
            errors.Required(path + ".name");
        }
        else if (Names.LabelProblem(name) is { } problem)
        {
            errors.Invalid(path + ".name", name, problem);
        }
        else if (!names.Add(name))
        {
            errors.Duplicate(path + ".name", name);
        }

        string image = container.Text("image") ?? "";
        if (image.Length == 0)
        {
            errors.Required(path + ".image");
        }
        else if (image.Trim().Length != image.Length)
        {
            errors.Invalid(path + ".image", image, "must not have leading or trailing whitespace");
        }

        HashSet<string> ports = Ports(container.Array("ports"), path + ".ports", errors);
        Environment(container.Array("env"), path + ".env", errors);
        Mounts(container.Array("volumeMounts"), path + ".volumeMounts", volumes, errors);
        foreach (string probe in (ReadOnlySpan<string>)["livenessProbe", "readinessProbe", "startupProbe"])
        {
            if (container[probe] is JsonObject members)
            {
                Probe(members, $"{path}.{probe}", probe != "readinessProbe", ports, errors);
            }
        }

        Resources(container["resources"], path + ".resources", errors);
    }

    private static HashSet<string> Ports(JsonArray? ports, string path, FieldErrors errors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < (ports?.Count ?? 0); i++)
        {
            JsonNode? port = ports![i];
            if (port.Text("name") is { Length: > 0 } name)
            {
                string[] problems = [.. Names.PortNameProblems(name)];
                foreach (string problem in problems)
                {
                    errors.Invalid($"{path}[{i}].name", name, problem);
                }

                if (problems.Length == 0 && !names.Add(name))
                {
                    errors.Duplicate($"{path}[{i}].name", name);
                }
            }

            PortNumber(port?["containerPort"], $"{path}[{i}].containerPort", errors);
        }

        return names;
    }

    /// <summary>A port by number, or by an IANA name.</summary>
    public static void PortNumber(JsonNode? port, string path, FieldErrors errors)
    {
        if (KubeJson.AsLong(port) is { } number && number is < 1 or > 65535)
        {
            errors.Invalid(path, number, "must be between 1 and 65535, inclusive");
        }
        else if (KubeJson.AsString(port) is { } name)
        {
            foreach (string problem in Names.PortNameProblems(name))
            {
                errors.Invalid(path, name, problem);
            }
        }
    }

    private static void Environment(JsonArray? env, string path, FieldErrors errors)
    {
        for (int i = 0; i < (env?.Count ?? 0); i++)
        {
            string name = env![i].Text("name") ?? "";
            if (name.Length == 0)
            {
                errors.Required($"{path}[{i}].name");
            }
            else if (Names.EnvironmentProblem(name) is { } problem)
            {
                errors.Invalid($"{path}[{i}].name", name, problem);
            }

            if (env[i].Text("value") is { Length: > 0 } && env[i]?["valueFrom"] is JsonObject)
            {
                errors.InvalidShown($"{path}[{i}].valueFrom", "\"\"", "may not be specified when `value` is not empty");
            }
        }
    }

    private static void Mounts(JsonArray? mounts, string path, HashSet<string> volumes, FieldErrors errors)
    {
        var places = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < (mounts?.Count ?? 0); i++)
        {
            string name = mounts![i].Text("name") ?? "";
            string place = mounts[i].Text("mountPath") ?? "";
            if (name.Length == 0)
            {
                errors.Required($"{path}[{i}].name");
            }
            else if (!volumes.Contains(name))
            {
                errors.NotFound($"{path}[{i}].name", name);
            }

            if (place.Length == 0)
            {
                errors.Required($"{path}[{i}].mountPath");
            }
            else if (!places.Add(place))
            {
                errors.Invalid($"{path}[{i}].mountPath", place, "must be unique");
            }

            if (mounts[i].Text("subPath") is { } below && (below.StartsWith('/') || below.Split('/').Contains("..", StringComparer.Ordinal)))
            {
                errors.Invalid($"{path}[{i}].subPath", below, below.StartsWith('/') ? "must be a relative path" : "must not contain '..'");
            }
        }
    }

    private static void Probe(JsonObject probe, string path, bool onlyOneSuccess, HashSet<string> ports, FieldErrors errors)
    {
        string[] handlers = [.. ((string[])["exec", "httpGet", "tcpSocket", "grpc"]).Where(each => probe[each] is JsonObject)];
        if (handlers.Length == 0)
        {
            errors.Required(path, "must specify a handler type");
        }

        foreach (string extra in handlers.Skip(1))
        {
            errors.Forbidden($"{path}.{extra}", "may not specify more than 1 handler type");
        }

        foreach (string handler in handlers.Where(each => each is not "exec"))
        {
            PortNumber(probe[handler]?["port"], $"{path}.{handler}.port", errors);
        }

        if (probe["exec"] is JsonObject exec && exec.Array("command") is not { Count: > 0 })
        {
            errors.Required(path + ".exec.command");
        }

        foreach (string number in (ReadOnlySpan<string>)["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"])
        {
            if (probe.Long(number) is < 0 and var value)
            {
                errors.Invalid($"{path}.{number}", value, "must be greater than or equal to 0");
            }
        }

        if (onlyOneSuccess && probe.Long("successThreshold") is { } successes and > 1)
        {
            errors.Invalid(path + ".successThreshold", successes, "must be 1");
        }
    }

    private static void Resources(JsonNode? resources, string path, FieldErrors errors)
    {
        JsonObject limits = resources.Object("limits") ?? [];
        JsonObject requests = resources.Object("requests") ?? [];
        foreach ((string map, JsonObject amounts) in new[] { ("limits", limits), ("requests", requests) })
        {
            foreach ((string name, JsonNode? amount) in amounts)
            {
                if (Amount(amount) is { Nanos.Sign: < 0 })
                {
                    errors.Invalid($"{path}.{map}[{name}]", amount, "must be greater than or equal to 0");
                }
            }
        }

        foreach ((string name, JsonNode? request) in requests)
        {
            if (Amount(limits[name]) is { } limit && Amount(request) is { } wanted && wanted > limit)
            {
                errors.Invalid($"{path}.requests", KubeJson.AsString(request) ?? request!.ToJsonString(), $"must be less than or equal to {name} limit of {limit}");
            }
        }
    }

    private static Quantity? Amount(JsonNode? node)
        => node is JsonValue && Quantity.TryParse(KubeJson.AsString(node) ?? node.ToJsonString(), out Quantity amount) ? amount : null;
}
