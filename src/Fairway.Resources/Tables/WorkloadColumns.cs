using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Tables;

/// <summary>The columns of StatefulSets, DaemonSets, jobs and disruption budgets, as Kubernetes computes them.</summary>
internal static class WorkloadColumns
{
    private const string None = "<none>";

    public static TableColumn[] StatefulSet { get; } =
    [
        TableColumn.Name_,
        TableColumn.Text("Ready", target => string.Create(CultureInfo.InvariantCulture, $"{target["status"].Long("readyReplicas") ?? 0}/{target["spec"].Long("replicas") ?? 1}")),
        TableColumn.Age,
        TableColumn.Text("Containers", target => Containers(target["spec"]?["template"], "name"), 1),
        TableColumn.Text("Images", target => Containers(target["spec"]?["template"], "image"), 1),
    ];

    public static TableColumn[] DaemonSet { get; } =
    [
        TableColumn.Name_,
        TableColumn.Number("Desired", target => target["status"].Long("desiredNumberScheduled") ?? 0),
        TableColumn.Number("Current", target => target["status"].Long("currentNumberScheduled") ?? 0),
        TableColumn.Number("Ready", target => target["status"].Long("numberReady") ?? 0),
        TableColumn.Number("Up-to-date", target => target["status"].Long("updatedNumberScheduled") ?? 0),
        TableColumn.Number("Available", target => target["status"].Long("numberAvailable") ?? 0),
        TableColumn.Text("Node Selector", target => BuiltInColumns.Labels(target["spec"]?["template"]?["spec"].Object("nodeSelector"))),
        TableColumn.Age,
        TableColumn.Text("Containers", target => Containers(target["spec"]?["template"], "name"), 1),
        TableColumn.Text("Images", target => Containers(target["spec"]?["template"], "image"), 1),
        TableColumn.Text("Selector", target => BuiltInColumns.Selector(target["spec"]?["selector"]), 1),
    ];

    public static TableColumn[] ControllerRevision { get; } =
    [
        TableColumn.Name_,
        TableColumn.Text("Controller", Controller),
        TableColumn.Count("Revision", target => target.Long("revision") ?? 0),
        TableColumn.Age,
    ];

    public static TableColumn[] Job { get; } =
    [
        TableColumn.Name_,
        TableColumn.Text("Status", JobStatus),
        TableColumn.Text("Completions", Completions),
        TableColumn.Text("Duration", Duration),
        TableColumn.Age,
        TableColumn.Text("Containers", target => Containers(target["spec"]?["template"], "name"), 1),
        TableColumn.Text("Images", target => Containers(target["spec"]?["template"], "image"), 1),
        TableColumn.Text("Selector", target => BuiltInColumns.Selector(target["spec"]?["selector"]), 1),
    ];

    public static TableColumn[] CronJob { get; } =
    [
        TableColumn.Name_,
        TableColumn.Text("Schedule", target => target["spec"].Text("schedule") ?? ""),
        TableColumn.Text("Timezone", target => target["spec"].Text("timeZone") ?? None),
        TableColumn.Text("Suspend", target => KubeJson.AsBool(target["spec"]?["suspend"]) is { } suspend ? suspend ? "True" : "False" : "<unset>") with { Type = "boolean" },
        TableColumn.Number("Active", target => target["status"].Array("active")?.Count ?? 0),
        TableColumn.Text("Last Schedule", (target, now) => target["status"].Text("lastScheduleTime") is { } at ? HumanDuration.Since(at, now) : None),
        TableColumn.Age,
        TableColumn.Text("Containers", target => Containers(target["spec"]?["jobTemplate"]?["spec"]?["template"], "name"), 1),
        TableColumn.Text("Images", target => Containers(target["spec"]?["jobTemplate"]?["spec"]?["template"], "image"), 1),
        TableColumn.Text("Selector", target => BuiltInColumns.Selector(target["spec"]?["jobTemplate"]?["spec"]?["selector"]), 1),
    ];

    public static TableColumn[] DisruptionBudget { get; } =
    [
        TableColumn.Name_,
        TableColumn.Text("Min Available", target => target["spec"]?["minAvailable"]?.ToString() ?? "N/A"),
        TableColumn.Text("Max Unavailable", target => target["spec"]?["maxUnavailable"]?.ToString() ?? "N/A"),
        TableColumn.Number("Allowed Disruptions", target => target["status"].Long("disruptionsAllowed") ?? 0),
        TableColumn.Age,
    ];

    private static string Containers(JsonNode? template, string member)
        => string.Join(',', (template?["spec"].Array("containers") ?? []).Select(each => each.Text(member) ?? ""));

    private static string Controller(JsonObject target)
    {
        JsonNode? owner = (target["metadata"].Array("ownerReferences") ?? []).FirstOrDefault(each => KubeJson.AsBool(each?["controller"]) == true);
        if (owner is null)
        {
            return None;
        }

        string version = owner.Text("apiVersion") ?? "";
        int slash = version.IndexOf('/', StringComparison.Ordinal);
        return $"{owner.Text("kind")?.ToLowerInvariant()}{(slash < 0 ? "" : "." + version[..slash])}/{owner.Text("name")}";
    }

    private static string JobStatus(JsonObject job)
    {
        bool Has(string type) => (job["status"].Array("conditions") ?? []).Any(each => each.Text("type") == type && each.Text("status") == "True");
        return Has("Complete") ? "Complete"
            : Has("Failed") ? "Failed"
            : job["metadata"].Text("deletionTimestamp") is not null ? "Terminating"
            : Has("Suspended") ? "Suspended"
            : Has("FailureTarget") ? "FailureTarget"
            : Has("SuccessCriteriaMet") ? "SuccessCriteriaMet"
            : "Running";
    }

    private static string Completions(JsonObject job)
    {
        long succeeded = job["status"].Long("succeeded") ?? 0;
        long parallelism = job["spec"].Long("parallelism") ?? 0;
        return job["spec"].Long("completions") is { } completions
            ? string.Create(CultureInfo.InvariantCulture, $"{succeeded}/{completions}")
            : parallelism > 1
                ? string.Create(CultureInfo.InvariantCulture, $"{succeeded}/1 of {parallelism}")
                : string.Create(CultureInfo.InvariantCulture, $"{succeeded}/1");
    }

    private static string Duration(JsonObject job, DateTimeOffset now)
    {
        string? end = job["status"].Text("completionTime");
        return !DateTimeOffset.TryParse(job["status"].Text("startTime"), CultureInfo.InvariantCulture, out DateTimeOffset start) ? ""
            : HumanDuration.Format((DateTimeOffset.TryParse(end, CultureInfo.InvariantCulture, out DateTimeOffset at) ? at : now) - start);
    }
}

/// <summary>The columns of HorizontalPodAutoscalers.</summary>
internal static class AutoscalerColumns
{
    private const string Unknown = "<unknown>";
    private const int Shown = 2;

    public static TableColumn[] All { get; } =
    [
        TableColumn.Name_,
        TableColumn.Text("Reference", target => $"{target["spec"]?["scaleTargetRef"].Text("kind")}/{target["spec"]?["scaleTargetRef"].Text("name")}"),
        TableColumn.Text("Targets", Targets),
        TableColumn.Text("MinPods", target => target["spec"].Long("minReplicas")?.ToString(CultureInfo.InvariantCulture) ?? "<unset>"),
        TableColumn.Count("MaxPods", target => target["spec"].Long("maxReplicas") ?? 0),
        TableColumn.Count("Replicas", target => target["status"].Long("currentReplicas") ?? 0),
        TableColumn.Age,
    ];

    private static string Targets(JsonObject target)
    {
        if (target.Text("apiVersion") == "autoscaling/v1")
        {
            JsonNode? goal = target["spec"]?["targetCPUUtilizationPercentage"];
            string now = target["status"]?["currentCPUUtilizationPercentage"] is { } percent ? $"{percent}%" : Unknown;
            return goal is null ? "<none>" : $"cpu: {now}/{goal}%";
        }

        JsonArray specs = target["spec"].Array("metrics") ?? [];
        JsonArray statuses = target["status"].Array("currentMetrics") ?? [];
        string[] all = [.. specs.Select((spec, index) => Metric(spec, index < statuses.Count ? statuses[index] : null))];
        return all.Length == 0 ? "<none>"
            : all.Length <= Shown ? string.Join(", ", all)
            : string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", all.Take(Shown))} + {all.Length - Shown} more...");
    }

    private static string Metric(JsonNode? spec, JsonNode? status)
    {
        string type = spec.Text("type") ?? "";
        string member = type.Length == 0 ? "" : char.ToLowerInvariant(type[0]) + type[1..];
        JsonNode? source = (spec as JsonObject)?[member];
        JsonNode? target = source?["target"];
        JsonNode? current = (status as JsonObject)?[member]?["current"];
        string name = type is "Resource" or "ContainerResource" ? $"{source.Text("name")}: " : "";
        if (target?["averageValue"] is { } average)
        {
            return $"{name}{current?["averageValue"]?.ToString() ?? Unknown}/{average}{(type is "Object" or "External" ? " (avg)" : "")}";
        }

        if (type is "Resource" or "ContainerResource")
        {
            string now = current?["averageUtilization"] is { } percent ? $"{percent}%" : Unknown;
            return $"{name}{now}/{(target?["averageUtilization"] is { } goal ? $"{goal}%" : "<auto>")}";
        }

        return target?["value"] is { } value ? $"{current?["value"]?.ToString() ?? Unknown}/{value}" : "<unknown type>";
    }
}
