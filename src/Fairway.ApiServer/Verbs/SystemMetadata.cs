using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>The members of metadata that the server keeps: what clients send for them counts only as a condition.</summary>
internal static class SystemMetadata
{
    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789"; // no vowels: no words
    private const int MaxGeneratedBase = 58;

    private static readonly string[] Kept = ["deletionTimestamp", "deletionGracePeriodSeconds", "generation"];

    public static JsonObject Of(JsonObject target)
    {
        if (target["metadata"] is JsonObject metadata)
        {
            return metadata;
        }

        metadata = [];
        target["metadata"] = metadata;
        return metadata;
    }

    /// <summary>Removes what a new object cannot bring with it.</summary>
    public static void Wipe(JsonObject target)
    {
        JsonObject metadata = Of(target);
        foreach (string member in (ReadOnlySpan<string>)
            ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion"])
        {
            metadata.Remove(member);
        }
    }

    /// <summary>Gives a new object its identity: name from generateName, uid, time, first generation.</summary>
    public static void Begin(JsonObject target, KindDefinition kind, DateTimeOffset now)
    {
        Wipe(target);
        JsonObject metadata = Of(target);
        if (string.IsNullOrEmpty((string?)metadata["name"]) && (string?)metadata["generateName"] is { Length: > 0 } prefix)
        {
            metadata["name"] = Generate(prefix);
        }

        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = Timestamp(now);
        if (HasGeneration(kind))
        {
            metadata["generation"] = 1;
        }
    }

    /// <summary>Carries over what an update cannot change, and fills in what it may leave out.</summary>
    public static void Continue(JsonObject live, JsonObject target)
    {
        JsonObject old = Of(live);
        JsonObject metadata = Of(target);
        metadata.Remove("selfLink");
        foreach (string member in Kept)
        {
            metadata.Remove(member);
            if (old[member] is { } value)
            {
                metadata[member] = value.DeepClone();
            }
        }

        foreach (string member in (ReadOnlySpan<string>)["uid", "creationTimestamp", "name", "namespace", "generateName"])
        {
            if (metadata[member] is null && old[member] is { } value)
            {
                metadata[member] = value.DeepClone();
            }
        }
    }

    /// <summary>Counts a change of the desired state: of anything but metadata and status.</summary>
    public static void CountChange(JsonObject live, JsonObject target, KindDefinition kind)
    {
        if (!HasGeneration(kind))
        {
            return;
        }

        JsonObject metadata = Of(target);
        long generation = (long?)Of(live)["generation"] ?? 0;
        bool ignoresStatus = kind.Custom is null || kind.Declared.Status;
        bool isChange = DesiredDiffers(live, target, ignoresStatus) || (kind.Type is { Group: "apps", Kind: "Deployment" } && AnnotationsDiffer(live, target));
        metadata["generation"] = isChange ? generation + 1 : Math.Max(1, generation);
    }

    /// <summary>Whether the server counts generations for a kind: custom ones, and of its own those whose strategies do.</summary>
    public static bool HasGeneration(KindDefinition kind) => kind.Custom is not null || kind.Type.Group switch
    {
        "" => kind.Type.Kind is "PodTemplate" or "ReplicationController",
        "apps" => kind.Type.Kind is not "ControllerRevision",
        "policy" => kind.Type.Kind is "PodDisruptionBudget",
        "autoscaling" or "rbac.authorization.k8s.io" or "coordination.k8s.io" or "events.k8s.io" or "certificates.k8s.io" or "storage.k8s.io" or "node.k8s.io" or "apiregistration.k8s.io" => false,
        _ => true,
    };

    public static string Timestamp(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Generate(string prefix)
        => (prefix.Length > MaxGeneratedBase ? prefix[..MaxGeneratedBase] : prefix) + RandomNumberGenerator.GetString(Alphabet, 5);

    /// <summary>A Deployment's annotations are told to its ReplicaSets, so its controller must see that they changed.</summary>
    private static bool AnnotationsDiffer(JsonObject live, JsonObject target)
        => !JsonNode.DeepEquals(NullIfEmpty(Of(live)["annotations"]), NullIfEmpty(Of(target)["annotations"]));

    private static JsonNode? NullIfEmpty(JsonNode? map) => map is JsonObject { Count: 0 } ? null : map;

    private static bool DesiredDiffers(JsonObject live, JsonObject target, bool ignoresStatus)
    {
        foreach ((string name, JsonNode? value) in target)
        {
            if (name is not ("metadata" or "apiVersion" or "kind") && !(ignoresStatus && name == "status") && !JsonNode.DeepEquals(value, live[name]))
            {
                return true;
            }
        }

        foreach ((string name, JsonNode? _) in live)
        {
            if (name != "metadata" && !(ignoresStatus && name == "status") && !target.ContainsKey(name))
            {
                return true;
            }
        }

        return false;
    }
}
