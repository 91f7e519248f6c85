using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Resources.Yaml;

namespace Fairway.Telemetry.Slos;

/// <summary>What annotations of an SLO say beyond OpenSLO: guards against too little traffic, and times that do not count.</summary>
internal static class SloAnnotations
{
    public static double Guard(OpenSloNode metadata, IReadOnlyDictionary<string, string> annotations, string key)
    {
        if (!annotations.TryGetValue(key, out string? text))
        {
            return 0;
        }

        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number is >= 0 and < 1e15)
        {
            return number;
        }

        metadata.Problem($"annotations[{key}]", $"\"{text}\" is no number of events");
        return 0;
    }

    public static IReadOnlyList<Correction> Corrections(OpenSloNode metadata, IReadOnlyDictionary<string, string> annotations)
    {
        const string Key = "fairway.dev/corrections";
        if (!annotations.TryGetValue(Key, out string? text))
        {
            return [];
        }

        try
        {
            JsonArray list = YamlReader.Read(text) is [{ Node: JsonArray items }] ? items : [];
            Correction[] corrections = [.. list.Select(CorrectionOf).OfType<Correction>()];
            if (corrections.Length > 0 && corrections.Length == list.Count)
            {
                return corrections;
            }
        }
        catch (YamlException)
        {
            // Said below, with what was expected.
        }

        metadata.Problem($"annotations[{Key}]", "must be a YAML list of {from, to, reason}: two times in RFC 3339, the first before the second, and why");
        return [];
    }

    private static Correction? CorrectionOf(JsonNode? node)
        => node is JsonObject item
            && Moment(item["from"]) is { } from
            && Moment(item["to"]) is { } to
            && from < to
            && item["reason"] is { } reason
            && reason.GetValueKind() == JsonValueKind.String
                ? new Correction(from, to, reason.GetValue<string>())
                : null;

    private static DateTimeOffset? Moment(JsonNode? node)
        => node?.GetValueKind() == JsonValueKind.String
            && DateTimeOffset.TryParse(node.GetValue<string>(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset moment)
                ? moment
                : null;
}
