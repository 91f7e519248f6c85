using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fairway.Node.Runtimes.Podman;

/// <summary>Reads containers from what <c>inspect</c> prints; podman and docker agree on the members used here.</summary>
internal static class PodmanInventory
{
    public const string NodeLabel = "fairway.dev/node";

    /// <summary>Holds what of a container's identity and ports the program itself does not keep.</summary>
    public const string SpecLabel = "fairway.dev/container";

    public static string Label(ContainerSpec spec, string digest) => new JsonObject
    {
        ["pod"] = spec.Identity.PodUid,
        ["container"] = spec.Identity.Container,
        ["attempt"] = spec.Identity.Attempt,
        ["namespace"] = spec.Namespace,
        ["podName"] = spec.PodName,
        ["image"] = spec.Image,
        ["digest"] = digest,
        ["ports"] = new JsonArray([.. spec.Ports.Select(port => (JsonNode)new JsonArray(port.ContainerPort, port.HostPort, port.Name))]),
    }.ToJsonString();

    /// <summary>The containers and the host's id of each one's first process; entries that are not ours are left out.</summary>
    public static IReadOnlyList<(ContainerRecord Record, int ProcessId)> Read(string inspected)
    {
        var result = new List<(ContainerRecord, int)>();
        foreach (JsonNode? node in JsonNode.Parse(inspected) as JsonArray ?? [])
        {
            try
            {
                if (node?["Config"]?["Labels"]?[SpecLabel]?.GetValue<string>() is { } label && JsonNode.Parse(label) is { } spec)
                {
                    result.Add((Record(node, spec), node["State"]?["Pid"]?.GetValue<int>() ?? 0));
                }
            }
            catch (Exception foreign) when (foreign is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
            {
                // Somebody else's container with our label, or a version that prints otherwise.
            }
        }

        return result;
    }

    private static ContainerRecord Record(JsonNode node, JsonNode spec)
    {
        JsonNode state = node["State"]!;
        string status = state["Status"]?.GetValue<string>() ?? "";
        ContainerPhase phase = status switch
        {
            "running" or "paused" or "stopping" => ContainerPhase.Running,
            "exited" or "stopped" or "dead" or "removing" => ContainerPhase.Exited,
            _ => ContainerPhase.Created,
        };
        return new ContainerRecord
        {
            Identity = new ContainerIdentity(Text(spec, "pod"), Text(spec, "container"), spec["attempt"]!.GetValue<int>()),
            Namespace = Text(spec, "namespace"),
            PodName = Text(spec, "podName"),
            Image = Text(spec, "image"),
            ImageDigest = Text(spec, "digest"),
            Phase = phase,
            CreatedAt = Time(node["Created"]) ?? DateTimeOffset.UnixEpoch,
            StartedAt = Time(state["StartedAt"]),
            FinishedAt = phase == ContainerPhase.Exited ? NotBefore(Time(state["FinishedAt"]), Time(state["StartedAt"])) : null,
            ExitCode = phase == ContainerPhase.Exited ? state["ExitCode"]?.GetValue<int>() ?? 0 : null,
            OutOfMemory = state["OOMKilled"]?.GetValue<bool>() ?? false,
            Ports =
            [
                .. (spec["ports"] as JsonArray ?? []).OfType<JsonArray>()
                    .Select(port => new PortMapping(port[0]!.GetValue<int>(), port[1]!.GetValue<int>(), port[2]?.GetValue<string>())),
            ],
        };
    }

    private static string Text(JsonNode node, string member) => node[member]?.GetValue<string>() ?? "";

    /// <summary>podman may know the end in whole seconds only.</summary>
    private static DateTimeOffset? NotBefore(DateTimeOffset? end, DateTimeOffset? start) => end < start ? start : end;

    /// <summary>The year 1 stands for never.</summary>
    private static DateTimeOffset? Time(JsonNode? node)
        => node is JsonValue value && value.TryGetValue(out string? text)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) && time.Year > 1
            ? time
            : null;
}
