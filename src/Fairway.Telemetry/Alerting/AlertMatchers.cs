using Fairway.PromQL;
using Fairway.PromQL.Parsing;
using MatchType = Fairway.PromQL.MatchType;

namespace Fairway.Telemetry.Alerting;

/// <summary>Conditions on alerts' labels in Alertmanager's notation: <c>a=b</c>, <c>a!="b c"</c>, <c>{a=~"x|y", b!~z}</c>.</summary>
public static class AlertMatchers
{
    /// <summary>Reads one or several conditions, with or without braces around them.</summary>
    /// <exception cref="FormatException">They are none.</exception>
    public static IReadOnlyList<LabelMatcher> Parse(string text)
    {
        string inner = text.Trim();
        if (inner.StartsWith('{'))
        {
            inner = inner.EndsWith('}') ? inner[1..^1] : throw new FormatException($"bad matcher format: {text}");
        }

        var matchers = new List<LabelMatcher>();
        foreach (string part in Split(inner))
        {
            if (part.Trim().Length > 0)
            {
                matchers.Add(One(part.Trim()));
            }
        }

        return matchers;
    }

    /// <summary>Whether labels fulfil all conditions.</summary>
    public static bool Match(IReadOnlyList<LabelMatcher> matchers, Labels labels) => matchers.All(matcher => matcher.Matches(labels[matcher.Name]));

    /// <summary>As <c>{a="b",c=~"d"}</c>.</summary>
    public static string Show(IReadOnlyList<LabelMatcher> matchers) => "{" + string.Join(',', matchers.Select(matcher => matcher.ToString())) + "}";

    private static LabelMatcher One(string text)
    {
        int at = text.IndexOfAny(['=', '!']);
        if (at <= 0)
        {
            throw new FormatException($"bad matcher format: {text}");
        }

        (string symbol, MatchType type) = text[at..] switch
        {
            ['=', '~', ..] => ("=~", MatchType.Regexp),
            ['!', '~', ..] => ("!~", MatchType.NotRegexp),
            ['!', '=', ..] => ("!=", MatchType.NotEqual),
            ['=', ..] => ("=", MatchType.Equal),
            _ => throw new FormatException($"bad matcher format: {text}"),
        };
        return new LabelMatcher(type, Unquote(text[..at].Trim()), Unquote(text[(at + symbol.Length)..].Trim()));
    }

    private static string Unquote(string text)
    {
        if (!text.StartsWith('"'))
        {
            return text;
        }

        if (text.Length < 2 || !text.EndsWith('"'))
        {
            throw new FormatException($"matcher value contains unescaped double quote: {text}");
        }

        try
        {
            return ((StringLiteral)PromQLParser.Parse(text, ParserOptions.Stable)).Value;
        }
        catch (Exception broken) when (broken is PromQLException or InvalidCastException)
        {
            throw new FormatException($"bad matcher value: {text}", broken);
        }
    }

    private static IEnumerable<string> Split(string text)
    {
        int start = 0;
        bool quoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && quoted)
            {
                i++;
            }
            else if (text[i] == '"')
            {
                quoted = !quoted;
            }
            else if (text[i] == ',' && !quoted)
            {
                yield return text[start..i];
                start = i + 1;
            }
        }

        yield return text[start..];
    }
}
