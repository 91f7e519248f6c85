using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;

namespace Fairway.Testing;

/// <summary>How deletion goes: marks, grace periods and what holds an object.</summary>
internal static class Deletion
{
    public static string Timestamp(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static void Mark(JsonObject node, ResourceType type, DeleteOptions options, DateTimeOffset now)
    {
        JsonObject metadata = node["metadata"]!.AsObject();
        string? finalizer = options.PropagationPolicy switch
        {
            "Foreground" => "foregroundDeletion",
            "Orphan" => "orphan",
            _ => null,
        };
        if (finalizer is not null)
        {
            JsonArray finalizers = metadata["finalizers"] as JsonArray ?? [];
            if (!finalizers.Any(existing => (string?)existing == finalizer))
            {
                finalizers.Add(finalizer);
            }

            metadata["finalizers"] = finalizers;
        }

        long grace = Grace(node, type, options);
        bool isFirst = metadata["deletionTimestamp"] is null;
        if (isFirst || grace < (long?)metadata["deletionGracePeriodSeconds"])
        {
            metadata["deletionTimestamp"] = Timestamp(now.AddSeconds(grace));
            metadata["deletionGracePeriodSeconds"] = grace;
        }

        if (isFirst)
        {
            metadata["generation"] = ((long?)metadata["generation"] ?? 1) + 1;
        }

        if (type.GroupResource == "namespaces")
        {
            node["status"] = new JsonObject { ["phase"] = "Terminating" };
        }
    }

    /// <summary>Deleting, without finalizers, and for pods without a grace period that a node still has to honour.</summary>
    public static bool IsComplete(JsonObject node, ResourceType type)
    {
        JsonObject metadata = node["metadata"]!.AsObject();
        return metadata["deletionTimestamp"] is not null
            && metadata["finalizers"] is not JsonArray { Count: > 0 }
            && (type.GroupResource != "namespaces" || node["spec"]?["finalizers"] is not JsonArray { Count: > 0 })
            && ((long?)metadata["deletionGracePeriodSeconds"] ?? 0) == 0;
    }

    private static long Grace(JsonObject node, ResourceType type, DeleteOptions options)
    {
        if (type.GroupResource != "pods")
        {
            return 0;
        }

        bool runs = (string?)node["spec"]?["nodeName"] is { Length: > 0 } && (string?)node["status"]?["phase"] is not ("Succeeded" or "Failed");
        return runs ? options.GracePeriodSeconds ?? (long?)node["spec"]?["terminationGracePeriodSeconds"] ?? 30 : 0;
    }
}
