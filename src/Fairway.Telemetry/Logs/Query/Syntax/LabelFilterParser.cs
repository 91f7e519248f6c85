using Fairway.PromQL;
using Fairway.Telemetry.Logs.Query.Stages;
using MatchType = Fairway.PromQL.MatchType;

namespace Fairway.Telemetry.Logs.Query.Syntax;

/// <summary>Reads conditions on labels.</summary>
internal sealed class LabelFilterParser(LogTokenReader tokens)
{
    private const int Or = 1;
    private const int And = 2;
    private const int MostDepth = 200;
    private int _depth;

    /// <exception cref="LogQueryException">The expression is none.</exception>
    public static LabelMatcher Matcher(MatchType type, string name, string value)
    {
        try
        {
            return new LabelMatcher(type, name, value);
        }
        catch (FormatException wrong)
        {
            throw LogQueryException.Parse(wrong.Message);
        }
    }

    /// <summary>
    /// Reads conditions that bind more tightly than a strength. A comma, or nothing between two, binds what follows as a whole,
    /// which is how the original's grammar resolves it.
    /// </summary>
    public LabelFilter Filter(int least)
    {
        if (++_depth > MostDepth)
        {
            throw LogQueryException.Parse("the query is nested too deeply");
        }

        LabelFilter left = One();
        while (true)
        {
            if (tokens.Now.Is("or") && least < Or)
            {
                tokens.Take();
                left = new BinaryLabelFilter(and: false, left, Filter(Or));
            }
            else if (tokens.Now.Is("and") && least < And)
            {
                tokens.Take();
                left = new BinaryLabelFilter(and: true, left, Filter(And));
            }
            else if (tokens.Take(",") || tokens.Now.Kind == LogTokenKind.Identifier || tokens.Now.Is("("))
            {
                left = new BinaryLabelFilter(and: true, left, Filter(0));
            }
            else
            {
                _depth--;
                return left;
            }
        }
    }

    private LabelFilter One()
    {
        if (tokens.Take("("))
        {
            LabelFilter inner = Filter(0);
            tokens.Expect(")");
            return inner;
        }

        string name = tokens.Expect(LogTokenKind.Identifier).Text;
        LogToken sign = tokens.Now;
        if (sign.Kind != LogTokenKind.Word || sign.Text is not ("=" or "!=" or "=~" or "!~" or "==" or ">" or ">=" or "<" or "<="))
        {
            throw tokens.Unexpected();
        }

        tokens.Take();
        string compare = sign.Text == "=" ? "==" : sign.Text;
        LogToken value = tokens.Now;
        switch (value.Kind)
        {
            case LogTokenKind.Text when sign.Text is "=" or "!=" or "=~" or "!~":
                tokens.Take();
                return new TextLabelFilter(Matcher(sign.Text switch { "=" => MatchType.Equal, "!=" => MatchType.NotEqual, "=~" => MatchType.Regexp, _ => MatchType.NotRegexp }, name, value.Text));
            case LogTokenKind.Duration when sign.Text is not ("=~" or "!~"):
                tokens.Take();
                return new DurationLabelFilter(name, compare, value.Value);
            case LogTokenKind.Bytes when sign.Text is not ("=~" or "!~"):
                tokens.Take();
                return new BytesLabelFilter(name, compare, (ulong)value.Value);
            case LogTokenKind.Number when sign.Text is not ("=~" or "!~"):
                tokens.Take();
                return new NumberLabelFilter(name, compare, Number(value.Text));
            case LogTokenKind.Word when value.Text is "+" or "-" && sign.Text is not ("=~" or "!~"):
                tokens.Take();
                return new NumberLabelFilter(name, compare, (value.Text == "-" ? -1 : 1) * Number(tokens.Expect(LogTokenKind.Number, "NUMBER").Text));
            case LogTokenKind.Word when value.Text == "ip" && sign.Text is "=" or "!=":
                tokens.Take();
                tokens.Expect("(", "(");
                string addresses = tokens.Expect(LogTokenKind.Text, "STRING").Text;
                tokens.Expect(")", ")");
                return new AddressLabelFilter(name, sign.Text == "=", addresses);
            default:
                throw sign.Text is "=~" or "!~" ? tokens.Unexpected("STRING") : tokens.Unexpected();
        }
    }

    private static double Number(string text)
        => GoNumbers.TryParse(text, out double value, out string problem) ? value : throw LogQueryException.Parse($"unable to parse literal as a float: {problem}");
}
