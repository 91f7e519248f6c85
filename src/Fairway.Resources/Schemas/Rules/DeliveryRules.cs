using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Applications, canaries and analysis.</summary>
internal static class DeliveryRules
{
    private static readonly string[] Measures = ["successRate", "latency", "query", "compare"];
    private static readonly string[] StepMembers = ["setWeight", "pause", "analysis"];

    public static void Application(JsonObject target, FieldErrors errors)
    {
        JsonArray environments = target["spec"].Array("environments") ?? [];
        for (int i = 0; i < environments.Count; i++)
        {
            string path = $"spec.environments[{i}]";
            Duration(environments[i]?["gate"]?["soak"], path + ".gate.soak", errors);
            Canary(environments[i]?["strategy"]?["canary"], path + ".strategy.canary", errors);
            if (environments[i].Text("namespace") is { } @namespace && Names.LabelProblem(@namespace) is { } problem)
            {
                errors.Invalid(path + ".namespace", @namespace, problem);
            }
        }
    }

    /// <summary>Wherever a spec carries a canary.</summary>
    public static void AnyCanary(JsonNode? spec, string path, FieldErrors errors)
        => Canary(spec?["strategy"]?["canary"] ?? spec?["canary"], path + (spec?["canary"] is null ? ".strategy.canary" : ".canary"), errors);

    public static void Canary(JsonNode? canary, string path, FieldErrors errors)
    {
        Duration((canary as JsonObject)?["progressDeadline"], path + ".progressDeadline", errors);
        JsonArray steps = canary.Array("steps") ?? [];
        for (int i = 0; i < steps.Count; i++)
        {
            string[] given = [.. StepMembers.Where(member => (steps[i] as JsonObject)?[member] is not null)];
            if (given.Length == 0)
            {
                errors.Required($"{path}.steps[{i}]", "exactly one of setWeight, pause and analysis must be set");
            }
            else if (given.Length > 1)
            {
                errors.Invalid($"{path}.steps[{i}]", string.Join(", ", given), "exactly one of setWeight, pause and analysis must be set");
            }

            Duration(steps[i]?["pause"]?["duration"], $"{path}.steps[{i}].pause.duration", errors);
        }
    }

    public static void Metrics(JsonNode? spec, FieldErrors errors)
    {
        JsonArray metrics = spec.Array("metrics") ?? [];
        for (int i = 0; i < metrics.Count; i++)
        {
            string path = $"spec.metrics[{i}]";
            JsonNode? metric = metrics[i];
            if (Measures.Count(measure => metric.Object(measure) is not null) != 1)
            {
                errors.InvalidShown(path, KubeJson.Quote(metric.Text("name") ?? ""), $"exactly one of {string.Join(", ", Measures)} must be set");
            }

            if (metric.Object("query") is { } query && query["minimum"] is null && query["maximum"] is null)
            {
                errors.Required(path + ".query.minimum", "a query needs a minimum, a maximum, or both");
            }

            Duration(metric?["interval"], path + ".interval", errors, positive: true);
            Duration(metric?["initialDelay"], path + ".initialDelay", errors);
            Duration(metric?["latency"]?["maximum"], path + ".latency.maximum", errors, positive: true);
            Duration(metric?["latency"]?["failAbove"], path + ".latency.failAbove", errors, positive: true);
            CheckOrder(metric, path, errors);
        }
    }

    private static void CheckOrder(JsonNode? metric, string path, FieldErrors errors)
    {
        JsonNode? rate = metric?["successRate"];
        if (Real(rate?["failBelow"]) is { } below && Real(rate?["minimum"]) is { } minimum && below > minimum)
        {
            errors.Invalid(path + ".successRate.failBelow", rate!["failBelow"], "must be at most minimum");
        }

        JsonNode? latency = metric?["latency"];
        if (GoDuration.TryParse(latency.Text("failAbove"), out TimeSpan above)
            && GoDuration.TryParse(latency.Text("maximum"), out TimeSpan maximum) && above < maximum)
        {
            errors.Invalid(path + ".latency.failAbove", latency!["failAbove"], "must be at least maximum");
        }
    }

    private static double? Real(JsonNode? node)
        => node is JsonValue value && double.TryParse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture, out double real) ? real : null;

    private static void Duration(JsonNode? value, string path, FieldErrors errors, bool positive = false)
    {
        if (KubeJson.AsString(value) is not { } text)
        {
            return;
        }

        if (!GoDuration.TryParse(text, out TimeSpan duration))
        {
            errors.Invalid(path, value, "must be a duration such as 30s, 5m or 1h30m");
        }
        else if (duration < TimeSpan.Zero || (positive && duration == TimeSpan.Zero))
        {
            errors.Invalid(path, value, positive ? "must be greater than 0" : "must be greater than or equal to 0");
        }
    }
}
