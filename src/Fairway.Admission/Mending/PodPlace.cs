using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Admission.Mending;

/// <summary>Where kinds keep the pods they make.</summary>
public static class PodPlace
{
    /// <summary>The names of an object's lists of containers.</summary>
    public static IReadOnlyList<string> ContainerLists { get; } = ["initContainers", "containers", "ephemeralContainers"];

    /// <summary>The path of the pod in a kind: the object itself for a Pod, its template for a controller; null for other kinds.</summary>
    public static FieldPath? Of(string apiVersion, string kind) => (Group(apiVersion), kind) switch
    {
        ("", "Pod") => FieldPath.Root,
        ("", "PodTemplate") => FieldPath.Root.Field("template"),
        ("", "ReplicationController") or ("apps", "Deployment" or "ReplicaSet" or "StatefulSet" or "DaemonSet") or ("batch", "Job")
            => FieldPath.Root.Field("spec").Field("template"),
        ("batch", "CronJob") => FieldPath.Root.Field("spec").Field("jobTemplate").Field("spec").Field("template"),
        _ => null,
    };

    /// <summary>The path of the pod in an object.</summary>
    public static FieldPath? Of(JsonObject @object) => Of(@object.Text("apiVersion") ?? "", @object.Text("kind") ?? "");

    /// <summary>The value at a path, or null.</summary>
    public static JsonNode? Find(JsonNode? root, FieldPath path)
    {
        foreach (FieldPath step in path.Steps())
        {
            root = step.Name is { } name ? (root as JsonObject)?[name] : root is JsonArray list && step.Index < list.Count ? list[step.Index] : null;
        }

        return root;
    }

    private static string Group(string apiVersion)
    {
        int slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? "" : apiVersion[..slash];
    }
}
