using System.Text.Json.Nodes;

namespace Fairway.Delivery.Rendering;

/// <summary>Where pods are described inside an object.</summary>
internal static class PodTemplates
{
    /// <summary>The pod template (metadata and spec) of a workload; a bare Pod is its own; null for what runs no pods.</summary>
    public static JsonObject? Of(JsonObject node) => Manifest.Text(node["kind"]) switch
    {
        "Pod" => node,
        "Deployment" or "ReplicaSet" or "StatefulSet" or "DaemonSet" or "Job" or "ReplicationController" => Member(node["spec"], "template"),
        "CronJob" => Member(Member(Member(node["spec"], "jobTemplate"), "spec"), "template"),
        _ => null,
    };

    /// <summary>Every container of a pod template, init and ephemeral ones too, with its place.</summary>
    public static IEnumerable<(JsonObject Container, string Path)> Containers(JsonObject template)
    {
        foreach (string list in (string[])["containers", "initContainers", "ephemeralContainers"])
        {
            if (template["spec"]?[list] is JsonArray containers)
            {
                for (int i = 0; i < containers.Count; i++)
                {
                    if (containers[i] is JsonObject container)
                    {
                        yield return (container, $"{list}[{i}]");
                    }
                }
            }
        }
    }

    private static JsonObject? Member(JsonNode? node, string name) => (node as JsonObject)?[name] as JsonObject;
}
