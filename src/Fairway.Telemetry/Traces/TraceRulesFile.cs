using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Resources.Yaml;
using Fairway.Telemetry.Logs.Query;

namespace Fairway.Telemetry.Traces;

/// <summary>A file that says which traces are kept, and how long. Unknown fields are errors.</summary>
public static class TraceRulesFile
{
    private static readonly string[] Fields = ["rules", "retention", "bytes"];
    private static readonly string[] RuleFields = ["name", "errors", "slowerThan", "rarerThan", "where", "keep"];

    /// <summary>Reads the text of a file into options.</summary>
    /// <exception cref="FormatException">It is no such file; the message names the place, the value and what is expected.</exception>
    public static TraceStoreOptions Read(string text, string name, TraceStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            JsonObject root = YamlReader.Read(text, name, YamlOptions.Default with { OldBooleans = false }).Select(document => document.Node).OfType<JsonObject>().FirstOrDefault()
                ?? throw new FormatException("there is no mapping in it");
            Known(root, Fields, "");
            return options with
            {
                Keep = root["rules"] is { } rules ? new TraceKeepRules([.. Array(rules, "rules").Select(Rule)]) : options.Keep,
                Retention = root["retention"] is { } retention ? Duration(retention, "retention") : options.Retention,
                RetentionBytes = root["bytes"] is { } bytes ? Bytes(bytes) : options.RetentionBytes,
            };
        }
        catch (Exception wrong) when (wrong is FormatException or YamlException)
        {
            throw new FormatException($"{name}: {wrong.Message}", wrong);
        }
    }

    private static TraceKeepRule Rule(JsonNode? node, int index)
    {
        string at = string.Create(CultureInfo.InvariantCulture, $"rules[{index}]");
        JsonObject rule = node as JsonObject ?? throw new FormatException($"{at}: expected a rule with a name");
        Known(rule, RuleFields, at + ".");
        return new TraceKeepRule
        {
            Name = Text(rule["name"], at + ".name") ?? throw new FormatException($"{at}.name: every rule needs a name"),
            Errors = rule["errors"] is { } errors && (errors.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? errors.GetValue<bool>() : throw new FormatException($"{at}.errors: {errors.ToJsonString()} is neither true nor false")),
            SlowerThan = rule["slowerThan"] is { } slow ? Duration(slow, at + ".slowerThan") : null,
            RarerThan = Number(rule["rarerThan"], at + ".rarerThan") is { } rare ? (int)rare : null,
            Where = Text(rule["where"], at + ".where"),
            Keep = Number(rule["keep"], at + ".keep") ?? 1,
        };
    }

    private static void Known(JsonObject node, string[] known, string at)
    {
        foreach ((string field, _) in node)
        {
            if (!known.Contains(field))
            {
                throw new FormatException($"{at}{field}: there is no such field; expected one of {string.Join(", ", known)}");
            }
        }
    }

    private static JsonArray Array(JsonNode node, string at) => node as JsonArray ?? throw new FormatException($"{at}: expected a list");

    private static string? Text(JsonNode? node, string at)
        => node is null ? null : node.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : throw new FormatException($"{at}: {node.ToJsonString()} is no text");

    private static double? Number(JsonNode? node, string at)
        => node is null ? null
            : node.GetValueKind() == JsonValueKind.Number && double.TryParse(node.ToJsonString(), CultureInfo.InvariantCulture, out double number) ? number
            : throw new FormatException($"{at}: {node.ToJsonString()} is no number");

    private static TimeSpan Duration(JsonNode node, string at)
        => node.GetValueKind() == JsonValueKind.String && GoDurations.TryParseAny(node.GetValue<string>(), out long nanoseconds) && nanoseconds > 0
            ? TimeSpan.FromTicks(nanoseconds / 100)
            : throw new FormatException($"{at}: {node.ToJsonString()} is no duration; expected one such as 500ms or 7d");

    private static long Bytes(JsonNode node)
        => HumanBytes.TryParse(node.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : node.ToJsonString(), out ulong bytes, out string problem)
            ? (long)Math.Min(bytes, long.MaxValue)
            : throw new FormatException($"bytes: {node.ToJsonString()}: {problem}; expected a size such as 2GiB");
}
