using System.Globalization;
using Fairway.PromQL;
using MatchType = Fairway.PromQL.MatchType;

namespace Fairway.Telemetry.Logs.Query.Stages;

/// <summary>A condition on labels.</summary>
internal abstract class LabelFilter
{
    /// <summary>As a query has it.</summary>
    public abstract string Text { get; }

    public abstract IReadOnlyList<string> Required { get; }

    public abstract bool Holds(LineState line);

    public override string ToString() => Text;
}

/// <summary><c>| condition</c>.</summary>
internal sealed class LabelFilterStage(LabelFilter filter) : LogStage
{
    public override string Text => $"| {filter.Text}";

    public override IReadOnlyList<string> Required => filter.Required;

    public override bool Apply(LineState line) => filter.Holds(line);
}

/// <summary>Two conditions of which both, or one, must hold.</summary>
internal sealed class BinaryLabelFilter(bool and, LabelFilter left, LabelFilter right) : LabelFilter
{
    public override string Text => $"( {left.Text} {(and ? "," : "or")} {right.Text} )";

    public override IReadOnlyList<string> Required => [.. left.Required.Concat(right.Required).Distinct(StringComparer.Ordinal)];

    public override bool Holds(LineState line)
    {
        bool first = left.Holds(line);
        return !and && first ? true : right.Holds(line) is var second && (and ? first && second : second);
    }
}

/// <summary>A label compared with a text or an expression; a missing one counts as empty.</summary>
internal sealed class TextLabelFilter(LabelMatcher matcher) : LabelFilter
{
    public override string Text => matcher.Type is MatchType.Regexp or MatchType.NotRegexp && NeedsEngine(matcher.Value)
        ? $"{matcher.Name}{(matcher.Type == MatchType.Regexp ? "=~" : "!~")}{(matcher.Value.Contains('`', StringComparison.Ordinal) ? GoText.Quote(matcher.Value) : $"`{matcher.Value}`")}"
        : matcher.ToString();

    public override IReadOnlyList<string> Required => [matcher.Name];

    public override bool Holds(LineState line) => matcher.Matches(matcher.Name == LineErrors.Label ? line.Error : line.Get(matcher.Name) ?? "");

    /// <summary>Expressions that are no choice of texts with anything around them; only the look of the query depends on it.</summary>
    private static bool NeedsEngine(string expression)
        => expression.Replace(".*", "", StringComparison.Ordinal).Replace(".+", "", StringComparison.Ordinal).IndexOfAny(['[', '{', '*', '+', '?', '\\', '^', '$', '.']) >= 0;
}

/// <summary>How a number, a duration or a size is compared.</summary>
internal static class Comparing
{
    public static bool Holds<T>(string sign, T value, T limit)
        where T : IComparable<T>, IEquatable<T> => sign switch
        {
            "==" => value.Equals(limit),
            "!=" => !value.Equals(limit),
            ">" => value.CompareTo(limit) > 0,
            ">=" => value.CompareTo(limit) >= 0,
            "<" => value.CompareTo(limit) < 0,
            _ => value.CompareTo(limit) <= 0,
        };

    /// <summary>What is no number says so, once, and stays.</summary>
    public static bool Unreadable(LineState line, string why)
    {
        if (line.Error.Length == 0)
        {
            line.Error = LineErrors.Filter;
            line.ErrorDetails = why;
        }

        return true;
    }
}

/// <summary>A label compared as a number.</summary>
internal sealed class NumberLabelFilter(string name, string sign, double limit) : LabelFilter
{
    public override string Text => $"{name}{sign}{GoText.FormatPlain(limit)}";

    public override IReadOnlyList<string> Required => [name];

    public override bool Holds(LineState line)
    {
        if (line.Get(name) is not { } text)
        {
            return false;
        }

        return !GoNumbers.TryParse(text, out double value, out string problem) ? Comparing.Unreadable(line, problem)
            : double.IsNaN(value) || double.IsNaN(limit) ? sign == "!="
            : Comparing.Holds(sign, value, limit);
    }
}

/// <summary>A label compared as a duration.</summary>
internal sealed class DurationLabelFilter(string name, string sign, long limit) : LabelFilter
{
    public override string Text => $"{name}{sign}{GoDurations.PrintGo(limit)}";

    public override IReadOnlyList<string> Required => [name];

    public override bool Holds(LineState line)
        => line.Get(name) is { } text
            && (GoDurations.TryParseGo(text, out long value, out string problem) ? Comparing.Holds(sign, value, limit) : Comparing.Unreadable(line, problem));
}

/// <summary>A label compared as a size.</summary>
internal sealed class BytesLabelFilter(string name, string sign, ulong limit) : LabelFilter
{
    public override string Text => $"{name}{sign}{HumanBytes.Print(limit)}";

    public override IReadOnlyList<string> Required => [name];

    public override bool Holds(LineState line)
        => line.Get(name) is { } text
            && (HumanBytes.TryParse(text, out ulong value, out string problem) ? Comparing.Holds(sign, value, limit) : Comparing.Unreadable(line, problem));
}

/// <summary><c>addr = ip("10.0.0.0/8")</c>.</summary>
internal sealed class AddressLabelFilter : LabelFilter
{
    private readonly string _name;
    private readonly bool _equal;
    private readonly string _text;
    private readonly AddressMatcher _addresses;

    /// <exception cref="LogQueryException">The text names no addresses.</exception>
    public AddressLabelFilter(string name, bool equal, string text)
    {
        (_name, _equal, _text) = (name, equal, text);
        try
        {
            _addresses = AddressMatcher.Parse(text);
        }
        catch (FormatException wrong)
        {
            throw LogQueryException.Stage($"| {Text}", wrong.Message);
        }
    }

    public override string Text => $"{_name}{(_equal ? "=" : "!=")}ip({GoText.Quote(_text)})";

    public override IReadOnlyList<string> Required => [_name];

    public override bool Holds(LineState line) => line.Error.Length > 0 || (line.Get(_name) is { } value && _addresses.FoundIn(value) == _equal);
}

/// <summary>Numbers as Go reads them, with its words for what is none.</summary>
internal static class GoNumbers
{
    public static bool TryParse(string text, out double value, out string problem)
    {
        problem = "";
        if (Prometheus.ApiTime.Number(text) is { } number)
        {
            value = number;
            return true;
        }

        if (text.Length > 2 && text[0] == '0' && text[1] is 'x' or 'X' && text.IndexOf('p', StringComparison.OrdinalIgnoreCase) is > 2 and int exponent)
        {
            int point = text.IndexOf('.', StringComparison.Ordinal);
            int decimals = point < 0 || point > exponent ? 0 : exponent - point - 1;
            if (long.TryParse(text[2..exponent].Replace(".", "", StringComparison.Ordinal), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long mantissa)
                && int.TryParse(text.AsSpan(exponent + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int power))
            {
                value = Math.ScaleB(mantissa, power - (4 * decimals));
                return true;
            }
        }

        value = 0;
        problem = $"strconv.ParseFloat: parsing {GoText.Quote(text)}: invalid syntax";
        return false;
    }
}
