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
            labels[name] = metadata["name"]!.ToString();
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
