using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Policy.Evidence;

/// <summary>What a scanner found, counted by severity.</summary>
/// <param name="Tool">The scanner.</param>
/// <param name="At">When it looked, if the log says so.</param>
internal sealed record ScanFindings(string Tool, DateTimeOffset? At, int Critical, int High, int Medium, int Low)
{
    /// <summary>Counts the open results of a SARIF 2.1 log. Suppressed results, and those that are no failures, do not count.</summary>
    /// <returns>One for each run; none when it is no SARIF log.</returns>
    public static IReadOnlyList<ScanFindings> Of(ReadOnlySpan<byte> sarif)
    {
        try
        {
            return JsonNode.Parse(sarif) is JsonObject root && root["runs"] is JsonArray runs ? [.. runs.OfType<JsonObject>().Select(Run)] : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static ScanFindings Run(JsonObject run)
    {
        JsonObject? driver = run.Object("tool").Object("driver");
        var byId = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        JsonObject?[] rules = [.. (driver.Array("rules") ?? []).Select(rule => rule as JsonObject)];
        foreach (JsonObject? rule in rules)
        {
            if (rule.Text("id") is { } id)
            {
                byId.TryAdd(id, rule!);
            }
        }

        int[] counts = new int[4];
        foreach (JsonObject result in (run.Array("results") ?? []).OfType<JsonObject>())
        {
            bool suppressed = result.Array("suppressions") is { Count: > 0 } all && all.All(one => one.Text("status") is null or "accepted");
            if (suppressed || result.Text("kind") is not (null or "fail") || result.Text("baselineState") == "absent")
            {
                continue;
            }

            JsonObject? rule = result.Long("ruleIndex") is { } index && index >= 0 && index < rules.Length ? rules[index] : result.Text("ruleId") is { } id ? byId.GetValueOrDefault(id) : null;
            if (Severity(result, rule) is { } severity)
            {
                counts[severity]++;
            }
        }

        DateTimeOffset? at = (run.Array("invocations") ?? []).Select(one => one.Text("endTimeUtc") ?? one.Text("startTimeUtc"))
            .Select(text => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? (DateTimeOffset?)time : null)
            .Max();
        return new ScanFindings(driver.Text("name") ?? "", at, counts[0], counts[1], counts[2], counts[3]);
    }

    /// <summary>By the number that scanners give (<c>security-severity</c>, as CVSS has it), else by the level.</summary>
    private static int? Severity(JsonObject result, JsonObject? rule)
    {
        JsonNode? score = result.Object("properties")?["security-severity"] ?? rule.Object("properties")?["security-severity"];
        if (score is not null && double.TryParse(KubeJson.AsString(score) ?? score.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
        {
            return number >= 9 ? 0 : number >= 7 ? 1 : number >= 4 ? 2 : number > 0 ? 3 : null;
        }

        return (result.Text("level") ?? rule.Object("defaultConfiguration").Text("level") ?? "warning") switch
        {
            "error" => 1,
            "warning" => 2,
            "note" => 3,
            _ => null,
        };
    }
}
