using System.Globalization;

namespace Fairway.PromQL.Parsing;

/// <summary>One point of a series in the notation of rule tests.</summary>
/// <param name="Value">The number.</param>
/// <param name="Histogram">The histogram, when it is one.</param>
/// <param name="IsOmitted">No sample at this time.</param>
/// <param name="IsHintGiven">Whether the notation names the histogram's reset hint.</param>
public readonly record struct NotedValue(double Value, FloatHistogram? Histogram, bool IsOmitted, bool IsHintGiven);

/// <summary>
/// Reads series in the expanding notation of <c>promtool test rules</c>: <c>up{job="x"} 1 2+3x4 _ _x3 stale {{schema:1 count:3}}x2</c>.
/// </summary>
public static class SeriesNotation
{
    private const int MostValues = 10_000_000;

    /// <summary>Reads a series with its values.</summary>
    /// <exception cref="PromQLException">Not the notation.</exception>
    public static (Labels Labels, IReadOnlyList<NotedValue> Values) Parse(string text)
    {
        int end = MetricEnd(text);
        Labels labels = PromQLParser.ParseMetric(text[..end].Trim());
        return (labels, ParseValues(text[end..]));
    }

    /// <summary>Reads values only.</summary>
    /// <exception cref="PromQLException">Not the notation.</exception>
    public static IReadOnlyList<NotedValue> ParseValues(string text)
    {
        var values = new List<NotedValue>();
        var reader = new NotationReader(text);
        while (reader.SkipSpaces())
        {
            reader.ReadItem(values);
            if (values.Count > MostValues)
            {
                throw reader.Error($"more than {MostValues} values");
            }
        }

        return values;
    }

    private static int MetricEnd(string text)
    {
        int at = 0;
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }

        while (at < text.Length && !char.IsWhiteSpace(text[at]) && text[at] != '{')
        {
            at++;
        }

        int brace = at;
        while (brace < text.Length && char.IsWhiteSpace(text[brace]))
        {
            brace++;
        }

        bool isLabels = brace < text.Length && text[brace] == '{' && !(brace + 1 < text.Length && text[brace + 1] == '{');
        return isLabels ? LabelsEnd(text, brace) : at;
    }

    private static int LabelsEnd(string text, int at)
    {
        char quote = '\0';
        for (; at < text.Length; at++)
        {
            char c = text[at];
            if (quote != '\0')
            {
                if (c == '\\' && quote != '`')
                {
                    at++;
                }
                else if (c == quote)
                {
                    quote = '\0';
                }
            }
            else if (c is '"' or '\'' or '`')
            {
                quote = c;
            }
            else if (c == '}')
            {
                return at + 1;
            }
        }

        return text.Length;
    }
}

/// <summary>Reads items of the notation one after the other.</summary>
internal sealed class NotationReader(string text)
{
    private int at;

    public bool SkipSpaces()
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }

        return at < text.Length;
    }

    public void ReadItem(List<NotedValue> into)
    {
        if (text[at] == '_')
        {
            at++;
            for (long count = Times() ?? 1; count > 0; count--)
            {
                into.Add(new NotedValue(0, null, true, false));
            }
        }
        else if (text.AsSpan(at).StartsWith("{{", StringComparison.Ordinal))
        {
            Histograms(into);
        }
        else
        {
            Numbers(into);
        }
    }

    public PromQLException Error(string problem)
        => new(QueryErrorKind.BadData, $"1:{at + 1}: parse error: {problem} in series values {GoText.Quote(text.Trim())}");

    private void Numbers(List<NotedValue> into)
    {
        double value = Number();
        double increase = 0;
        bool steps = at < text.Length && text[at] is '+' or '-';
        if (steps)
        {
            increase = Number();
        }

        long? times = Times();
        if (times is null && steps)
        {
            throw Error("expected \"x\" and a count after the increase");
        }

        // The first value counts as the one for time 0, so a count of n gives n + 1 values.
        for (long i = 0; i <= (times ?? 0); i++)
        {
            into.Add(new NotedValue(value, null, false, false));
            value += increase;
        }
    }

    private double Number()
    {
        int start = at;
        if (text[at] is '+' or '-')
        {
            at++;
        }

        while (at < text.Length && IsNumberPart(start))
        {
            at++;
        }

        string word = text[start..at];
        if (word.Equals("stale", StringComparison.OrdinalIgnoreCase))
        {
            return StaleMarker.Value;
        }

        return TryNumber(word, out double value) ? value : throw Error($"unexpected {GoText.Quote(word)}");
    }

    // A sign is part of a number only behind an exponent's "e"; an "x" starts the count.
    private bool IsNumberPart(int start)
    {
        char c = text[at];
        if (c is '+' or '-')
        {
            return text[at - 1] is 'e' or 'E' && at - 1 > start && char.IsAsciiDigit(text[at - 2]);
        }

        return (char.IsAsciiLetterOrDigit(c) || c is '.' or '_') && c != 'x';
    }

    private static bool TryNumber(string word, out double value)
    {
        bool negative = word.StartsWith('-');
        bool isNumber = NumberScanner.TryParseNumber(word.TrimStart('+', '-'), out value);
        value = negative ? -value : value;
        return isNumber;
    }

    private long? Times()
    {
        if (at >= text.Length || text[at] != 'x')
        {
            return null;
        }

        int start = ++at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            at++;
        }

        return long.TryParse(text.AsSpan(start, at - start), NumberStyles.None, CultureInfo.InvariantCulture, out long times) && times < 10_000_000
            ? times
            : throw Error("invalid repetition in series values");
    }

    private void Histograms(List<NotedValue> into)
    {
        (FloatHistogram first, bool hintGiven) = Literal();
        FloatHistogram? change = null;
        bool subtract = false;
        if (at < text.Length && text[at] is '+' or '-')
        {
            subtract = text[at++] == '-';
            (change, hintGiven) = Literal();
        }

        long? times = Times();
        FloatHistogram value = first;
        for (long i = 0; i <= (times ?? 0); i++)
        {
            into.Add(new NotedValue(0, value, false, hintGiven));
            if (change is not null && i < times)
            {
                if (value.Schema > change.Schema)
                {
                    throw Error($"error combining histograms: cannot merge from schema {change.Schema} to {value.Schema}");
                }

                value = (subtract ? HistogramMath.Subtract(value, change) : HistogramMath.Add(value, change)).Result
                    ?? throw Error("error combining histograms with exponential and custom buckets");
            }
        }
    }

    private (FloatHistogram Histogram, bool HintGiven) Literal()
    {
        int end = text.IndexOf("}}", at, StringComparison.Ordinal);
        if (!text.AsSpan(at).StartsWith("{{", StringComparison.Ordinal) || end < 0)
        {
            throw Error("unclosed histogram description");
        }

        string body = text[(at + 2)..end];
        (FloatHistogram, bool) literal;
        try
        {
            literal = HistogramLiteral.Parse(body);
        }
        catch (FormatException broken)
        {
            throw Error(broken.Message);
        }

        at = end + 2;
        return literal;
    }
}
