using System.Text.Json;
using Fairway.PromQL;
using Fairway.Telemetry.Logs.Query;
using Fairway.Telemetry.Logs.Query.Stages;

namespace Fairway.Telemetry.Logs.Loki;

/// <summary>A field that some lines have.</summary>
/// <param name="Parsers">The stages that find it; none for what is known without.</param>
internal sealed record DetectedField(string Name, string Type, IReadOnlySet<string> Values, IReadOnlyList<string> Parsers)
{
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("label", Name);
        json.WriteString("type", Type);
        json.WriteNumber("cardinality", Values.Count);
        if (Parsers.Count == 0)
        {
            json.WriteNull("parsers");
        }
        else
        {
            json.WriteStartArray("parsers");
            foreach (string parser in Parsers)
            {
                json.WriteStringValue(parser);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}

/// <summary>Finds the fields of lines: what is known of them, and what the parsers of JSON and logfmt find. Pure.</summary>
internal static class DetectedFields
{
    public static IReadOnlyList<DetectedField> Of(IReadOnlyList<FoundLine> lines)
    {
        var fields = new SortedDictionary<string, (HashSet<string> Values, SortedSet<string> Parsers)>(StringComparer.Ordinal);
        foreach (FoundLine line in lines)
        {
            Note(line.Known, null);
            Note(line.Found, null);
            var state = new LineState(ParserHints.All());
            state.Start(Labels.Empty, new LogEntry(line.Time, line.Line, Labels.Empty));
            bool isJson = line.Line.AsSpan().TrimStart().StartsWith("{");
            _ = isJson ? new JsonStage().Apply(state) : new LogfmtStage(strict: false, keepEmpty: false).Apply(state);
            if (state.Error.Length == 0)
            {
                Note(state.ToLabels(), isJson ? "json" : "logfmt");
            }
        }

        return [.. fields.Select(field => new DetectedField(field.Key, Type(field.Value.Values), field.Value.Values, [.. field.Value.Parsers]))];

        void Note(Labels labels, string? parser)
        {
            for (int index = 0; index < labels.Count; index++)
            {
                (string name, string value) = labels.At(index);
                if (!fields.TryGetValue(name, out (HashSet<string> Values, SortedSet<string> Parsers) field))
                {
                    fields[name] = field = (new HashSet<string>(StringComparer.Ordinal), new SortedSet<string>(StringComparer.Ordinal));
                }

                field.Values.Add(value);
                if (parser is not null)
                {
                    field.Parsers.Add(parser);
                }
            }
        }
    }

    private static string Type(HashSet<string> values)
        => values.All(value => long.TryParse(value, out _)) ? "int"
            : values.All(value => GoNumbers.TryParse(value, out _, out _)) ? "float"
            : values.All(value => value is "true" or "false") ? "boolean"
            : values.All(value => GoDurations.TryParseGo(value, out _, out _)) ? "duration"
            : values.All(value => HumanBytes.TryParse(value, out _, out _)) ? "bytes"
            : "string";
}
