using System.Globalization;
using System.Text.RegularExpressions;
using Fairway.Pipelines.Expressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Fairway.Pipelines.Syntax;

/// <summary>A YAML node and where it begins (line and column from 1): a closed set.</summary>
internal abstract record YamlTree(int Line, int Column)
{
    /// <summary>Nodes from here down, each alias counted in full.</summary>
    public int Weight { get; init; } = 1;

    public string Describe() => this switch
    {
        Scalar { Text.Length: 0 } => "nothing",
        Scalar scalar => $"'{scalar.Text}'",
        Sequence => "a list",
        _ => "a mapping",
    };

    internal sealed record Scalar(string Text, ScalarStyle Style, int Line, int Column) : YamlTree(Line, Column)
    {
        /// <summary>No value at all: an empty or <c>null</c> plain scalar.</summary>
        public bool IsNull => Style == ScalarStyle.Plain && Text is "" or "~" or "null" or "Null" or "NULL";

        /// <summary>The value by YAML's core schema; quoted and block scalars are texts.</summary>
        public ExpressionValue Value => Style != ScalarStyle.Plain ? ExpressionValue.Of(Text)
            : IsNull ? ExpressionValue.Null
            : Text switch
            {
                "true" or "True" or "TRUE" => ExpressionValue.True,
                "false" or "False" or "FALSE" => ExpressionValue.False,
                _ when YamlReader.Number().IsMatch(Text) => ExpressionValue.Of(NumberOf(Text)),
                _ => ExpressionValue.Of(Text),
            };

        private static double NumberOf(string text)
        {
            string lower = text.ToLowerInvariant();
            return lower.EndsWith(".inf", StringComparison.Ordinal) ? (lower[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity)
                : lower == ".nan" ? double.NaN
                : NumberText.Parse(text);
        }
    }

    internal sealed record Sequence(IReadOnlyList<YamlTree> Items, int Line, int Column) : YamlTree(Line, Column);

    internal sealed record Mapping(IReadOnlyList<KeyValuePair<Scalar, YamlTree>> Entries, int Line, int Column) : YamlTree(Line, Column)
    {
        public YamlTree? Find(string key) => Entries.FirstOrDefault(entry => entry.Key.Text == key).Value;
    }
}

/// <summary>Reads one YAML document within limits. Anchors are followed; their expansion is counted, so that aliases cannot multiply.</summary>
internal static partial class YamlReader
{
    private const int MaxCharacters = 512 * 1024;
    private const int MaxDepth = 64;
    private const int MaxNodes = 100_000;

    /// <summary>The document, or null with a notice that says where it is wrong.</summary>
    public static YamlTree? Read(string text, NoticeList notices)
    {
        if (text.Length > MaxCharacters)
        {
            notices.Error(1, 1, $"The file has {text.Length} characters; at most {MaxCharacters} are taken.");
            return null;
        }

        Parser parser = new(new StringReader(text));
        try
        {
            return new Session(parser, notices).ReadDocument();
        }
        catch (YamlException wrong)
        {
            notices.Error((int)wrong.Start.Line, (int)wrong.Start.Column, $"The file is not valid YAML: {Reason(wrong)}");
            return null;
        }
        catch (Exception wrong) when (wrong is InvalidOperationException or ArgumentException or FormatException or IndexOutOfRangeException)
        {
            // Some malformed files bring the YAML scanner out of step, which it tells with ordinary exceptions.
            notices.Error((int)(parser.Current?.End.Line ?? 1), (int)(parser.Current?.End.Column ?? 1), "The file is not valid YAML from here on.");
            return null;
        }
    }

    [GeneratedRegex(@"\A(?:[-+]?(?:[0-9]+|(?:[0-9]+\.[0-9]*|\.[0-9]+)|(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][-+]?[0-9]+|\.(?:inf|Inf|INF))|0o[0-7]+|0x[0-9a-fA-F]+|\.(?:nan|NaN|NAN))\z", RegexOptions.CultureInvariant, 1000)]
    internal static partial Regex Number();

    private static string Reason(YamlException wrong)
    {
        string message = (wrong.InnerException ?? wrong).Message;
        int colon = message.IndexOf("): ", StringComparison.Ordinal);
        return colon >= 0 && message.StartsWith('(') ? message[(colon + 3)..] : message;
    }

    private sealed class Session(Parser parser, NoticeList notices)
    {
        private readonly Dictionary<string, YamlTree> _anchors = new(StringComparer.Ordinal);
        private int _nodes;

        public YamlTree? ReadDocument()
        {
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _))
            {
                notices.Error(1, 1, "The file is empty.");
                return null;
            }

            parser.Consume<DocumentStart>();
            YamlTree root = ReadNode(0);
            parser.Consume<DocumentEnd>();
            if (parser.Accept<DocumentStart>(out DocumentStart? second))
            {
                notices.Error((int)second.Start.Line, 1, "A second YAML document is not taken.");
            }

            return root;
        }

        private YamlTree ReadNode(int depth)
        {
            ParsingEvent next = parser.Current ?? throw new YamlException("The file ends too early.");
            if (depth > MaxDepth)
            {
                throw new YamlException(next.Start, next.End, $"Nesting is deeper than {MaxDepth}.");
            }

            YamlTree node = next switch
            {
                AnchorAlias => ReadAlias(parser.Consume<AnchorAlias>()),
                Scalar => ReadScalar(parser.Consume<Scalar>()),
                SequenceStart => ReadSequence(parser.Consume<SequenceStart>(), depth),
                MappingStart => ReadMapping(parser.Consume<MappingStart>(), depth),
                _ => throw new YamlException(next.Start, next.End, "Something else was expected here."),
            };
            if (next is NodeEvent { Anchor.IsEmpty: false } anchored)
            {
                _anchors[anchored.Anchor.Value] = node;
            }

            return node;
        }

        private YamlTree ReadAlias(AnchorAlias alias)
        {
            if (!_anchors.TryGetValue(alias.Value.Value, out YamlTree? target))
            {
                throw new YamlException(alias.Start, alias.End, $"The alias *{alias.Value.Value} names no anchor before it.");
            }

            Count(target.Weight, alias);
            return target;
        }

        private YamlTree.Scalar ReadScalar(Scalar scalar)
        {
            Count(1, scalar);
            bool text = scalar.Tag is { IsEmpty: false } tag && tag.Value.EndsWith(":str", StringComparison.Ordinal);
            ScalarStyle style = text && scalar.Style == ScalarStyle.Plain ? ScalarStyle.SingleQuoted : scalar.Style;
            return new YamlTree.Scalar(scalar.Value, style, (int)scalar.Start.Line, (int)scalar.Start.Column);
        }

        private YamlTree.Sequence ReadSequence(SequenceStart start, int depth)
        {
            Count(1, start);
            List<YamlTree> items = [];
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                items.Add(ReadNode(depth + 1));
            }

            return new YamlTree.Sequence(items, (int)start.Start.Line, (int)start.Start.Column) { Weight = 1 + items.Sum(item => item.Weight) };
        }

        private YamlTree.Mapping ReadMapping(MappingStart start, int depth)
        {
            Count(1, start);
            List<KeyValuePair<YamlTree.Scalar, YamlTree>> entries = [];
            HashSet<string> seen = new(StringComparer.Ordinal);
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                ParsingEvent at = parser.Current!;
                if (ReadNode(depth + 1) is not YamlTree.Scalar key)
                {
                    throw new YamlException(at.Start, at.End, "A key must be a text.");
                }

                if (!seen.Add(key.Text))
                {
                    notices.Error(key, $"The key '{key.Text}' is there twice.");
                }

                entries.Add(KeyValuePair.Create(key, ReadNode(depth + 1)));
            }

            return new YamlTree.Mapping(entries, (int)start.Start.Line, (int)start.Start.Column)
            {
                Weight = 1 + entries.Sum(entry => 1 + entry.Value.Weight),
            };
        }

        private void Count(int nodes, ParsingEvent at)
        {
            _nodes = _nodes > MaxNodes - nodes ? throw new YamlException(at.Start, at.End, $"The file has more than {MaxNodes.ToString(CultureInfo.InvariantCulture)} nodes, aliases counted.") : _nodes + nodes;
        }
    }
}
