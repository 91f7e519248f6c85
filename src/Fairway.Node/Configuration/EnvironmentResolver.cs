using System.Text;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Configuration;

/// <summary>Makes a container's environment from its pod, ConfigMaps and Secrets.</summary>
internal sealed class EnvironmentResolver(ObjectSource objects, string hostIP, IReadOnlyDictionary<string, Quantity> allocatable)
{
    /// <summary>
    /// The variables in kube's order of precedence: given ones (ports, services), then envFrom (later wins), then env, each of
    /// which may refer to what came before.
    /// </summary>
    /// <param name="skipped">Is told of names that no variable can have.</param>
    /// <exception cref="ConfigurationException">Something referred to is missing and not optional.</exception>
    public async Task<Dictionary<string, string>> ResolveAsync(
        Pod pod, Container container, IEnumerable<KeyValuePair<string, string>> given, Action<string> skipped, CancellationToken cancellation)
    {
        string @namespace = pod.Metadata.Namespace ?? "";
        var result = new Dictionary<string, string>(given);
        foreach (EnvFromSource source in container.EnvFrom ?? [])
        {
            await AddAllAsync(result, source, @namespace, skipped, cancellation);
        }

        foreach (EnvVar variable in container.Env ?? [])
        {
            if (variable.ValueFrom is null)
            {
                result[variable.Name] = VariableExpansion.Expand(variable.Value ?? "", result);
            }
            else if (await FromAsync(variable.ValueFrom, pod, container, cancellation) is { } value)
            {
                result[variable.Name] = value;
            }
        }

        return result;
    }

    private async Task AddAllAsync(Dictionary<string, string> result, EnvFromSource source, string @namespace, Action<string> skipped, CancellationToken cancellation)
    {
        IReadOnlyDictionary<string, byte[]>? all = null;
        if (source.ConfigMapRef is { } map)
        {
            all = await objects.ConfigMapAsync(@namespace, map.Name ?? "", cancellation)
                ?? Missing(map.Optional, $"configmap \"{map.Name}\" not found");
        }
        else if (source.SecretRef is { } secret)
        {
            all = await objects.SecretAsync(@namespace, secret.Name ?? "", cancellation)
                ?? Missing(secret.Optional, $"secret \"{secret.Name}\" not found");
        }

        var invalid = new List<string>();
        foreach ((string key, byte[] value) in all ?? new Dictionary<string, byte[]>())
        {
            string name = source.Prefix + key;
            if (IsName(name))
            {
                result[name] = Encoding.UTF8.GetString(value);
            }
            else
            {
                invalid.Add(name);
            }
        }

        if (invalid.Count > 0)
        {
            string from = source.ConfigMapRef is { } named ? $"configMap {@namespace}/{named.Name}" : $"secret {@namespace}/{source.SecretRef?.Name}";
            skipped($"Keys [{string.Join(", ", invalid.Order(StringComparer.Ordinal))}] from the EnvFrom {from} were skipped since they are considered invalid environment variable names.");
        }
    }

    private async Task<string?> FromAsync(EnvVarSource source, Pod pod, Container container, CancellationToken cancellation)
    {
        if (source.FieldRef is { } field)
        {
            return DownwardFields.Field(pod, field.FieldPath, hostIP);
        }

        if (source.ResourceFieldRef is { } resource)
        {
            return DownwardFields.Resource(pod, resource, container.Name, allocatable);
        }

        string @namespace = pod.Metadata.Namespace ?? "";
        if (source.ConfigMapKeyRef is { } map)
        {
            return Pick(await objects.ConfigMapAsync(@namespace, map.Name ?? "", cancellation), map, "configmap", $"ConfigMap {@namespace}/{map.Name}");
        }

        return source.SecretKeyRef is { } secret
            ? Pick(await objects.SecretAsync(@namespace, secret.Name ?? "", cancellation), secret, "secret", $"Secret {@namespace}/{secret.Name}")
            : null;
    }

    private static string? Pick(IReadOnlyDictionary<string, byte[]>? values, KeySelector selector, string kind, string named)
    {
        if (values is null)
        {
            Missing(selector.Optional, $"{kind} \"{selector.Name}\" not found");
            return null;
        }

        if (values.TryGetValue(selector.Key, out byte[]? value))
        {
            return Encoding.UTF8.GetString(value);
        }

        Missing(selector.Optional, $"couldn't find key {selector.Key} in {named}");
        return null;
    }

    private static IReadOnlyDictionary<string, byte[]>? Missing(bool? optional, string message)
        => optional == true ? null : throw new ConfigurationException(message);

    /// <summary>Any printable name without an equals sign; what a process cannot be given is left out.</summary>
    private static bool IsName(string name) => name.Length > 0 && name.All(character => character is > ' ' and < (char)127 and not '=');
}
