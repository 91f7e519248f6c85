using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>
/// Events are kept once, as core/v1 has them, and shown in two forms: the newer one, events.k8s.io/v1, has the same members under
/// other names.
/// </summary>
internal static class EventViews
{
    private const string CoreResource = "events";

    private static readonly (string Core, string Newer)[] Names =
    [
        ("involvedObject", "regarding"),
        ("message", "note"),
        ("source", "deprecatedSource"),
        ("firstTimestamp", "deprecatedFirstTimestamp"),
        ("lastTimestamp", "deprecatedLastTimestamp"),
        ("count", "deprecatedCount"),
        ("reportingComponent", "reportingController"),
    ];

    public static bool IsNewer(ResourceType type) => type is { Group: "events.k8s.io", Plural: "events" };

    /// <summary>Under which name the objects of a type are stored.</summary>
    public static string StoredAs(ResourceType type) => IsNewer(type) ? CoreResource : type.GroupResource;

    public static JsonObject ToNewer(JsonObject core)
    {
        foreach ((string from, string to) in Names)
        {
            Rename(core, from, to);
        }

        core["apiVersion"] = "events.k8s.io/v1";
        return core;
    }

    public static JsonObject ToCore(JsonObject newer)
    {
        foreach ((string to, string from) in Names)
        {
            Rename(newer, from, to);
        }

        newer["apiVersion"] = "v1";
        newer["involvedObject"] ??= new JsonObject();
        return newer;
    }

    private static void Rename(JsonObject target, string from, string to)
    {
        if (target.Remove(from, out JsonNode? value))
        {
            target[to] = value;
        }
    }
}
