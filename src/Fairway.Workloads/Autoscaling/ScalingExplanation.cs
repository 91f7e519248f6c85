using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Kinds.Autoscaling;
using Fairway.Resources.Labels;

namespace Fairway.Workloads.Autoscaling;

/// <summary>
/// Replays decisions of the autoscaler from text: one JSON object for each, with the spec, the target's scale, the pods and their
/// metrics, the past and the controller's settings. The same function decides as in the controller.
/// </summary>
public static class ScalingExplanation
{
    /// <summary>The longest line that is read.</summary>
    public const int MaxLength = 16 * 1024 * 1024;

    /// <summary>Explains one decision.</summary>
    /// <param name="line">One JSON object.</param>
    /// <param name="explained">Whether the line made sense; if not, the answer has <c>error</c>, which names the field.</param>
    /// <returns>One JSON object: name, replicas, conditions as <c>Status/Reason</c> by type.</returns>
    public static JsonObject Explain(string line, out bool explained)
    {
        ArgumentNullException.ThrowIfNull(line);
        string name = "";
        try
        {
            if (line.Length > MaxLength)
            {
                throw new FormatException($"a line has at most {MaxLength} characters");
            }

            if (JsonNode.Parse(line, documentOptions: new JsonDocumentOptions { MaxDepth = 64, AllowTrailingCommas = true, AllowDuplicateProperties = false }) is not JsonObject given)
            {
                throw new FormatException("expected a JSON object");
            }

            name = given["name"] is JsonValue value ? value.ToString() : "";
            ScalingDecision decision = AutoscalingPlanner.Plan(new ExplanationReader(given).Read());
            explained = true;
            return Answer(name, decision);
        }
        catch (JsonException problem)
        {
            explained = false;
            return new JsonObject { ["name"] = name, ["error"] = $"the line is not JSON: {problem.Message}" };
        }
        catch (Exception problem) when (problem is not OutOfMemoryException)
        {
            // Whatever a line says, the next line has its answer.
            explained = false;
            return new JsonObject { ["name"] = name, ["error"] = problem.Message };
        }
    }

    private static JsonObject Answer(string name, ScalingDecision decision)
    {
        var conditions = new JsonObject();
        var messages = new JsonObject();
        foreach (HorizontalPodAutoscalerCondition condition in decision.Conditions)
        {
            conditions[condition.Type] = $"{condition.Status}/{condition.Reason}";
            messages[condition.Type] = condition.Message;
        }

        return new JsonObject { ["name"] = name, ["replicas"] = decision.Replicas, ["conditions"] = conditions, ["messages"] = messages };
    }
}

/// <summary>Reads one line's observation. What is absent is as if the cluster did not have it.</summary>
internal sealed class ExplanationReader(JsonObject given)
{
    public ScalingObservation Read()
    {
        JsonObject objects = Map(given, "objectMetrics");
        JsonObject externals = Map(given, "externalMetrics");
        return new ScalingObservation
        {
            Spec = Spec(given["spec"] as JsonObject ?? throw new FormatException("spec: expected the spec of a HorizontalPodAutoscaler")),
            Scale = Scale(Map(given, "scale")),
            Pods = [.. List(given, "pods").Select((pod, index) => Pod(pod as JsonObject ?? throw new FormatException($"pods[{index}]: expected an object"), $"pods[{index}]"))],
            ObjectMetric = source => objects[source.Metric.Name] is { } value
                ? MetricReading.Of(Amount(value, $"objectMetrics[{source.Metric.Name}]"))
                : MetricReading.Missing("no metrics returned from custom metrics API"),
            ExternalMetric = source => External(externals[source.Metric.Name], source.Metric.Name),
            History = History(Map(given, "history")),
            Settings = Settings(Map(given, "controller")),
        };
    }

    private static HorizontalPodAutoscalerSpec Spec(JsonObject node)
    {
        var spec = (JsonObject)node.DeepClone();
        spec["scaleTargetRef"] ??= new JsonObject { ["kind"] = "", ["name"] = "" };
        foreach (JsonObject metric in Objects(spec, "metrics", "spec.metrics"))
        {
            Complete(metric);
        }

        foreach (string direction in (ReadOnlySpan<string>)["scaleUp", "scaleDown"])
        {
            if ((spec["behavior"] as JsonObject)?[direction] is JsonObject rules)
            {
                _ = Objects(rules, "policies", $"spec.behavior.{direction}.policies").Count();
            }
        }

        if (spec["maxReplicas"] is null)
        {
            throw new FormatException("spec.maxReplicas: expected a number of pods");
        }

        try
        {
            return spec.Deserialize(KindsJson.Of<HorizontalPodAutoscalerSpec>())!;
        }
        catch (JsonException problem)
        {
            throw new FormatException(Told(problem, spec), problem);
        }
    }

    /// <summary>Names the member and what stands there, not the type that it was to become.</summary>
    private static string Told(JsonException problem, JsonObject spec)
    {
        string path = problem.Path?.TrimStart('$') ?? "";
        int required = problem.Message.IndexOf("required properties including: ", StringComparison.Ordinal);
        if (required >= 0)
        {
            return $"spec{path}: required and absent: {problem.Message[(required + 31)..].TrimEnd('.').Replace("'", "", StringComparison.Ordinal)}";
        }

        JsonNode? there = spec;
        foreach (string step in path.Replace("[", ".", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal).Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            there = there switch
            {
                JsonObject members => members[step],
                JsonArray items when int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < items.Count => items[index],
                _ => null,
            };
        }

        return $"spec{path}: {there?.ToJsonString() ?? "null"} is not what belongs there";
    }

    private static IEnumerable<JsonObject> Objects(JsonObject parent, string member, string at) => parent[member] switch
    {
        null => [],
        JsonArray items => items.Select((item, index) => item as JsonObject ?? throw new FormatException($"{at}[{index}]: expected an object")),
        _ => throw new FormatException($"{at}: expected a list"),
    };

    /// <summary>A source without a target or a metric is one that cannot be computed, not one that cannot be read.</summary>
    private static void Complete(JsonObject metric)
    {
        metric["type"] ??= "";
        foreach (string member in (ReadOnlySpan<string>)["resource", "containerResource", "pods", "object", "external"])
        {
            if (metric[member] is not JsonObject source)
            {
                continue;
            }

            JsonObject target = source["target"] as JsonObject ?? [];
            source["target"] ??= target;
            target["type"] ??= "";
            if (member is "resource" or "containerResource")
            {
                source["name"] ??= "";
            }
            else
            {
                source["metric"] ??= new JsonObject { ["name"] = "" };
            }

            if (member == "containerResource")
            {
                source["container"] ??= "";
            }

            if (member == "object")
            {
                source["describedObject"] ??= new JsonObject { ["kind"] = "", ["name"] = "" };
            }
        }
    }

    private static TargetScale Scale(JsonObject scale)
    {
        int spec = Whole(scale["specReplicas"], "scale.specReplicas") ?? throw new FormatException("scale.specReplicas: expected a number of pods");
        return new TargetScale(spec, Whole(scale["statusReplicas"], "scale.statusReplicas") ?? spec, Selector(scale["selector"]));
    }

    /// <summary>The selector's text, as a scale has it; a selector or labels as an object say the same.</summary>
    private static string Selector(JsonNode? selector) => selector switch
    {
        null => "",
        JsonValue text => text.ToString(),
        JsonObject labels when labels.ContainsKey("matchLabels") || labels.ContainsKey("matchExpressions") => LabelSelector.FromObject(labels).ToString(),
        JsonObject labels => LabelSelector.FromObject(new JsonObject { ["matchLabels"] = labels.DeepClone() }).ToString(),
        _ => throw new FormatException("scale.selector: expected a selector such as app=web"),
    };

    private static ScalablePod Pod(JsonObject pod, string at) => new()
    {
        Name = pod["name"]?.ToString() ?? throw new FormatException($"{at}.name: expected the pod's name"),
        Labels = Map(pod, "labels").ToDictionary(pair => pair.Key, pair => pair.Value?.ToString() ?? "", StringComparer.Ordinal),
        Phase = pod["phase"]?.ToString() ?? "Running",
        IsBeingDeleted = IsTrue(pod["deleting"], $"{at}.deleting"),
        Ready = Readiness(pod["ready"], $"{at}.ready"),
        ReadySince = Seconds(pod["readySince"], $"{at}.readySince"),
        Start = Seconds(pod["start"], $"{at}.start"),
        Containers =
        [
            .. List(pod, "containers").Concat(List(pod, "initContainers").Where(each => each?["restartPolicy"]?.ToString() == "Always"))
                .Select(each => new ContainerRequests(each?["name"]?.ToString() ?? "", Amounts(each as JsonObject ?? [], "requests", at))),
        ],
        Usage = pod["usage"] is JsonObject usage
            ? usage.ToDictionary(pair => pair.Key, pair => Amounts(usage, pair.Key, $"{at}.usage"), StringComparer.Ordinal)
            : null,
        Metrics = pod["podMetrics"] is JsonObject ? Amounts(pod, "podMetrics", at) : null,

        // An age, and also where it is written as a time in the past.
        MetricTime = -Math.Abs(Seconds(pod["metricAge"], $"{at}.metricAge") ?? 0),
        MetricWindow = Seconds(pod["metricWindow"], $"{at}.metricWindow") ?? 0,
    };

    private static MetricReading External(JsonNode? values, string name) => values switch
    {
        JsonArray { Count: > 0 } series => MetricReading.Of([.. series.Select(each => Amount(each, $"externalMetrics[{name}]"))]),
        JsonValue single => MetricReading.Of(Amount(single, $"externalMetrics[{name}]")),
        _ => MetricReading.Missing("no metrics returned from external metrics API"),
    };

    private static ScalingHistory History(JsonObject history) => new()
    {
        Recommendations = history["recommendations"] is JsonArray past ? [.. Pairs(past, "history.recommendations").Select(pair => new Recommendation(pair.Time, pair.Number))] : null,
        Ups = [.. Pairs(List(history, "scaleUps"), "history.scaleUps").Select(pair => new ScaleEvent(pair.Time, pair.Number))],
        Downs = [.. Pairs(List(history, "scaleDowns"), "history.scaleDowns").Select(pair => new ScaleEvent(pair.Time, pair.Number))],
    };

    private static ScalingSettings Settings(JsonObject settings)
    {
        var usual = new ScalingSettings();
        return new ScalingSettings
        {
            Tolerance = settings["tolerance"] is { } tolerance ? (double)Amount(tolerance, "controller.tolerance").Nanos / 1e9 : usual.Tolerance,
            CpuInitializationPeriod = Seconds(settings["cpuInitializationPeriod"], "controller.cpuInitializationPeriod") ?? usual.CpuInitializationPeriod,
            InitialReadinessDelay = Seconds(settings["initialReadinessDelay"], "controller.initialReadinessDelay") ?? usual.InitialReadinessDelay,
            DownscaleStabilization = Seconds(settings["downscaleStabilization"], "controller.downscaleStabilization") ?? usual.DownscaleStabilization,
        };
    }

    private static IEnumerable<(double Time, int Number)> Pairs(IEnumerable<JsonNode?> pairs, string at)
        => pairs.Select((pair, index) => pair is JsonArray { Count: 2 } both
            && Seconds(both[0], $"{at}[{index}][0]") is { } time && Whole(both[1], $"{at}[{index}][1]") is { } number
                ? (time, number)
                : throw new FormatException($"{at}[{index}]: expected [seconds relative to now, number]"));

    private static IReadOnlyDictionary<string, Quantity> Amounts(JsonObject parent, string member, string at)
        => parent[member] is JsonObject amounts
            ? amounts.Where(pair => pair.Value is not null).ToDictionary(pair => pair.Key, pair => Amount(pair.Value, $"{at}.{member}.{pair.Key}"), StringComparer.Ordinal)
            : new Dictionary<string, Quantity>();

    private static Quantity Amount(JsonNode? node, string at)
        => node is JsonValue value && Quantity.TryParse(value.ToString(), out Quantity amount)
            ? amount
            : throw new FormatException($"{at}: expected a quantity such as 250m or 64Mi, not {node?.ToJsonString() ?? "null"}");

    private static string? Readiness(JsonNode? node, string at) => node?.ToString() switch
    {
        null => null,
        "true" or "True" => "True",
        "false" or "False" => "False",
        "Unknown" or "unknown" => "Unknown",
        var other => throw new FormatException($"{at}: expected true, false or Unknown, not {other}"),
    };

    private static bool IsTrue(JsonNode? node, string at) => node?.ToString() switch
    {
        null or "false" => false,
        "true" => true,
        var other => throw new FormatException($"{at}: expected true or false, not {other}"),
    };

    /// <summary>A number of seconds, or a duration such as <c>5m</c>.</summary>
    private static double? Seconds(JsonNode? node, string at)
    {
        if (node is null)
        {
            return null;
        }

        string text = node.ToString();
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && double.IsFinite(seconds) ? seconds
            : GoDuration.TryParse(text, out TimeSpan duration) ? duration.TotalSeconds
            : throw new FormatException($"{at}: expected seconds, not {text}");
    }

    private static int? Whole(JsonNode? node, string at)
        => node is null ? null
            : double.TryParse(node.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number == Math.Floor(number) && Math.Abs(number) <= int.MaxValue ? (int)number
            : throw new FormatException($"{at}: expected a whole number, not {node.ToJsonString()}");

    private static JsonObject Map(JsonObject parent, string member) => parent[member] switch
    {
        JsonObject map => map,
        null => [],
        _ => throw new FormatException($"{member}: expected an object"),
    };

    private static IEnumerable<JsonNode?> List(JsonObject parent, string member) => parent[member] switch
    {
        JsonArray list => list,
        null => [],
        _ => throw new FormatException($"{member}: expected a list"),
    };
}
