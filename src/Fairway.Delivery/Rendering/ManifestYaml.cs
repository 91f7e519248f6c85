using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Fairway.Delivery.Rendering;

/// <summary>Reads manifests: YAML with any number of documents, or JSON, which is YAML too.</summary>
internal static class ManifestYaml
{
    private const int MaxLength = 4 * 1024 * 1024;
    private const int MaxDepth = 100;
    private const int MaxNodes = 500_000;

    /// <summary>All documents with the line that each begins on; empty ones are left out.</summary>
    /// <exception cref="RenderException">The text is not YAML, too large, too deep, or names a key twice.</exception>
    public static IReadOnlyList<(JsonNode Node, int Line)> Read(string file, string text)
    {
        if (text.Length > MaxLength)
        {
            throw new RenderException($"{file}: {text.Length} characters; at most {MaxLength} are read");
        }

        try
        {
            return new Reader(file, text).Documents();
        }
        catch (YamlException bad)
        {
            throw new RenderException($"{file}:{bad.Start.Line}: not valid YAML: {bad.InnerException?.Message ?? bad.Message}", bad);
        }
    }

    private sealed class Reader(string file, string text)
    {
        private readonly Parser _parser = new(new StringReader(text));
        private readonly Dictionary<string, JsonNode?> _anchors = [];
        private int _nodes;

        public List<(JsonNode Node, int Line)> Documents()
        {
            List<(JsonNode, int)> documents = [];
            _parser.Consume<StreamStart>();
            while (_parser.TryConsume<DocumentStart>(out _))
            {
                _anchors.Clear();
                long line = _parser.Current!.Start.Line;
                if (Value(0) is { } node)
                {
                    documents.Add((node, (int)line));
                }

                _parser.Consume<DocumentEnd>();
            }

            return documents;
        }

        private JsonNode? Value(int depth)
        {
            ParsingEvent current = _parser.Current ?? throw new RenderException($"{file}: ends in the middle of a value");
            if (depth > MaxDepth || ++_nodes > MaxNodes)
            {
                throw new RenderException($"{file}:{current.Start.Line}: too deeply nested or too large");
            }

            if (_parser.TryConsume<AnchorAlias>(out AnchorAlias? alias))
            {
                return _anchors.TryGetValue(alias.Value.Value, out JsonNode? aliased)
                    ? Copy(aliased)
                    : throw new RenderException($"{file}:{alias.Start.Line}: alias *{alias.Value.Value} has no anchor");
            }

            AnchorName anchor = ((NodeEvent)current).Anchor;
            JsonNode? value = _parser.TryConsume<Scalar>(out Scalar? scalar) ? Scalar(scalar)
                : _parser.TryConsume<SequenceStart>(out _) ? Sequence(depth)
                : Mapping(depth);
            if (!anchor.IsEmpty)
            {
                _anchors[anchor.Value] = value;
            }

            return value;
        }

        private JsonNode? Copy(JsonNode? aliased)
        {
            _nodes += Count(aliased);
            return _nodes > MaxNodes ? throw new RenderException($"{file}: aliases expand to too much") : aliased?.DeepClone();
        }

        private static int Count(JsonNode? node) => node switch
        {
            JsonObject members => 1 + members.Sum(member => Count(member.Value)),
            JsonArray items => 1 + items.Sum(Count),
            _ => 1,
        };

        private JsonArray Sequence(int depth)
        {
            var items = new JsonArray();
            while (!_parser.TryConsume<SequenceEnd>(out _))
            {
                items.Add(Value(depth + 1));
            }

            return items;
        }

        private JsonObject Mapping(int depth)
        {
            _parser.Consume<MappingStart>();
            var members = new JsonObject();
            List<JsonNode?> merged = [];
            while (!_parser.TryConsume<MappingEnd>(out _))
            {
                ParsingEvent at = _parser.Current!;
                if (!_parser.TryConsume<Scalar>(out Scalar? key))
                {
                    throw new RenderException($"{file}:{at.Start.Line}: a key must be a plain word, not a list or a mapping");
                }

                JsonNode? value = Value(depth + 1);
                if (key is { Value: "<<", IsQuotedImplicit: false })
                {
                    merged.Add(value);
                }
                else if (!members.TryAdd(key.Value, value))
                {
                    throw new RenderException($"{file}:{key.Start.Line}: key \"{key.Value}\" occurs twice in one mapping");
                }
            }

            foreach (JsonObject from in merged.SelectMany(node => node is JsonArray list ? list.OfType<JsonObject>() : new[] { node }.OfType<JsonObject>()))
            {
                foreach ((string name, JsonNode? value) in from)
                {
                    members.TryAdd(name, value?.DeepClone());
                }
            }

            return members;
        }

        private JsonNode? Scalar(Scalar scalar)
        {
            bool isString = scalar.Style is not (ScalarStyle.Plain or ScalarStyle.Any)
                || (!scalar.Tag.IsEmpty && scalar.Tag.Value.EndsWith(":str", StringComparison.Ordinal));
            return isString ? JsonValue.Create(scalar.Value) : Plain(scalar.Value);
        }
    }

    /// <summary>A plain scalar as kubectl reads it (YAML 1.1 booleans).</summary>
    internal static JsonNode? Plain(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return null;
            case "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON":
                return JsonValue.Create(true);
            case "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF":
                return JsonValue.Create(false);
        }

        string digits = text.Replace("_", "", StringComparison.Ordinal);
        if (!char.IsAsciiDigit(text[0]) && text[0] is not ('-' or '+' or '.'))
        {
            return JsonValue.Create(text);
        }

        if (long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) && !IsOctal(digits))
        {
            return JsonValue.Create(whole);
        }

        if (Radix(digits) is { } number)
        {
            return JsonValue.Create(number);
        }

        return digits.AsSpan().IndexOfAnyExcept("0123456789.eE+-") < 0
            && double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out double real)
            && double.IsFinite(real)
                ? JsonValue.Create(real)
                : JsonValue.Create(text);
    }

    private static bool IsOctal(string digits) => digits.Length > 1 && digits.TrimStart('-', '+') is ['0', _, ..];

    private static long? Radix(string digits)
    {
        (int radix, string body) = digits switch
        {
            ['0', 'x' or 'X', .. var hex] => (16, hex),
            ['0', 'o' or 'O', .. var octal] => (8, octal),
            ['0', 'b' or 'B', .. var binary] => (2, binary),
            ['0', .. var old] when old.Length > 0 && old.AsSpan().IndexOfAnyExcept("01234567") < 0 => (8, old),
            _ => (0, ""),
        };
        if (radix == 0 || body.Length is 0 or > 15)
        {
            return null;
        }

        try
        {
            return Convert.ToInt64(body, radix);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
