using System.Globalization;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Labels;

/// <summary>Recursive descent over <c>key</c>, <c>!key</c>, <c>key=value</c>, <c>key in (a,b)</c>, <c>key&gt;1</c>, joined by commas.</summary>
internal sealed class LabelSelectorParser(string text)
{
    private const string Special = "=!(),<>";

    private int _position;

    public List<LabelRequirement> Parse()
    {
        var requirements = new List<LabelRequirement>();
        while (true)
        {
            requirements.Add(Requirement());
            SkipSpace();
            if (_position == text.Length)
            {
                return requirements;
            }

            Expect(',', "',' or end");
        }
    }

    private LabelRequirement Requirement()
    {
        SkipSpace();
        if (Take('!'))
        {
            return new LabelRequirement(Key(), LabelOperator.DoesNotExist, []);
        }

        string key = Key();
        SkipSpace();
        if (_position == text.Length || text[_position] == ',')
        {
            return new LabelRequirement(key, LabelOperator.Exists, []);
        }

        return Operator() switch
        {
            "=" or "==" => new LabelRequirement(key, LabelOperator.Equals, [Value()]),
            "!=" => new LabelRequirement(key, LabelOperator.NotEquals, [Value()]),
            ">" => new LabelRequirement(key, LabelOperator.GreaterThan, [Number()]),
            "<" => new LabelRequirement(key, LabelOperator.LessThan, [Number()]),
            "in" => new LabelRequirement(key, LabelOperator.In, Set()),
            _ => new LabelRequirement(key, LabelOperator.NotIn, Set()),
        };
    }

    private string Key()
    {
        SkipSpace();
        int start = _position;
        string key = Word();
        if (key.Length == 0)
        {
            throw Unexpected("!, identifier");
        }

        return Names.QualifiedNameProblem(key) is { } problem ? throw Refuse(start, $"key: Invalid value: {KubeJson.Quote(key)}: {problem}") : key;
    }

    private string Operator()
    {
        foreach (string symbol in (ReadOnlySpan<string>)["==", "=", "!=", ">", "<"])
        {
            if (text.AsSpan(_position).StartsWith(symbol))
            {
                _position += symbol.Length;
                return symbol;
            }
        }

        int start = _position;
        string word = Word();
        if (word is "in" or "notin")
        {
            return word;
        }

        _position = start;
        throw Unexpected("=, !=, ==, in, notin, >, <");
    }

    private string Value()
    {
        SkipSpace();
        int start = _position;
        string value = Word();
        if (_position < text.Length && text[_position] is not (',' or ')') && !char.IsWhiteSpace(text[_position]))
        {
            throw Unexpected("identifier");
        }

        return Names.LabelValueProblem(value) is { } problem ? throw Refuse(start, $"values: Invalid value: {KubeJson.Quote(value)}: {problem}") : value;
    }

    private string Number()
    {
        int start = _position;
        string value = Value();
        return long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)
            ? value
            : throw Refuse(start, $"values: Invalid value: {KubeJson.Quote(value)}: for 'Gt', 'Lt' operators, the value must be an integer");
    }

    private List<string> Set()
    {
        SkipSpace();
        Expect('(', "'('");
        var values = new SortedSet<string>(StringComparer.Ordinal);
        while (true)
        {
            values.Add(Value());
            SkipSpace();
            if (Take(')'))
            {
                return [.. values];
            }

            Expect(',', "',' or ')'");
        }
    }

    private string Word()
    {
        int start = _position;
        while (_position < text.Length && !Special.Contains(text[_position], StringComparison.Ordinal) && !char.IsWhiteSpace(text[_position]))
        {
            _position++;
        }

        return text[start.._position];
    }

    private void SkipSpace()
    {
        while (_position < text.Length && char.IsWhiteSpace(text[_position]))
        {
            _position++;
        }
    }

    private bool Take(char symbol)
    {
        if (_position < text.Length && text[_position] == symbol)
        {
            _position++;
            return true;
        }

        return false;
    }

    private void Expect(char symbol, string expected)
    {
        if (!Take(symbol))
        {
            throw Unexpected(expected);
        }
    }

    private StatusException Unexpected(string expected)
    {
        string found = _position < text.Length ? text[_position].ToString() : "";
        return Refuse(_position, $"found '{found}', expected: {expected}");
    }

    private StatusException Refuse(int position, string why)
        => StatusException.BadRequest($"unable to parse requirement: {why} (label selector {KubeJson.Quote(text)}, position {position + 1})");
}
