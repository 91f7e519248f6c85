using System.Text.Json.Nodes;

namespace Fairway.Resources.PodSecurity;

/// <summary>A pod as the checks read it.</summary>
internal sealed class SecurityPod(JsonObject? metadata, JsonObject? spec)
{
    public JsonObject? Spec => spec;

    public JsonObject? Annotations => metadata?["annotations"] as JsonObject;

    public JsonObject? SecurityContext => spec?["securityContext"] as JsonObject;

    public bool IsWindows => Text(spec?["os"], "name") == "windows";

    /// <summary>Runs in a user namespace of its own.</summary>
    public bool HasOwnUsers => Flag(spec, "hostUsers") == false;

    /// <summary>Init containers, containers, ephemeral containers.</summary>
    public IReadOnlyList<SecurityContainer> Containers { get; } =
        [.. All(spec, "initContainers"), .. All(spec, "containers"), .. All(spec, "ephemeralContainers")];

    public IEnumerable<JsonObject> Volumes => Items(spec, "volumes");

    /// <summary>The containers for which something holds.</summary>
    public string[] Where(Func<SecurityContainer, bool> condition) => [.. Containers.Where(condition).Select(container => container.Name)];

    public static IEnumerable<JsonObject> Items(JsonNode? node, string member) => (node?[member] as JsonArray ?? []).OfType<JsonObject>();

    public static IEnumerable<string> Texts(JsonNode? node, string member)
        => (node?[member] as JsonArray ?? []).OfType<JsonValue>().Select(value => value.TryGetValue(out string? text) ? text : value.ToString());

    public static string Text(JsonNode? node, string member)
        => node is JsonObject parent && parent[member] is JsonValue value && value.TryGetValue(out string? text) ? text : "";

    public static bool? Flag(JsonNode? node, string member)
        => node is JsonObject parent && parent[member] is JsonValue value && value.TryGetValue(out bool flag) ? flag : null;

    public static long? Number(JsonNode? node, string member)
        => node is JsonObject parent && parent[member] is JsonValue value
            ? value.TryGetValue(out long number) ? number : value.TryGetValue(out int small) ? small : null
            : null;

    private static IEnumerable<SecurityContainer> All(JsonObject? spec, string list) => Items(spec, list).Select(container => new SecurityContainer(container));
}

/// <summary>A container as the checks read it.</summary>
internal sealed class SecurityContainer(JsonObject node)
{
    public JsonObject Node => node;

    public string Name { get; } = SecurityPod.Text(node, "name");

    public JsonObject? SecurityContext { get; } = node["securityContext"] as JsonObject;
}

/// <summary>How violations are worded.</summary>
internal static class Wording
{
    public static string Quote(IEnumerable<string> items) => string.Join(", ", items.Select(item => $"\"{item}\""));

    public static string Plural(string one, string many, int count) => count == 1 ? one : many;

    /// <summary><c>container "a"</c>, <c>containers "a", "b"</c>.</summary>
    public static string Named(IReadOnlyCollection<string> containers) => $"{Plural("container", "containers", containers.Count)} {Quote(containers)}";

    /// <summary><c>pod and container "a"</c>: who sets something.</summary>
    public static string Setters(bool pod, IReadOnlyCollection<string> containers)
        => string.Join(" and ", (string[])[.. pod ? ["pod"] : Array.Empty<string>(), .. containers.Count > 0 ? [Named(containers)] : Array.Empty<string>()]);

    public static SortedSet<string> Set(IEnumerable<string>? items = null) => new(items ?? [], StringComparer.Ordinal);
}
