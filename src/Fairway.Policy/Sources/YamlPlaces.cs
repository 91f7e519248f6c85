using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Fairway.Policy.Sources;

/// <summary>The sort of a node in the text, as far as edits need it.</summary>
public enum YamlShape
{
    Scalar,
    BlockMapping,
    FlowMapping,
    BlockSequence,
    FlowSequence,
    Alias,
}

/// <summary>Where a value stands in the text of a file.</summary>
public sealed record YamlPlace
{
    /// <summary>From 1: the key's place for a member, the value's for an element and the root.</summary>
    public required int Line { get; init; }

    /// <summary>From 1.</summary>
    public required int Column { get; init; }

    public required YamlShape Shape { get; init; }

    /// <summary>Where the value's text begins.</summary>
    public required int Start { get; init; }

    /// <summary>Where the value's text ends, exclusive, without blank lines and comments after it.</summary>
    public required int End { get; init; }

    /// <summary>Where the key's text begins; the value's own start for an element.</summary>
    public required int KeyStart { get; init; }

    /// <summary>Column, from 0, of keys or dashes in a block collection.</summary>
    public int Indent { get; init; }

    public int Count { get; init; }
}

/// <summary>The places of every value in one YAML or JSON document, by JSON pointer.</summary>
public sealed class YamlPlaces
{
    private readonly Dictionary<string, YamlPlace> _places = new(StringComparer.Ordinal);
    private readonly Parser _parser;
    private readonly string _text;

    private YamlPlaces(Parser parser, string text)
    {
        _parser = parser;
        _text = text;
    }

    public YamlPlace? this[string pointer] => _places.GetValueOrDefault(pointer);

    /// <summary>The place of a path, or of the nearest thing above it that is in the text.</summary>
    public YamlPlace? Nearest(FieldPath path)
    {
        for (FieldPath? at = path; at is not null; at = at.Parent)
        {
            if (_places.TryGetValue(at.ToPointer(), out YamlPlace? place))
            {
                return place;
            }
        }

        return null;
    }

    /// <summary>The places of each document with content, in the order in which a reader gives them. Text that cannot be read has no places.</summary>
    public static IReadOnlyList<YamlPlaces> Read(string text)
    {
        var documents = new List<YamlPlaces>();
        var parser = new Parser(new StringReader(text));
        try
        {
            parser.Consume<StreamStart>();
            while (!parser.TryConsume<StreamEnd>(out _))
            {
                parser.Consume<DocumentStart>();
                bool isEmpty = parser.Current is Scalar { Value.Length: 0, Style: ScalarStyle.Plain };
                var places = new YamlPlaces(parser, text);
                places.Value("", null, 0);
                if (!isEmpty)
                {
                    documents.Add(places);
                }

                parser.Consume<DocumentEnd>();
            }
        }
        catch (YamlDotNet.Core.YamlException)
        {
            // Whoever reads the values says what is wrong.
        }

        return documents;
    }

    private int Value(string pointer, Scalar? key, int depth)
    {
        ParsingEvent at = _parser.Current!;
        Mark shown = key?.Start ?? at.Start;
        int start = (int)at.Start.Index;
        switch (at)
        {
            case Scalar scalar:
                _parser.MoveNext();
                int end = scalar.Style is ScalarStyle.Literal or ScalarStyle.Folded ? Trim((int)scalar.End.Index) : (int)scalar.End.Index;
                Add(pointer, shown, key, YamlShape.Scalar, start, Math.Max(start, end), 0, 0);
                return Math.Max(start, end);
            case MappingStart mapping when depth < Fairway.Resources.Document.MaxDepth:
                return Mapping(pointer, shown, key, mapping, depth);
            case SequenceStart sequence when depth < Fairway.Resources.Document.MaxDepth:
                return Sequence(pointer, shown, key, sequence, depth);
            case AnchorAlias:
                _parser.MoveNext();
                Add(pointer, shown, key, YamlShape.Alias, start, (int)at.End.Index, 0, 0);
                return (int)at.End.Index;
            default:
                throw new YamlDotNet.Core.YamlException("too deep");
        }
    }

    private int Mapping(string pointer, Mark shown, Scalar? key, MappingStart mapping, int depth)
    {
        bool flow = mapping.Style == MappingStyle.Flow;
        _parser.MoveNext();
        int start = (int)mapping.Start.Index;
        int end = start;
        int indent = -1;
        int count = 0;
        while (_parser.Current is not MappingEnd)
        {
            if (_parser.Current is not Scalar name)
            {
                throw new YamlDotNet.Core.YamlException("a key must be a scalar");
            }

            if (indent < 0)
            {
                indent = (int)name.Start.Column - 1;
            }

            _parser.MoveNext();
            count++;
            end = Math.Max(Value($"{pointer}/{Escape(name.Value)}", name, depth + 1), (int)name.End.Index + 1);
        }

        int close = (int)_parser.Consume<MappingEnd>().End.Index;
        end = flow ? Closing('}', close) : end;
        Add(pointer, shown, key, flow ? YamlShape.FlowMapping : YamlShape.BlockMapping, start, end, indent, count);
        return end;
    }

    private int Sequence(string pointer, Mark shown, Scalar? key, SequenceStart sequence, int depth)
    {
        bool flow = sequence.Style == SequenceStyle.Flow;
        _parser.MoveNext();
        int start = (int)sequence.Start.Index;
        int end = start;
        int indent = -1;
        int index = 0;
        while (_parser.Current is not SequenceEnd)
        {
            if (indent < 0 && !flow)
            {
                indent = DashColumn((int)_parser.Current!.Start.Index);
            }

            end = Value($"{pointer}/{index.ToString(CultureInfo.InvariantCulture)}", null, depth + 1);
            index++;
        }

        int close = (int)_parser.Consume<SequenceEnd>().End.Index;
        end = flow ? Closing(']', close) : end;
        Add(pointer, shown, key, flow ? YamlShape.FlowSequence : YamlShape.BlockSequence, start, end, indent, index);
        return end;
    }

    /// <summary>The column of the dash before an element.</summary>
    private int DashColumn(int element)
    {
        int dash = element == 0 ? -1 : _text.LastIndexOf('-', element - 1);
        return dash < 0 ? 0 : dash - (_text.LastIndexOf('\n', dash) + 1);
    }

    /// <summary>Behind the bracket: the parser's mark may be before or after it.</summary>
    private int Closing(char bracket, int mark)
    {
        if (mark > 0 && mark <= _text.Length && (mark == _text.Length || _text[mark] != bracket) && _text[mark - 1] == bracket)
        {
            return mark;
        }

        int at = _text.IndexOf(bracket, Math.Min(mark, _text.Length));
        return at < 0 ? mark : at + 1;
    }

    private int Trim(int end)
    {
        end = Math.Min(end, _text.Length);
        while (end > 0 && char.IsWhiteSpace(_text[end - 1]))
        {
            end--;
        }

        return end;
    }

    private void Add(string pointer, Mark shown, Scalar? key, YamlShape shape, int start, int end, int indent, int count) => _places[pointer] = new YamlPlace
    {
        Line = (int)shown.Line,
        Column = (int)shown.Column,
        Shape = shape,
        Start = start,
        End = end,
        KeyStart = key is null ? start : (int)key.Start.Index,
        Indent = indent,
        Count = count,
    };

    private static string Escape(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
