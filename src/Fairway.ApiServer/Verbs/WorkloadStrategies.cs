using System.Globalization;
using System.Text.Json.Nodes;

namespace Fairway.ApiServer;

/// <summary>What the server adds to workloads of the batch and apps groups.</summary>
internal static class WorkloadStrategies
{
    private const string TemplateGeneration = "deprecated.daemonset.template.generation";

    private static readonly string[] UidLabels = ["batch.kubernetes.io/controller-uid", "controller-uid"];
    private static readonly string[] NameLabels = ["batch.kubernetes.io/job-name", "job-name"];

    /// <summary>A job's pods are told from all others by the job's uid, unless the writer sees to it (manualSelector).</summary>
    public static void SelectOwnPods(JsonObject job)
    {
        if (job["spec"] is not JsonObject spec || spec["template"] is not JsonObject template || spec["manualSelector"]?.ToString() == "true")
        {
            return;
        }

        JsonObject metadata = SystemMetadata.Of(job);
        string uid = metadata["uid"]!.ToString();
        JsonObject podMetadata = template["metadata"] as JsonObject ?? [];
        template["metadata"] ??= podMetadata;
        JsonObject labels = podMetadata["labels"] as JsonObject ?? [];
        bool hasTemplatesLabels = metadata["labels"] is not JsonObject { Count: > 0 } own || JsonNode.DeepEquals(own, labels);
        podMetadata["labels"] ??= labels;
        foreach (string name in UidLabels)
        {
            labels[name] = uid;
        }

        foreach (string name in NameLabels)
        {
            labels[name] = metadata["name"]?.ToString() ?? "";
        }

        if (hasTemplatesLabels)
        {
            metadata["labels"] = labels.DeepClone();
        }

        JsonObject selector = spec["selector"] as JsonObject ?? [];
        spec["selector"] ??= selector;
        JsonObject chosen = selector["matchLabels"] as JsonObject ?? [];
        selector["matchLabels"] ??= chosen;
        chosen[UidLabels[0]] ??= uid;
    }

    /// <summary>
    /// A claim's source in its old form and in its new one, which say the same; forms that nothing provides for are dropped.
    /// </summary>
    public static void NameSources(JsonObject claim)
    {
        if (claim["spec"] is not JsonObject spec)
        {
            return;
        }

        if (spec["dataSource"] is JsonObject given && !IsKnownSource(given))
        {
            spec.Remove("dataSource");
        }

        if (spec["dataSourceRef"]?["namespace"]?.ToString() is { Length: > 0 })
        {
            spec.Remove("dataSourceRef");
        }

        if (spec["dataSource"] is JsonObject older && spec["dataSourceRef"] is null)
        {
            spec["dataSourceRef"] = older.DeepClone();
        }
        else if (spec["dataSourceRef"] is JsonObject newer && spec["dataSource"] is null)
        {
            spec["dataSource"] = newer.DeepClone();
        }
    }

    private static bool IsKnownSource(JsonObject source)
        => (source["apiGroup"]?.ToString() ?? "", source["kind"]?.ToString()) is ("", "PersistentVolumeClaim") or ("snapshot.storage.k8s.io", "VolumeSnapshot");

    /// <summary>Counts the templates of a DaemonSet, as its first API did.</summary>
    public static void CountTemplate(JsonObject? live, JsonObject target)
    {
        JsonObject metadata = SystemMetadata.Of(target);
        long before = live is not null && long.TryParse(SystemMetadata.Of(live)["annotations"]?[TemplateGeneration]?.ToString(), CultureInfo.InvariantCulture, out long counted) ? counted : 0;
        bool isNew = live is null || !JsonNode.DeepEquals(live["spec"]?["template"], target["spec"]?["template"]);
        JsonObject annotations = metadata["annotations"] as JsonObject ?? [];
        metadata["annotations"] ??= annotations;
        annotations[TemplateGeneration] = (isNew ? before + 1 : before).ToString(CultureInfo.InvariantCulture);
    }
}
