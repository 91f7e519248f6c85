using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Fairway.Resources.Yaml;

/// <summary>
/// Reads YAML as Kubernetes does (YAML 1.2 with the old booleans and octal numbers) into JSON trees. Duplicate keys, unknown
/// anchors, excess in size, depth or alias expansion are errors with file, line and column.
/// </summary>
public sealed class YamlReader
{
    private readonly Parser _parser;
    private readonly string? _file;
    private readonly YamlOptions _options;
    private readonly Dictionary<string, JsonNode?> _anchors = new(StringComparer.Ordinal);
    private int _nodes;

    private YamlReader(string text, string? file, YamlOptions options)
    {
        _parser = new Parser(new StringReader(text));
        _file = file;
        _options = options;
    }

    /// <summary>Reads all documents of a stream; documents without content are left out.</summary>
    /// <exception cref="YamlException">The text cannot be read.</exception>
    public static IReadOnlyList<YamlDocument> Read(string text, string? file = null, YamlOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        options ??= YamlOptions.Default;
        if (text.Length > options.MaxLength)
        {
            throw new YamlException($"the text has {text.Length} characters; at most {options.MaxLength} are read", file, 1, 1);
        }

        var reader = new YamlReader(text, file, options);
        try
        {
            return reader.Documents();
        }
        catch (YamlDotNet.Core.YamlException error)
        {
            // Some scanner errors carry no place; what was read last is the nearest then.
            Mark at = error.Start.Index == 0 && reader._parser.Current is { } last ? last.End : error.Start;
            throw new YamlException(error.Message, file, (int)at.Line, (int)at.Column);
        }
        catch (InvalidOperationException)
        {
            // The scanner loses its footing in some broken flow mappings without saying where.
            Mark at = reader._parser.Current?.End ?? Mark.Empty;
            throw new YamlException("the text is not YAML from here on", file, (int)at.Line, (int)at.Column);
        }
    }

    /// <summary>Reads a request body that is YAML or JSON and must be one object.</summary>
    /// <param name="utf8">The body.</param>
    /// <param name="problems"><c>duplicate field "spec.x"</c> of a JSON body.</param>
    /// <param name="options">Limits.</param>
    /// <exception cref="StatusException">400, naming line and column.</exception>
    public static JsonObject ReadObject(ReadOnlySpan<byte> utf8, out IReadOnlyList<string> problems, YamlOptions? options = null)
    {
        if (utf8.TrimStart(" \t\r\n"u8) is [(byte)'{', ..])
        {
            try
            {
                DecodedObject decoded = ObjectDecoder.Decode(utf8, ResourceSchema.FreeForm);
                problems = decoded.Problems;
                return decoded.Object;
            }
            catch (StatusException) when (!IsJson(utf8))
            {
                // A flow mapping is YAML, too.
            }
        }

        problems = [];
        try
        {
            IReadOnlyList<YamlDocument> documents = Read(Encoding.UTF8.GetString(utf8), "body", options);
            return documents is [{ Node: JsonObject only }]
                ? only
                : throw StatusException.BadRequest($"the request body must be one YAML object, not {(documents.Count == 1 ? KubeJson.TypeOf(documents[0].Node) : documents.Count + " documents")}");
        }
        catch (YamlException error)
        {
            throw StatusException.BadRequest($"error decoding YAML: {error.Message}");
        }
    }

    private static bool IsJson(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = Document.MaxDepth });
        try
        {
            return reader.Read() && reader.TrySkip();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private List<YamlDocument> Documents()
    {
        var documents = new List<YamlDocument>();
        _parser.Consume<StreamStart>();
        while (!_parser.TryConsume<StreamEnd>(out _))
        {
            _parser.Consume<DocumentStart>();
            _anchors.Clear();
            int line = (int)_parser.Current!.Start.Line;
            JsonNode? node = Value(1);
            if (node is not null)
            {
                documents.Add(new YamlDocument(node, line));
            }

            _parser.Consume<DocumentEnd>();
        }

        return documents;
    }

    private JsonNode? Value(int depth)
    {
        ParsingEvent current = _parser.Current ?? throw new YamlException("unexpected end", _file, 1, 1);
        if (depth > _options.MaxDepth)
        {
            throw Refuse(current, $"nested more than {_options.MaxDepth} deep");
        }

        Count(current, 1);
        if (current is AnchorAlias alias)
        {
            _parser.MoveNext();
            return Expand(alias);
        }

        if (current is Scalar scalar)
        {
            _parser.MoveNext();
            return Remember(scalar.Anchor, Resolve(scalar));
        }

        if (current is SequenceStart sequence)
        {
            _parser.MoveNext();
            var items = new JsonArray();
            while (!_parser.TryConsume<SequenceEnd>(out _))
            {
                items.Add(Value(depth + 1));
            }

            return Remember(sequence.Anchor, items);
        }

        MappingStart mapping = _parser.Consume<MappingStart>();
        return Remember(mapping.Anchor, Mapping(depth));
    }

    private JsonObject Mapping(int depth)
    {
        var members = new JsonObject();
        var merges = new List<JsonNode?>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            ParsingEvent at = _parser.Current!;
            string key = Key();
            if (key == "<<" && at is Scalar { Style: ScalarStyle.Plain })
            {
                merges.Add(Value(depth + 1));
                continue;
            }

            if (members.ContainsKey(key))
            {
                throw Refuse(at, $"key {KubeJson.Quote(key)} is already set in this mapping");
            }

            members[key] = Value(depth + 1);
        }

        foreach (JsonNode? merge in merges)
        {
            Merge(members, merge);
        }

        return members;
    }

    /// <summary><c>&lt;&lt;</c>: members of other mappings where the mapping has none of its own.</summary>
    private static void Merge(JsonObject members, JsonNode? from)
    {
        if (from is JsonArray several)
        {
            foreach (JsonNode? each in several)
            {
                Merge(members, each);
            }
        }

        foreach ((string name, JsonNode? value) in from as JsonObject ?? [])
        {
            if (!members.ContainsKey(name))
            {
                members[name] = value?.DeepClone();
            }
        }
    }

    private string Key()
    {
        ParsingEvent at = _parser.Current!;
        Count(at, 1);
        JsonNode? node = at switch
        {
            Scalar => Resolve(_parser.Consume<Scalar>()),
            AnchorAlias => Expand(_parser.Consume<AnchorAlias>()),
            _ => throw Refuse(at, "a key must be a scalar"),
        };
        return node switch
        {
            null => "null",
            JsonValue value when KubeJson.AsString(value) is { } text => text,
            JsonValue value => value.ToJsonString(),
            _ => throw Refuse(at, "a key must be a scalar"),
        };
    }

    private JsonNode? Resolve(Scalar scalar)
    {
        string tag = scalar.Tag.IsEmpty ? "" : scalar.Tag.Value;
        if (tag is "tag:yaml.org,2002:str" or "!" || (tag.Length == 0 && scalar.Style != ScalarStyle.Plain))
        {
            return scalar.Value;
        }

        try
        {
            return YamlScalars.Resolve(scalar.Value, _options.OldBooleans);
        }
        catch (FormatException error)
        {
            throw Refuse(scalar, error.Message);
        }
    }

    private JsonNode? Expand(AnchorAlias alias)
    {
        if (!_anchors.TryGetValue(alias.Value.Value, out JsonNode? node))
        {
            throw Refuse(alias, $"unknown anchor '{alias.Value.Value}'");
        }

        Count(alias, Size(node));
        return node?.DeepClone();
    }

    private JsonNode? Remember(AnchorName anchor, JsonNode? node)
    {
        if (!anchor.IsEmpty)
        {
            _anchors[anchor.Value] = node?.DeepClone();
        }

        return node;
    }

    private void Count(ParsingEvent at, int more)
    {
        _nodes += more;
        if (_nodes > _options.MaxNodes || _nodes < 0)
        {
            throw Refuse(at, $"more than {_options.MaxNodes} values after aliases are expanded");
        }
    }

    private static int Size(JsonNode? node) => node switch
    {
        JsonObject members => 1 + members.Sum(pair => 1 + Size(pair.Value)),
        JsonArray items => 1 + items.Sum(Size),
        _ => 1,
    };

    private YamlException Refuse(ParsingEvent at, string why) => new(why, _file, (int)at.Start.Line, (int)at.Start.Column);
}
