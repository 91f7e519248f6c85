using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>The containers of a pod: those that run, those that prepare, and those that look into it.</summary>
internal static class ContainerRules
{
    private const string NotForInit = "may not be set for init containers without restartPolicy=Always";

    private static readonly string[] NotForEphemeral = ["ports", "resources", "resizePolicy", "restartPolicy", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle"];

    public static void Validate(JsonObject spec, IReadOnlyDictionary<string, JsonObject> volumes, FieldPath path, FieldErrors errors)
    {
        long? grace = spec.Long("terminationGracePeriodSeconds");
        JsonArray regular = spec.Array("containers") ?? [];
        JsonArray init = spec.Array("initContainers") ?? [];
        Regular(regular, volumes, spec, grace, path.At("containers"), errors);
        Init(init, regular, volumes, spec, grace, path.At("initContainers"), errors);
        Ephemeral(spec.Array("ephemeralContainers") ?? [], [.. regular.Concat(init).Select(each => each.Text("name") ?? "")], volumes, spec, path.At("ephemeralContainers"), errors);
    }

    private static void Regular(JsonArray containers, IReadOnlyDictionary<string, JsonObject> volumes, JsonObject spec, long? grace, FieldPath path, FieldErrors errors)
    {
        if (containers.Count == 0)
        {
            errors.Required(path);
            return;
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < containers.Count; i++)
        {
            JsonNode container = containers[i] ?? new JsonObject();
            Common(container, volumes, spec, path.At(i), errors);
            if (!names.Add(container.Text("name") ?? ""))
            {
                errors.Duplicate(path.At(i).At("name"), container.Text("name") ?? "");
            }

            ProbeRules.All(container, grace, path.At(i), errors);
            if (container.Text("restartPolicy") is not null)
            {
                errors.Forbidden(path.At(i).At("restartPolicy"), "may not be set for non-init containers");
            }
        }

        HostPorts(containers, path, errors);
    }

    private static void Init(JsonArray containers, JsonArray regular, IReadOnlyDictionary<string, JsonObject> volumes, JsonObject spec, long? grace, FieldPath path, FieldErrors errors)
    {
        HashSet<string> names = [.. regular.Select(each => each.Text("name") ?? "")];
        for (int i = 0; i < containers.Count; i++)
        {
            JsonNode container = containers[i] ?? new JsonObject();
            FieldPath at = path.At(i);
            Common(container, volumes, spec, at, errors);
            SelectorRules.AnyOf(container, "restartPolicy", at, errors, "Always");
            string name = container.Text("name") ?? "";
            if (names.Contains(name))
            {
                errors.Duplicate(at.At("name"), name);
            }
            else if (name.Length > 0)
            {
                names.Add(name);
            }

            HostPorts([container.DeepClone()], path, errors);
            if (container.Text("restartPolicy") == "Always")
            {
                ProbeRules.All(container, grace, at, errors);
                continue;
            }

            foreach (string member in (ReadOnlySpan<string>)["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"])
            {
                if (container[member] is not null)
                {
                    errors.Forbidden(at.At(member), NotForInit);
                }
            }
        }
    }

    private static void Ephemeral(
        JsonArray containers, HashSet<string> others, IReadOnlyDictionary<string, JsonObject> volumes, JsonObject spec, FieldPath path, FieldErrors errors)
    {
        var names = new HashSet<string>(others, StringComparer.Ordinal);
        for (int i = 0; i < containers.Count; i++)
        {
            JsonNode container = containers[i] ?? new JsonObject();
            FieldPath at = path.At(i);
            Common(container, volumes, spec, at, errors);
            Trimmed(container, at, errors);
            string name = container.Text("name") ?? "";
            if (!names.Add(name))
            {
                errors.Duplicate(at.At("name"), name);
            }

            if (container.Text("targetContainerName") is { Length: > 0 } target && !others.Contains(target))
            {
                errors.NotFound(at.At("targetContainerName"), target);
            }

            foreach (string member in NotForEphemeral)
            {
                if (container[member] is JsonArray { Count: > 0 } or JsonValue or JsonObject { Count: > 0 })
                {
                    errors.Forbidden(at.At(member), "cannot be set for an Ephemeral Container");
                }
            }

            NoSubPaths(container, at.At("volumeMounts"), errors);
        }
    }

    /// <summary>What is asked of the containers of pods, but not of those of templates.</summary>
    public static void Trimmed(JsonNode? container, FieldPath path, FieldErrors errors)
    {
        if (container.Text("image") is { } image && image.Trim().Length != image.Length)
        {
            errors.Invalid(path.At("image"), image, "must not have leading or trailing whitespace");
        }
    }

    private static void NoSubPaths(JsonNode container, FieldPath path, FieldErrors errors)
    {
        JsonArray mounts = container.Array("volumeMounts") ?? [];
        for (int i = 0; i < mounts.Count; i++)
        {
            foreach (string member in (ReadOnlySpan<string>)["subPath", "subPathExpr"])
            {
                if (!string.IsNullOrEmpty(mounts[i].Text(member)))
                {
                    errors.Forbidden(path.At(i).At(member), "cannot be set for an Ephemeral Container");
                }
            }
        }
    }

    private static void Common(JsonNode container, IReadOnlyDictionary<string, JsonObject> volumes, JsonObject spec, FieldPath path, FieldErrors errors)
    {
        string name = container.Text("name") ?? "";
        if (name.Length == 0)
        {
            errors.Required(path.At("name"));
        }
        else
        {
            SelectorRules.Label(name, path.At("name"), errors);
        }

        if (string.IsNullOrEmpty(container.Text("image")))
        {
            errors.Required(path.At("image"));
        }

        SelectorRules.OneOf(container, "terminationMessagePolicy", path, errors, "File", "FallbackToLogsOnError");
        Ports(container.Array("ports"), path.At("ports"), errors);
        EnvironmentRules.Variables(container.Array("env"), path.At("env"), errors);
        EnvironmentRules.Sources(container.Array("envFrom"), path.At("envFrom"), errors);
        MountRules.Validate(container, volumes, path, errors);
        SelectorRules.OneOf(container, "imagePullPolicy", path, errors, "Always", "IfNotPresent", "Never");
        AmountRules.Requirements(container["resources"], path.At("resources"), errors);
        Resizing(container.Array("resizePolicy"), spec.Text("restartPolicy"), path.At("resizePolicy"), errors);
        SecurityRules.Container(container.Object("securityContext"), spec.Flag("hostUsers") != false, path.At("securityContext"), errors);
    }

    private static void Ports(JsonArray? ports, FieldPath path, FieldErrors errors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < (ports?.Count ?? 0); i++)
        {
            JsonNode? port = ports![i];
            FieldPath at = path.At(i);
            if (port.Text("name") is { Length: > 0 } name)
            {
                string[] problems = [.. Names.PortNameProblems(name)];
                errors.InvalidEach(at.At("name"), name, problems);
                if (problems.Length == 0 && !names.Add(name))
                {
                    errors.Duplicate(at.At("name"), name);
                }
            }

            if (port.Long("containerPort") is null or 0)
            {
                errors.Required(at.At("containerPort"));
            }
            else
            {
                SelectorRules.PortNumber(port.Long("containerPort")!.Value, at.At("containerPort"), errors);
            }

            if (port.Long("hostPort") is { } host and not 0)
            {
                SelectorRules.PortNumber(host, at.At("hostPort"), errors);
            }

            SelectorRules.Protocol(port, at, errors);
        }
    }

    private static void HostPorts(JsonArray containers, FieldPath path, FieldErrors errors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < containers.Count; i++)
        {
            JsonArray ports = containers[i].Array("ports") ?? [];
            for (int j = 0; j < ports.Count; j++)
            {
                string port = $"{ports[j].Text("protocol")}/{ports[j].Text("hostIP")}/{ports[j].Long("hostPort")}";
                if (ports[j].Long("hostPort") is not (null or 0) && !seen.Add(port))
                {
                    errors.Duplicate(path.At(i).At("ports").At(j).At("hostPort"), port);
                }
            }
        }
    }

    private static void Resizing(JsonArray? policies, string? restart, FieldPath path, FieldErrors errors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < (policies?.Count ?? 0); i++)
        {
            string name = policies![i].Text("resourceName") ?? "";
            string policy = policies[i].Text("restartPolicy") ?? "";
            if (!seen.Add(name))
            {
                errors.Duplicate(path.At(i), name);
            }

            Closed(name, ["cpu", "memory"], path, errors);
            Closed(policy, ["NotRequired", "RestartContainer"], path, errors);
            if (restart == "Never" && policy != "NotRequired")
            {
                errors.Invalid(path, policy, "must be 'NotRequired' when `restartPolicy` is 'Never'");
            }
        }
    }

    private static void Closed(string value, string[] values, FieldPath path, FieldErrors errors)
    {
        if (value.Length == 0)
        {
            errors.Required(path);
        }
        else if (!values.Contains(value, StringComparer.Ordinal))
        {
            errors.NotSupported(path, value, values);
        }
    }
}
