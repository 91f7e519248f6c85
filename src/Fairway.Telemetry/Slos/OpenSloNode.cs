using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fairway.Telemetry.Slos;

/// <summary>What is wrong in an OpenSLO document.</summary>
/// <param name="Source">File and line of the document.</param>
/// <param name="Path">The field.</param>
/// <param name="Message">What is wrong and what was expected.</param>
public sealed record SloProblem(string Source, string Path, string Message)
{
    public override string ToString() => Path.Length == 0 ? $"{Source}: {Message}" : $"{Source}: {Path}: {Message}";
}

/// <summary>An object of a document that knows where it stands and notes what is wrong with its fields.</summary>
internal sealed class OpenSloNode(JsonObject fields, string source, string path, List<SloProblem> problems)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public string Source => source;

    public string PathOf(string field) => path.Length == 0 ? field : $"{path}.{field}";

    public bool Has(string field) => fields.TryGetPropertyValue(Note(field), out JsonNode? value) && value is not null;

    public void Problem(string field, string message) => problems.Add(new SloProblem(source, PathOf(field), message));

    public string? Text(string field, bool required = false)
    {
        JsonNode? value = fields[Note(field)];
        if (value is null)
        {
            if (required)
            {
                Problem(field, "is required");
            }

            return null;
        }

        if (value is JsonValue && value.GetValueKind() == JsonValueKind.String)
        {
            string text = value.GetValue<string>();
            if (text.Length == 0 && required)
            {
                Problem(field, "must not be empty");
            }

            return text;
        }

        Problem(field, $"must be a string, not {Show(value)}");
        return null;
    }

    public double? Number(string field)
    {
        JsonNode? value = fields[Note(field)];
        switch (value?.GetValueKind())
        {
            case null:
                return null;
            case JsonValueKind.Number:
                return double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture);
            default:
                Problem(field, $"must be a number, not {Show(value)}");
                return null;
        }
    }

    public bool? Flag(string field)
    {
        JsonNode? value = fields[Note(field)];
        switch (value?.GetValueKind())
        {
            case null:
                return null;
            case JsonValueKind.True or JsonValueKind.False:
                return value.GetValue<bool>();
            default:
                Problem(field, $"must be true or false, not {Show(value)}");
                return null;
        }
    }

    /// <summary>A value of a closed list, whatever its case.</summary>
    public T? Choice<T>(string field, bool required = false)
        where T : struct, Enum
    {
        if (Text(field, required) is not { Length: > 0 } text)
        {
            return null;
        }

        if (Enum.GetNames<T>().FirstOrDefault(name => name.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } known)
        {
            return Enum.Parse<T>(known);
        }

        Problem(field, $"\"{text}\" is none of {string.Join(", ", Enum.GetNames<T>())}");
        return null;
    }

    /// <summary>A duration in shorthand; a bare number is minutes where that is allowed.</summary>
    public SloDuration? Duration(string field, bool required = false, bool allowNumber = false)
    {
        JsonNode? value = fields[Note(field)];
        if (value is null)
        {
            if (required)
            {
                Problem(field, "is required");
            }

            return null;
        }

        string text = value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();
        if (SloDuration.TryParse(text, out SloDuration duration, allowNumber))
        {
            return duration;
        }

        Problem(field, $"\"{text}\" is no duration; expected a positive whole number and one of m, h, d, w, M, Q, Y, at most ten years, such as 5m, 28d or 1M");
        return null;
    }

    public OpenSloNode? Object(string field, bool required = false)
    {
        JsonNode? value = fields[Note(field)];
        if (value is JsonObject child)
        {
            return new OpenSloNode(child, source, PathOf(field), problems);
        }

        if (value is not null || required)
        {
            Problem(field, value is null ? "is required" : $"must be an object, not {Show(value)}");
        }

        return null;
    }

    public IReadOnlyList<OpenSloNode> Objects(string field)
    {
        JsonNode? value = fields[Note(field)];
        if (value is null)
        {
            return [];
        }

        if (value is not JsonArray list)
        {
            Problem(field, $"must be a list, not {Show(value)}");
            return [];
        }

        List<OpenSloNode> objects = [];
        for (int index = 0; index < list.Count; index++)
        {
            if (list[index] is JsonObject child)
            {
                objects.Add(new OpenSloNode(child, source, $"{PathOf(field)}[{index}]", problems));
            }
            else
            {
                Problem($"{field}[{index}]", $"must be an object, not {Show(list[index])}");
            }
        }

        return objects;
    }

    /// <summary>Text by text; a list of values is joined by commas, as OpenSLO allows several for one label.</summary>
    public IReadOnlyDictionary<string, string> Texts(string field)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Object(field) is { } child)
        {
            foreach ((string key, JsonNode? value) in child.Fields)
            {
                texts[key] = value is JsonArray list ? string.Join(",", list.Select(Plain)) : Plain(value);
            }
        }

        return texts;
    }

    /// <summary>Names every field that nobody asked for: mostly a slip of the pen.</summary>
    public void RefuseOthers()
    {
        foreach ((string name, _) in fields)
        {
            if (!_known.Contains(name))
            {
                string? near = _known.FirstOrDefault(known => known.Equals(name, StringComparison.OrdinalIgnoreCase));
                Problem(name, near is null ? $"is not a field here; there are {string.Join(", ", _known.Order(StringComparer.Ordinal))}" : $"is written {near}");
            }
        }
    }

    private IEnumerable<KeyValuePair<string, JsonNode?>> Fields => fields;

    private static string Plain(JsonNode? value) => value?.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value?.ToJsonString() ?? "";

    private static string Show(JsonNode? value)
    {
        string text = value?.ToJsonString() ?? "null";
        return text.Length <= 60 ? text : $"{text[..57]}...";
    }

    private string Note(string field)
    {
        _known.Add(field);
        return field;
    }
}
