using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Policy.Sources;
using Fairway.Resources.Schemas;
using Fairway.Resources.Yaml;

namespace Fairway.Policy.Mending;

/// <summary>Applies a JSON patch to the text of a YAML or JSON file, leaving every other line, comment and quote as it is.</summary>
public static class YamlEdit
{
    private static readonly JsonSerializerOptions Flow = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The text with a patch applied to one of its documents, or null when an operation does not fit the text (anchors, foreign shapes).</summary>
    /// <param name="text">The whole file.</param>
    /// <param name="document">Which document of the stream, from 0, counting those with content.</param>
    /// <param name="patch">add, replace and remove operations.</param>
    /// <param name="below">A pointer of the object in the document (an item of a List), or empty.</param>
    public static string? Apply(string text, int document, JsonArray patch, string below = "")
    {
        bool hasLastLine = text.EndsWith('\n');
        foreach (JsonNode? operation in patch)
        {
            IReadOnlyList<YamlPlaces> documents = YamlPlaces.Read(text);
            if (document >= documents.Count || operation.Text("op") is not { } op || operation.Text("path") is not { } path)
            {
                return null;
            }

            string? edited = op == "remove"
                ? Remove(text, documents[document], below + path)
                : Write(text, documents[document], below + path, (operation as JsonObject)?["value"]);
            if (edited is null)
            {
                return null;
            }

            text = edited;
        }

        return hasLastLine && !text.EndsWith('\n') ? text + "\n" : text;
    }

    private static string? Write(string text, YamlPlaces places, string pointer, JsonNode? value)
    {
        (string parentPointer, string last) = Split(pointer);
        if (last != "-" && places[pointer] is { } existing)
        {
            return Replace(text, places, parentPointer, existing, value);
        }

        if (places[parentPointer] is not { } parent)
        {
            return null;
        }

        return parent.Shape switch
        {
            YamlShape.BlockMapping => Insert(text, parent, Pad(parent.Indent), $"{Key(last)}:{Block(value, parent.Indent)}"),
            YamlShape.BlockSequence => Insert(text, parent, Pad(parent.Indent), Element(value, parent.Indent)),
            YamlShape.FlowMapping => Flowing(text, parent, $"{FlowKey(text, parent, last)}: {value?.ToJsonString(Flow) ?? "null"}"),
            YamlShape.FlowSequence => Flowing(text, parent, value?.ToJsonString(Flow) ?? "null"),
            _ => null,
        };
    }

    private static string? Replace(string text, YamlPlaces places, string parentPointer, YamlPlace place, JsonNode? value)
    {
        if (place.Shape is YamlShape.Alias)
        {
            return null;
        }

        bool inFlow = places[parentPointer]?.Shape is YamlShape.FlowMapping or YamlShape.FlowSequence;
        if (inFlow)
        {
            return text[..place.Start] + (value?.ToJsonString(Flow) ?? "null") + text[place.End..];
        }

        if (value is JsonObject { Count: > 0 } or JsonArray { Count: > 0 })
        {
            // The whole entry is written anew after its key.
            int colon = place.KeyStart == place.Start ? -1 : text.IndexOf(':', place.KeyStart);
            int indent = places[parentPointer]?.Indent ?? 0;
            return colon < 0 ? null : text[..(colon + 1)] + Block(value, indent) + text[place.End..];
        }

        string scalar = Scalar(value);
        if (place.Start == place.End && place.KeyStart != place.Start)
        {
            int colon = text.IndexOf(':', place.KeyStart);
            return text[..(colon + 1)] + " " + scalar + text[(colon + 1)..];
        }

        if (place.Shape is YamlShape.BlockMapping or YamlShape.BlockSequence && place.KeyStart != place.Start)
        {
            int colon = text.IndexOf(':', place.KeyStart);
            return text[..(colon + 1)] + " " + scalar + text[place.End..];
        }

        return text[..place.Start] + scalar + text[place.End..];
    }

    private static string? Remove(string text, YamlPlaces places, string pointer)
    {
        (string parentPointer, string last) = Split(pointer);
        if (places[pointer] is not { } place || places[parentPointer] is not { } parent)
        {
            return null;
        }

        if (parent.Shape is YamlShape.FlowMapping or YamlShape.FlowSequence)
        {
            return RemoveFlow(text, place);
        }

        if (parent.Count <= 1)
        {
            // The last entry: the collection stays, empty.
            return text[..Math.Min(parent.Start, place.KeyStart)].TrimEnd(' ', '-') is { } before && parent.Shape == YamlShape.BlockSequence
                ? Emptied(before, text[parent.End..], "[]")
                : Emptied(text[..parent.Start].TrimEnd(' '), text[parent.End..], "{}");
        }

        int from = parent.Shape == YamlShape.BlockSequence ? text.LastIndexOf('-', place.KeyStart) : place.KeyStart;
        int line = text.LastIndexOf('\n', Math.Max(0, from - 1)) + 1;
        bool ownLine = text[line..from].All(char.IsWhiteSpace);
        int end = text.IndexOf('\n', place.End);
        end = end < 0 ? text.Length : end + 1;
        if (ownLine)
        {
            return text[..line] + text[end..];
        }

        // The first key of a list's element shares its line with the dash: the next key takes its place.
        int next = end;
        while (next < text.Length && text[next] == ' ')
        {
            next++;
        }

        return parent.Shape == YamlShape.BlockMapping && next < text.Length ? text[..from] + text[next..] : null;
    }

    private static string Emptied(string before, string after, string empty)
    {
        before = before.TrimEnd('\n', '\r', ' ');
        return $"{before} {empty}{after}";
    }

    private static string RemoveFlow(string text, YamlPlace place)
    {
        int start = place.KeyStart;
        int end = place.End;
        while (end < text.Length && char.IsWhiteSpace(text[end]))
        {
            end++;
        }

        if (end < text.Length && text[end] == ',')
        {
            end++;
            while (end < text.Length && text[end] == ' ')
            {
                end++;
            }

            return text[..start] + text[end..];
        }

        while (start > 0 && char.IsWhiteSpace(text[start - 1]))
        {
            start--;
        }

        return start > 0 && text[start - 1] == ',' ? text[..(start - 1)] + text[place.End..] : text[..place.KeyStart] + text[place.End..];
    }

    private static string Insert(string text, YamlPlace parent, string pad, string entry)
    {
        int end = text.IndexOf('\n', Math.Max(0, parent.End - 1));
        // A comment behind the last value stays on its line.
        return end < 0 ? $"{text}\n{pad}{entry}\n" : $"{text[..end]}\n{pad}{entry}{text[end..]}";
    }

    private static string Flowing(string text, YamlPlace parent, string entry)
    {
        int close = parent.End - 1;
        int last = close;
        while (last > parent.Start && char.IsWhiteSpace(text[last - 1]))
        {
            last--;
        }

        if (parent.Count == 0)
        {
            return text[..(parent.Start + 1)] + entry + text[close..];
        }

        bool ownLine = text[last..close].Contains('\n', StringComparison.Ordinal);
        if (!ownLine)
        {
            return $"{text[..last]}, {entry}{text[last..]}";
        }

        int line = text.LastIndexOf('\n', last - 1) + 1;
        int pad = line;
        while (pad < text.Length && text[pad] is ' ' or '\t')
        {
            pad++;
        }

        return $"{text[..last]},\n{text[line..pad]}{entry}{text[last..]}";
    }

    private static string Block(JsonNode? value, int indent) => value switch
    {
        JsonObject { Count: > 0 } => "\n" + Indented(YamlWriter.Write(value), indent + 2),
        JsonArray { Count: > 0 } => "\n" + Indented(YamlWriter.Write(value), indent + 2),
        _ => " " + Scalar(value),
    };

    private static string Element(JsonNode? value, int indent)
    {
        string text = value is JsonObject { Count: > 0 } or JsonArray { Count: > 0 } ? Indented(YamlWriter.Write(value), indent + 2).TrimStart() : Scalar(value);
        return $"- {text}";
    }

    private static string Indented(string text, int indent)
        => string.Join('\n', text.TrimEnd('\n').Split('\n').Select(line => line.Length == 0 ? line : Pad(indent) + line));

    private static string Scalar(JsonNode? value) => value switch
    {
        null => "null",
        JsonObject => "{}",
        JsonArray => "[]",
        _ => YamlWriter.Write(value).TrimEnd('\n'),
    };

    private static string Key(string name) => Scalar(JsonValue.Create(name));

    private static string FlowKey(string text, YamlPlace parent, string name)
        => text.AsSpan(parent.Start, parent.End - parent.Start).Contains('"') || name.AsSpan().IndexOfAny(":,{}[]") >= 0 ? KubeJson.Quote(name) : Key(name);

    private static string Pad(int indent) => new(' ', Math.Max(0, indent));

    private static (string Parent, string Last) Split(string pointer)
    {
        int slash = pointer.LastIndexOf('/');
        string last = slash < 0 ? "" : pointer[(slash + 1)..].Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
        return (slash < 0 ? "" : pointer[..slash], last);
    }
}
