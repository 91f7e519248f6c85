using System.Globalization;
using System.Numerics;
using System.Text;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Configuration;

/// <summary>What a pod may know of itself: <c>fieldRef</c> and <c>resourceFieldRef</c>. Pure.</summary>
internal static class DownwardFields
{
    /// <summary>The value of a field path.</summary>
    /// <exception cref="ConfigurationException">There is no such field to refer to.</exception>
    public static string Field(Pod pod, string path, string hostIP)
    {
        ObjectMeta metadata = pod.Metadata;
        return path switch
        {
            "metadata.name" => metadata.Name,
            "metadata.namespace" => metadata.Namespace ?? "",
            "metadata.uid" => metadata.Uid ?? "",
            "metadata.labels" => Lines(metadata.Labels),
            "metadata.annotations" => Lines(metadata.Annotations),
            "spec.nodeName" => pod.Spec.NodeName ?? "",
            "spec.serviceAccountName" => pod.Spec.ServiceAccountName ?? "default",
            "status.hostIP" or "status.hostIPs" or "status.podIP" or "status.podIPs" => hostIP,
            _ when Subscript(path, "metadata.labels") is { } label => metadata.Labels?.GetValueOrDefault(label) ?? "",
            _ when Subscript(path, "metadata.annotations") is { } annotation => metadata.Annotations?.GetValueOrDefault(annotation) ?? "",
            _ => throw new ConfigurationException($"unsupported fieldPath: {path}"),
        };
    }

    /// <summary>A container's request or limit in units of the divisor, rounded up; what is not limited may use all the node has.</summary>
    /// <exception cref="ConfigurationException">No such container or resource.</exception>
    public static string Resource(Pod pod, ResourceFieldSelector selector, string container, IReadOnlyDictionary<string, Quantity> allocatable)
    {
        string name = selector.ContainerName ?? container;
        Container found = pod.Spec.AllContainers().FirstOrDefault(candidate => candidate.Name == name)
            ?? throw new ConfigurationException($"container {name} not found");
        string[] parts = selector.Resource.Split('.', 2);
        if (parts.Length != 2 || parts[0] is not ("limits" or "requests"))
        {
            throw new ConfigurationException($"unsupported container resource : {selector.Resource}");
        }

        Quantity amount = Amount(found.Resources, parts[0], parts[1])
            ?? (parts[0] == "limits" && allocatable.TryGetValue(parts[1], out Quantity all) ? all : new Quantity("0"));
        BigInteger divisor = selector.Divisor is { } given && given.Nanos > 0 ? given.Nanos : new Quantity("1").Nanos;
        return ((amount.Nanos + divisor - 1) / divisor).ToString(CultureInfo.InvariantCulture);
    }

    private static Quantity? Amount(ResourceRequirements? resources, string which, string name)
        => (which == "limits" ? resources?.Limits : resources?.Requests) is { } amounts && amounts.TryGetValue(name, out Quantity amount) ? amount : null;

    private static string? Subscript(string path, string field)
        => path.StartsWith(field + "['", StringComparison.Ordinal) && path.EndsWith("']", StringComparison.Ordinal)
            ? path[(field.Length + 2)..^2]
            : null;

    /// <summary><c>key="value"</c> by line, in order, as the kubelet writes them.</summary>
    private static string Lines(IReadOnlyDictionary<string, string>? pairs)
    {
        var text = new StringBuilder();
        foreach ((string key, string value) in (pairs ?? new Dictionary<string, string>()).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            text.Append(text.Length == 0 ? "" : "\n").Append(key).Append("=\"")
                .Append(value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal))
                .Append('"');
        }

        return text.ToString();
    }
}
