using System.Text.RegularExpressions;
using Fairway.PromQL;

namespace Fairway.Telemetry.Logs.Query.Stages;

/// <summary>One text, expression, pattern or address that lines are compared with.</summary>
internal sealed class LineTest
{
    private readonly Regex? _expression;
    private readonly LinePattern? _pattern;
    private readonly AddressMatcher? _addresses;

    /// <param name="sign"><c>|= != |~ !~ |&gt; !&gt;</c></param>
    /// <param name="text">What to compare with.</param>
    /// <param name="isAddress">It is an address or a range of them: <c>ip("...")</c>.</param>
    /// <exception cref="LogQueryException">It cannot be compared with.</exception>
    public LineTest(string sign, string text, bool isAddress)
    {
        Sign = sign;
        Match = text;
        IsAddress = isAddress;
        try
        {
            switch (sign)
            {
                case var _ when isAddress:
                    _addresses = sign is "|=" or "!=" ? AddressMatcher.Parse(text) : throw new FormatException("ip: invalid operation");
                    break;
                case "|~" or "!~":
                    _expression = Re2Pattern.Compile(text);
                    break;
                case "|>" or "!>":
                    _pattern = LinePattern.Filter(text);
                    break;
            }
        }
        catch (FormatException wrong)
        {
            throw LogQueryException.Stage($"{sign} {Value}", wrong.Message);
        }
    }

    public string Sign { get; }

    public string Match { get; }

    public bool IsAddress { get; }

    /// <summary>What is compared with, as a query has it.</summary>
    public string Value => IsAddress ? $"ip({GoText.Quote(Match)})" : GoText.Quote(Match);

    /// <summary>Whether the line has it, whatever the sign.</summary>
    public bool Has(string line)
        => _addresses is not null ? _addresses.FoundIn(line)
            : _expression is not null ? _expression.IsMatch(line)
            : _pattern is not null ? _pattern.Test(line)
            : line.Contains(Match, StringComparison.Ordinal);
}

/// <summary><c>|= "a" or "b" != "c"</c>: filters of lines that follow each other; all must hold.</summary>
internal sealed class LineFilterStage(IReadOnlyList<IReadOnlyList<LineTest>> filters) : LogStage
{
    /// <summary>Each: the alternatives of one sign.</summary>
    public IReadOnlyList<IReadOnlyList<LineTest>> Filters => filters;

    public override string Text => string.Join(' ', filters.Select(One));

    /// <summary>Texts without which no line passes.</summary>
    public IEnumerable<string> Needles => filters.Where(one => one is [{ Sign: "|=", IsAddress: false, Match.Length: > 0 }]).Select(one => one[0].Match);

    public static string One(IReadOnlyList<LineTest> alternatives)
        => $"{alternatives[0].Sign} {string.Join(" or ", alternatives.Select(test => test.Value))}";

    public override bool Apply(LineState line)
    {
        foreach (IReadOnlyList<LineTest> alternatives in filters)
        {
            bool keeps = alternatives[0].Sign[0] == '|';
            bool any = false;
            foreach (LineTest test in alternatives)
            {
                any |= test.Has(line.Line);
            }

            if (any != keeps)
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary><c>| decolorize</c>: takes the colours of terminals out.</summary>
internal sealed partial class DecolorizeStage : LogStage
{
    public override string Text => "| decolorize";

    public override bool Apply(LineState line)
    {
        if (line.Line.Contains('\u001B', StringComparison.Ordinal) || line.Line.Contains('\u009B', StringComparison.Ordinal))
        {
            line.Line = Colour().Replace(line.Line, "");
        }

        return true;
    }

    [GeneratedRegex("[\u001B\u009B][\\[\\]()#;?]*(?:(?:(?:[a-zA-Z0-9]*(?:;[a-zA-Z0-9]*)*)?\u0007)|(?:(?:[0-9]{1,4}(?:;[0-9]{0,4})*)?[0-9A-PRZcf-ntqry=><~]))", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Colour();
}
