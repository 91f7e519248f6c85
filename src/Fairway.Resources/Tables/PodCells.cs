using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Tables;

/// <summary>The computed cells of pods: how many are ready, the state in a word, and restarts.</summary>
internal static class PodCells
{
    public static string Ready(JsonObject pod)
    {
        JsonArray statuses = pod["status"].Array("containerStatuses") ?? [];
        int ready = statuses.Count(status => KubeJson.AsBool(status?["ready"]) == true && status?["state"].Object("running") is not null);
        int total = pod["spec"].Array("containers")?.Count ?? 0;
        foreach (JsonNode? sidecar in Sidecars(pod))
        {
            total++;
            JsonNode? status = (pod["status"].Array("initContainerStatuses") ?? []).FirstOrDefault(each => each.Text("name") == sidecar.Text("name"));
            ready += KubeJson.AsBool(status?["ready"]) == true && KubeJson.AsBool(status?["started"]) == true ? 1 : 0;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{ready}/{total}");
    }

    /// <summary>The worst that is known of the pod: what holds an init container, a waiting or ended container, deletion, the phase.</summary>
    public static string Status(JsonObject pod)
    {
        JsonNode? status = pod["status"];
        string reason = status.Text("reason") ?? status.Text("phase") ?? "Unknown";
        if (IsSchedulingGated(status))
        {
            reason = "SchedulingGated";
        }

        (string? initializing, bool ended) = InitReason(pod);
        if (initializing is not null)
        {
            reason = initializing;
        }

        if (initializing is null || ended)
        {
            reason = ContainerReason(status, reason);
        }

        if (pod["metadata"].Text("deletionTimestamp") is not null)
        {
            return status.Text("reason") == "NodeLost" ? "Unknown" : IsFinal(status.Text("phase")) ? reason : "Terminating";
        }

        return reason;
    }

    public static string Restarts(JsonObject pod, DateTimeOffset now)
    {
        JsonArray init = pod["status"].Array("initContainerStatuses") ?? [];
        JsonArray main = pod["status"].Array("containerStatuses") ?? [];
        string[] sidecars = [.. Sidecars(pod).Select(each => each.Text("name") ?? "")];
        JsonNode?[] counted = InitReason(pod).Reason is not null
            ? [.. init]
            : [.. main, .. init.Where(each => sidecars.Contains(each.Text("name") ?? "", StringComparer.Ordinal))];
        long restarts = counted.Sum(each => each.Long("restartCount") ?? 0);
        string? last = counted.Select(each => each?["lastState"].Object("terminated").Text("finishedAt")).Where(at => at is not null).Max(StringComparer.Ordinal);
        string count = restarts.ToString(CultureInfo.InvariantCulture);
        return restarts == 0 || last is null ? count : $"{count} ({HumanDuration.Since(last, now)} ago)";
    }

    public static string ReadinessGates(JsonObject pod)
    {
        JsonArray gates = pod["spec"].Array("readinessGates") ?? [];
        if (gates.Count == 0)
        {
            return "<none>";
        }

        int met = gates.Count(gate => (pod["status"].Array("conditions") ?? [])
            .Any(condition => condition.Text("type") == gate.Text("conditionType") && condition.Text("status") == "True"));
        return string.Create(CultureInfo.InvariantCulture, $"{met}/{gates.Count}");
    }

    private static IEnumerable<JsonNode?> Sidecars(JsonObject pod)
        => (pod["spec"].Array("initContainers") ?? []).Where(each => each.Text("restartPolicy") == "Always");

    private static bool IsFinal(string? phase) => phase is "Succeeded" or "Failed";

    private static bool IsSchedulingGated(JsonNode? status)
        => (status.Array("conditions") ?? []).Any(each => each.Text("type") == "PodScheduled" && each.Text("status") == "False" && each.Text("reason") == "SchedulingGated");

    /// <summary>What holds the init containers, if anything does, and whether the pod has got past initialization anyway.</summary>
    private static (string? Reason, bool Ended) InitReason(JsonObject pod)
    {
        JsonArray statuses = pod["status"].Array("initContainerStatuses") ?? [];
        string[] sidecars = [.. Sidecars(pod).Select(each => each.Text("name") ?? "")];
        for (int i = 0; i < statuses.Count; i++)
        {
            JsonNode? each = statuses[i];
            JsonNode? state = each?["state"];
            bool started = KubeJson.AsBool(each?["started"]) == true;
            if (state.Object("terminated") is { } done)
            {
                if (done.Long("exitCode") == 0)
                {
                    continue;
                }

                return ("Init:" + Ended(done), IsInitialized(pod));
            }

            if (sidecars.Contains(each.Text("name") ?? "", StringComparer.Ordinal) && started)
            {
                continue;
            }

            if (state.Object("waiting").Text("reason") is { Length: > 0 } waiting and not "PodInitializing")
            {
                return ("Init:" + waiting, IsInitialized(pod));
            }

            int total = pod["spec"].Array("initContainers")?.Count ?? statuses.Count;
            return (string.Create(CultureInfo.InvariantCulture, $"Init:{i}/{total}"), IsInitialized(pod));
        }

        return (null, false);
    }

    private static bool IsInitialized(JsonObject pod)
        => (pod["status"].Array("conditions") ?? []).Any(each => each.Text("type") == "Initialized" && each.Text("status") == "True");

    private static string ContainerReason(JsonNode? status, string reason)
    {
        bool running = false;
        JsonArray statuses = status.Array("containerStatuses") ?? [];
        for (int i = statuses.Count - 1; i >= 0; i--)
        {
            JsonNode? state = statuses[i]?["state"];
            if (state.Object("waiting").Text("reason") is { Length: > 0 } waiting)
            {
                reason = waiting;
            }
            else if (state.Object("terminated") is { } done)
            {
                reason = Ended(done);
            }
            else if (KubeJson.AsBool(statuses[i]?["ready"]) == true && state.Object("running") is not null)
            {
                running = true;
            }
        }

        if (reason != "Completed" || !running)
        {
            return reason;
        }

        bool ready = (status.Array("conditions") ?? []).Any(each => each.Text("type") == "Ready" && each.Text("status") == "True");
        return ready ? "Running" : "NotReady";
    }

    private static string Ended(JsonObject done)
        => done.Text("reason") is { Length: > 0 } reason ? reason
            : done.Long("signal") is { } signal and not 0 ? string.Create(CultureInfo.InvariantCulture, $"Signal:{signal}")
            : string.Create(CultureInfo.InvariantCulture, $"ExitCode:{done.Long("exitCode") ?? 0}");
}
