using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.PromQL;

namespace Fairway.Telemetry.GoYaml;

/// <summary>Problems of one reading, in the words of the older or the newer of Go's two libraries.</summary>
/// <param name="newer">Whether the newer one speaks.</param>
internal sealed class YamlProblems(bool newer)
{
    private readonly List<string> all = [];

    public int Count => all.Count;

    /// <summary>Whether one of them would be found by a reading that lets unknown fields pass as well.</summary>
    public bool HasMoreThanUnknown { get; private set; }

    public void Add(string problem)
    {
        HasMoreThanUnknown = true;
        all.Add(problem);
    }

    public void Unknown(string problem) => all.Add(problem);

    public void Repeated(YamlTree node, YamlTree key, string words)
    {
        int first = node.Pairs.First(pair => pair.Key.Text == key.Text).Key.Line;
        Add($"line {key.Line}: {(newer ? $"mapping key {GoText.Quote(key.Text)} already defined at line {first}" : words)}");
    }

    public override string ToString() => "yaml: unmarshal errors:\n  " + string.Join("\n  ", all);
}

/// <summary>A field of a struct.</summary>
/// <param name="Name">As written.</param>
/// <param name="Shape">What it holds.</param>
/// <param name="Default">Its value when it is missing.</param>
/// <param name="Always">Whether it is written although it is empty.</param>
internal sealed record YamlField(string Name, YamlShape Shape, JsonNode? Default = null, bool Always = false);

/// <summary>
/// What a node has to be, told with the type names and words of the tools whose files are read: unknown and repeated fields and wrong
/// types are collected with their lines; what a type's own reading refuses ends the reading at once.
/// </summary>
internal abstract class YamlShape(string name)
{
    /// <summary>The type's name in errors.</summary>
    public string Name => name;

    /// <summary>The shape itself; what refers to itself gives the shape behind it.</summary>
    public virtual YamlShape Unfolded => this;

    public static YamlShape Text { get; } = new TextShape(null);

    /// <summary>A text that is never shown.</summary>
    public static YamlShape Secret { get; } = new TextShape(null) { IsSecret = true };

    public static YamlShape Flag { get; } = new FlagShape();

    public static YamlShape Int { get; } = new IntShape();

    public static YamlShape Float { get; } = new FloatShape();

    public static YamlShape Texts { get; } = List(Text);

    public static YamlShape TextMap { get; } = new MapShape(Text);

    /// <summary>Any tree.</summary>
    public static YamlShape Any { get; } = new AnyShape();

    /// <summary>A text with a check, which gives the problem or null.</summary>
    public static YamlShape Checked(Func<string, string?> check, bool secret = false) => new TextShape(check) { IsSecret = secret };

    public static YamlShape List(YamlShape item) => new ListShape(item);

    public static YamlShape Map(YamlShape value) => new MapShape(value);

    public static YamlShape Struct(string name, IReadOnlyList<YamlField> fields, Action<JsonObject>? check = null) => new StructShape(name, fields, check);

    /// <summary>Reads a node.</summary>
    /// <param name="node">The node; null gives nothing.</param>
    /// <param name="problems">Takes wrong types and unknown fields, with their lines.</param>
    /// <exception cref="YamlTextException">A value is refused.</exception>
    public abstract JsonNode? Read(YamlTree node, YamlProblems problems);

    /// <summary>Reads a text wholly.</summary>
    /// <exception cref="YamlTextException">It is no YAML, or not of the shape; all problems are named.</exception>
    public JsonNode? Read(YamlTree? node, bool newer = false)
    {
        var problems = new YamlProblems(newer);
        JsonNode? read = node is null || node.IsNull ? null : Read(node, problems);
        return problems.Count == 0 ? read : throw new YamlTextException(problems.ToString());
    }

    private protected JsonNode? Wrong(YamlTree node, YamlProblems problems)
    {
        string value = node.Kind != YamlKind.Scalar ? string.Empty : node.Text.Length > 10 ? $" `{node.Text[..7]}...`" : $" `{node.Text}`";
        problems.Add($"line {node.Line}: cannot unmarshal {node.Tag}{value} into {Name}");
        return null;
    }

    internal sealed class TextShape(Func<string, string?>? check) : YamlShape("string")
    {
        public bool IsSecret { get; init; }

        public override JsonNode? Read(YamlTree node, YamlProblems problems)
        {
            if (node.Kind != YamlKind.Scalar)
            {
                return Wrong(node, problems);
            }

            if (node.IsNull)
            {
                return null;
            }

            return check?.Invoke(node.Text) is { } problem ? throw new YamlTextException(problem) : JsonValue.Create(node.Text);
        }
    }

    internal sealed class FlagShape() : YamlShape("bool")
    {
        public override JsonNode? Read(YamlTree node, YamlProblems problems)
            => node.IsNull ? null : node is { Kind: YamlKind.Scalar, IsPlain: true } && YamlForms.Boolean(node.Text) is { } flag ? JsonValue.Create(flag) : Wrong(node, problems);
    }

    internal sealed class IntShape() : YamlShape("int")
    {
        public override JsonNode? Read(YamlTree node, YamlProblems problems)
            => node.IsNull ? null : node is { Kind: YamlKind.Scalar, IsPlain: true } && YamlForms.Number(node.Text) is { } number ? JsonValue.Create(number) : Wrong(node, problems);
    }

    internal sealed class FloatShape() : YamlShape("float64")
    {
        public override JsonNode? Read(YamlTree node, YamlProblems problems)
            => node.IsNull ? null
                : node is { Kind: YamlKind.Scalar, IsPlain: true, Tag: "!!int" or "!!float" } ? JsonValue.Create(node.Text)
                : Wrong(node, problems);
    }

    internal sealed class AnyShape() : YamlShape("interface {}")
    {
        public override JsonNode? Read(YamlTree node, YamlProblems problems) => node.Kind switch
        {
            YamlKind.Mapping => new JsonObject(node.Pairs.DistinctBy(pair => pair.Key.Text).Select(pair => KeyValuePair.Create(pair.Key.Text, Read(pair.Value, problems)))),
            YamlKind.Sequence => new JsonArray([.. node.Items.Select(item => Read(item, problems))]),
            _ => node.IsNull ? null
                : node.Tag switch
                {
                    "!!bool" => JsonValue.Create(YamlForms.Boolean(node.Text)!.Value),
                    "!!int" when YamlForms.Number(node.Text) is { } number => JsonValue.Create(number),
                    "!!float" when double.TryParse(node.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) => JsonValue.Create(number),
                    _ => JsonValue.Create(node.Text),
                },
        };
    }

    internal sealed class ListShape(YamlShape item) : YamlShape("[]" + item.Name)
    {
        public YamlShape Item => item;

        public override JsonNode? Read(YamlTree node, YamlProblems problems)
        {
            if (node.IsNull)
            {
                return null;
            }

            if (node.Kind != YamlKind.Sequence)
            {
                return Wrong(node, problems);
            }

            var list = new JsonArray();
            foreach (YamlTree one in node.Items)
            {
                list.Add(one.IsNull ? null : item.Read(one, problems));
            }

            return list;
        }
    }

    internal sealed class MapShape(YamlShape value) : YamlShape("map[string]" + value.Name)
    {
        public YamlShape Value => value;

        public override JsonNode? Read(YamlTree node, YamlProblems problems)
        {
            if (node.IsNull)
            {
                return null;
            }

            if (node.Kind != YamlKind.Mapping)
            {
                return Wrong(node, problems);
            }

            var map = new JsonObject();
            foreach ((YamlTree key, YamlTree item) in node.Pairs)
            {
                if (map.ContainsKey(key.Text))
                {
                    problems.Repeated(node, key, $"key {GoText.Quote(key.Text)} already set in map");
                    continue;
                }

                map[key.Text] = item.IsNull ? string.Empty : value.Read(item, problems);
            }

            return map;
        }
    }

    internal sealed class StructShape(string name, IReadOnlyList<YamlField> fields, Action<JsonObject>? check) : YamlShape(name)
    {
        private readonly Dictionary<string, YamlField> known = fields.ToDictionary(field => field.Name, StringComparer.Ordinal);

        public IReadOnlyList<YamlField> Fields => fields;

        public override JsonNode? Read(YamlTree node, YamlProblems problems)
        {
            if (node.IsNull)
            {
                return null;
            }

            if (node.Kind != YamlKind.Mapping)
            {
                return Wrong(node, problems);
            }

            int before = problems.Count;
            var read = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
            foreach ((YamlTree key, YamlTree item) in node.Pairs)
            {
                if (!known.TryGetValue(key.Text, out YamlField? field))
                {
                    problems.Unknown($"line {key.Line}: field {key.Text} not found in type {Name}");
                }
                else if (read.ContainsKey(key.Text))
                {
                    problems.Repeated(node, key, $"field {key.Text} already set in type {Name}");
                }
                else
                {
                    read[key.Text] = item.IsNull ? null : field.Shape.Read(item, problems);
                }
            }

            // In the order of the type, with what was not said.
            var result = new JsonObject();
            foreach (YamlField field in fields)
            {
                result[field.Name] = read.TryGetValue(field.Name, out JsonNode? value) ? value : field.Default?.DeepClone();
            }

            if (problems.Count == before)
            {
                check?.Invoke(result);
            }

            return result;
        }
    }
}
