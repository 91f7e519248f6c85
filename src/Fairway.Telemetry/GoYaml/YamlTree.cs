using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Fairway.Telemetry.GoYaml;

/// <summary>What a node of a YAML text is.</summary>
internal enum YamlKind
{
    Scalar,
    Sequence,
    Mapping,
}

/// <summary>A node with its place, because the tools whose files we read name lines in their errors.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
internal sealed record YamlTree(YamlKind Kind, int Line, int Column)
{
    private const int MostNodes = 1_000_000;
    private const int MostDepth = 100;

    /// <summary>A scalar's text.</summary>
    public string Text { get; init; } = string.Empty;

    /// <summary>Whether the scalar is written without quotes, so that its form decides its type.</summary>
    public bool IsPlain { get; init; }

    /// <summary>A sequence's items.</summary>
    public List<YamlTree> Items { get; } = [];

    /// <summary>A mapping's pairs as written; keys may repeat.</summary>
    public List<(YamlTree Key, YamlTree Value)> Pairs { get; } = [];

    /// <summary>The value of a field; null when it is missing.</summary>
    public YamlTree? this[string name]
    {
        get
        {
            foreach ((YamlTree key, YamlTree value) in Pairs)
            {
                if (key.Text == name)
                {
                    return value;
                }
            }

            return null;
        }
    }

    public bool IsNull => Kind == YamlKind.Scalar && IsPlain && Text is "" or "~" or "null" or "Null" or "NULL";

    /// <summary>The type by its short name: <c>!!str</c>, <c>!!int</c>, <c>!!map</c> and so on.</summary>
    public string Tag => Kind switch
    {
        YamlKind.Mapping => "!!map",
        YamlKind.Sequence => "!!seq",
        _ => !IsPlain ? "!!str" : YamlForms.Tag(Text),
    };

    /// <summary>Reads the first document; null when there is none.</summary>
    /// <param name="text">The text.</param>
    /// <param name="more">Whether documents follow, which nobody reads.</param>
    /// <exception cref="YamlTextException">It is no YAML, or too large.</exception>
    public static YamlTree? Read(string text, out bool more)
    {
        var parser = new Parser(new StringReader(text));
        try
        {
            parser.Consume<StreamStart>();
            if (parser.TryConsume<StreamEnd>(out _))
            {
                more = false;
                return null;
            }

            parser.Consume<DocumentStart>();
            YamlTree node = new Loader(parser).Node(0);
            parser.Consume<DocumentEnd>();
            more = !parser.TryConsume<StreamEnd>(out _);
            return node;
        }
        catch (YamlException broken)
        {
            throw new YamlTextException($"yaml: line {Math.Max(1, broken.Start.Line)}: {YamlForms.Words(broken.Message)}");
        }
        catch (InvalidOperationException)
        {
            throw new YamlTextException($"yaml: line {Math.Max(1, parser.Current?.Start.Line ?? 1)}: did not find expected node content");
        }
    }

    private sealed class Loader(Parser parser)
    {
        private readonly Dictionary<string, YamlTree> anchors = new(StringComparer.Ordinal);
        private int nodes;

        public YamlTree Node(int depth)
        {
            if (depth > MostDepth || ++nodes > MostNodes)
            {
                throw new YamlTextException(depth > MostDepth ? $"yaml: exceeded max depth of {MostDepth}" : $"yaml: more than {MostNodes} nodes");
            }

            if (parser.Current is AnchorAlias alias)
            {
                parser.MoveNext();
                YamlTree known = anchors.GetValueOrDefault(alias.Value.Value) ?? throw new YamlTextException($"yaml: unknown anchor '{alias.Value}' referenced");
                nodes += Size(known);
                return known;
            }

            if (parser.Current is Scalar scalar)
            {
                parser.MoveNext();
                return Remember(scalar, new YamlTree(YamlKind.Scalar, (int)scalar.Start.Line, (int)scalar.Start.Column)
                {
                    Text = scalar.Value,
                    IsPlain = scalar.Style == ScalarStyle.Plain && scalar.Tag.IsEmpty,
                });
            }

            if (parser.Current is SequenceStart sequence)
            {
                parser.MoveNext();
                YamlTree list = Remember(sequence, new YamlTree(YamlKind.Sequence, (int)sequence.Start.Line, (int)sequence.Start.Column));
                while (!parser.TryConsume<SequenceEnd>(out _))
                {
                    list.Items.Add(Node(depth + 1));
                }

                return list;
            }

            MappingStart start = parser.Consume<MappingStart>();
            YamlTree map = Remember(start, new YamlTree(YamlKind.Mapping, (int)start.Start.Line, (int)start.Start.Column));
            var merged = new List<YamlTree>();
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                YamlTree key = Node(depth + 1);
                YamlTree value = Node(depth + 1);
                if (key is { Text: "<<", IsPlain: true })
                {
                    merged.AddRange(value.Kind == YamlKind.Sequence ? value.Items : [value]);
                }
                else
                {
                    map.Pairs.Add((key, value));
                }
            }

            foreach ((YamlTree key, YamlTree value) in merged.SelectMany(one => one.Pairs).ToList())
            {
                if (map[key.Text] is null)
                {
                    map.Pairs.Add((key, value));
                }
            }

            return map;
        }

        private YamlTree Remember(NodeEvent read, YamlTree node)
        {
            if (!read.Anchor.IsEmpty)
            {
                anchors[read.Anchor.Value] = node;
            }

            return node;
        }

        private static int Size(YamlTree node) => 1 + node.Items.Sum(Size) + node.Pairs.Sum(pair => 1 + Size(pair.Value));
    }
}

/// <summary>A text that is no YAML.</summary>
internal sealed class YamlTextException(string message) : Exception(message);

/// <summary>Forms of plain scalars, as YAML libraries of Go see them.</summary>
internal static partial class YamlForms
{
    public static string Tag(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => "!!null",
        _ when Boolean(text) is not null => "!!bool",
        _ when Integer().IsMatch(text) => "!!int",
        _ when Float().IsMatch(text) => "!!float",
        _ when Date().IsMatch(text) => "!!timestamp",
        _ => "!!str",
    };

    public static bool? Boolean(string text) => text switch
    {
        "true" or "True" or "TRUE" or "y" or "Y" or "yes" or "Yes" or "YES" or "on" or "On" or "ON" => true,
        "false" or "False" or "FALSE" or "n" or "N" or "no" or "No" or "NO" or "off" or "Off" or "OFF" => false,
        _ => null,
    };

    public static long? Number(string text)
    {
        string digits = text.Replace("_", string.Empty, StringComparison.Ordinal);
        return !Integer().IsMatch(text) ? null : long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;
    }

    /// <summary>The parser's words, as far as the other libraries have words for the same.</summary>
    public static string Words(string message)
        => message.Contains("simple key", StringComparison.Ordinal) ? "could not find expected ':'"
            : message.Contains("anchor", StringComparison.OrdinalIgnoreCase) ? message
            : message.Contains("tab", StringComparison.OrdinalIgnoreCase) ? "found character that cannot start any token"
            : message.Contains("mapping values", StringComparison.OrdinalIgnoreCase) || message.Contains("invalid mapping", StringComparison.OrdinalIgnoreCase) ? "mapping values are not allowed in this context"
            : message.Contains("block mapping", StringComparison.Ordinal) ? "did not find expected key"
            : message.Contains("block collection", StringComparison.Ordinal) || message.Contains("'-' indicator", StringComparison.Ordinal) ? "did not find expected '-' indicator"
            : message;

    [GeneratedRegex(@"^[-+]?(0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|0o?[0-7_]+|0b[01_]+)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Integer();

    [GeneratedRegex(@"^([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Float();

    [GeneratedRegex(@"^\d{4}-\d{1,2}-\d{1,2}([Tt ].*)?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Date();
}
