using System.Text;
using System.Text.RegularExpressions;
using Fairway.PromQL;
using MatchType = Fairway.PromQL.MatchType;

namespace Fairway.Telemetry.Alerting;

/// <summary>
/// Conditions on alerts' labels in Alertmanager's notation: <c>a=b</c>, <c>a!="b c"</c>, <c>{a=~"x|y", b!~z}</c>. The older notation wins
/// where both can be read; the newer one allows any UTF-8 in names and values.
/// </summary>
public static partial class AlertMatchers
{
    /// <summary>Reads one or several conditions, with or without braces around them.</summary>
    /// <exception cref="FormatException">They are none.</exception>
    public static IReadOnlyList<LabelMatcher> Parse(string text)
    {
        try
        {
            return Classic(text);
        }
        catch (FormatException) when (Utf8MatcherParser.Parse(text) is not null)
        {
            return Utf8MatcherParser.Parse(text)!;
        }
    }

    /// <summary>Whether labels fulfil all conditions.</summary>
    public static bool Match(IReadOnlyList<LabelMatcher> matchers, Labels labels)
    {
        foreach (LabelMatcher matcher in matchers)
        {
            if (!matcher.Matches(labels[matcher.Name]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>As <c>{a="b",c=~"d"}</c>.</summary>
    public static string Show(IReadOnlyList<LabelMatcher> matchers) => "{" + string.Join(',', matchers.Select(Show)) + "}";

    /// <summary>As <c>a="b"</c>; names that need it in quotes.</summary>
    public static string Show(LabelMatcher matcher)
    {
        string name = matcher.Name.AsSpan().IndexOfAny(Utf8MatcherParser.Reserved) >= 0 || matcher.Name.Any(char.IsWhiteSpace) ? GoText.Quote(matcher.Name) : matcher.Name;
        string symbol = matcher.Type switch
        {
            MatchType.Equal => "=",
            MatchType.NotEqual => "!=",
            MatchType.Regexp => "=~",
            _ => "!~",
        };
        return name + symbol + "\"" + matcher.Value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";
    }

    /// <summary>In the order in which configurations show them.</summary>
    public static IReadOnlyList<LabelMatcher> Sorted(IEnumerable<LabelMatcher> matchers)
        => [.. matchers.OrderBy(matcher => matcher.Name, StringComparer.Ordinal).ThenBy(matcher => matcher.Value, StringComparer.Ordinal).ThenBy(matcher => matcher.Type)];

    /// <exception cref="FormatException">The pattern cannot be read.</exception>
    internal static LabelMatcher Make(MatchType type, string name, string value)
    {
        try
        {
            return new LabelMatcher(type, name, value);
        }
        catch (Exception broken) when (broken is PromQLException or FormatException)
        {
            throw new FormatException(PatternProblem(broken, value), broken);
        }
    }

    /// <summary>What is wrong with a pattern, shown as it is compiled: anchored.</summary>
    internal static string PatternProblem(Exception broken, string pattern)
        => broken.Message.Replace($"`{pattern}`", $"`^(?:{pattern})$`", StringComparison.Ordinal);

    private static List<LabelMatcher> Classic(string text)
    {
        string inner = text.StartsWith('{') ? text[1..] : text;
        inner = inner.EndsWith('}') ? inner[..^1] : inner;
        var tokens = new List<string>();
        var token = new StringBuilder();
        bool quoted = false;
        bool escaped = false;
        foreach (char c in inner)
        {
            if (c == ',' && !quoted)
            {
                tokens.Add(token.ToString());
                token.Clear();
                continue;
            }

            quoted ^= c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            token.Append(c);
        }

        if (token.ToString().Trim() is { Length: > 0 } last)
        {
            tokens.Add(last);
        }

        return tokens.ConvertAll(One);
    }

    private static LabelMatcher One(string text)
    {
        Match match = Pattern().Match(text);
        if (!match.Success)
        {
            throw new FormatException($"bad matcher format: {text}");
        }

        string raw = match.Groups["value"].Value;
        bool needsQuote = raw.StartsWith('"');
        string inner = needsQuote ? raw[1..] : raw;
        var value = new StringBuilder();
        for (int i = 0; i < inner.Length; i++)
        {
            char c = inner[i];
            if (c == '\\' && i < inner.Length - 1)
            {
                char next = inner[++i];
                value.Append(next switch { 'n' => "\n", '"' or '\\' => next.ToString(), _ => "\\" + next });
            }
            else if (c == '"')
            {
                if (!needsQuote || i < inner.Length - 1)
                {
                    throw new FormatException($"matcher value contains unescaped double quote: {raw}");
                }

                needsQuote = false;
            }
            else
            {
                value.Append(c);
            }
        }

        if (needsQuote)
        {
            throw new FormatException($"matcher value contains unescaped double quote: {raw}");
        }

        MatchType type = match.Groups["symbol"].Value switch
        {
            "=" => MatchType.Equal,
            "!=" => MatchType.NotEqual,
            "=~" => MatchType.Regexp,
            _ => MatchType.NotRegexp,
        };
        return Make(type, match.Groups["name"].Value, value.ToString());
    }

    [GeneratedRegex(@"^\s*(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?<symbol>=~|=|!=|!~)\s*(?<value>.*?)\s*$", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pattern();
}

/// <summary>The notation that allows any UTF-8.</summary>
internal static class Utf8MatcherParser
{
    public const string Reserved = "{}!=~,\\\"'`";

    /// <summary>The conditions, or null when the text is not of this notation.</summary>
    public static List<LabelMatcher>? Parse(string text)
    {
        try
        {
            return new Reader(text).All();
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private sealed class Reader(string text)
    {
        private int at;

        public List<LabelMatcher> All()
        {
            var matchers = new List<LabelMatcher>();
            bool open = Take('{');
            while (!IsAtEnd() && !Peek('}'))
            {
                string name = Word();
                MatchType type = Operator();
                matchers.Add(AlertMatchers.Make(type, name, Word()));
                if (!Take(','))
                {
                    break;
                }
            }

            if (open != Take('}') || !IsAtEnd())
            {
                throw new FormatException("not of the notation");
            }

            return matchers;
        }

        private void Skip()
        {
            while (at < text.Length && char.IsWhiteSpace(text[at]))
            {
                at++;
            }
        }

        private bool IsAtEnd()
        {
            Skip();
            return at >= text.Length;
        }

        private bool Peek(char one) => !IsAtEnd() && text[at] == one;

        private bool Take(char one)
        {
            bool found = Peek(one);
            at += found ? 1 : 0;
            return found;
        }

        private MatchType Operator()
        {
            Skip();
            ReadOnlySpan<char> rest = text.AsSpan(at);
            (int length, MatchType type) = rest switch
            {
                ['=', '~', ..] => (2, MatchType.Regexp),
                ['!', '~', ..] => (2, MatchType.NotRegexp),
                ['!', '=', ..] => (2, MatchType.NotEqual),
                ['=', ..] => (1, MatchType.Equal),
                _ => throw new FormatException("expected an operator"),
            };
            at += length;
            return type;
        }

        private string Word()
        {
            Skip();
            int start = at;
            if (Take('"'))
            {
                while (at < text.Length && text[at] != '"')
                {
                    at += text[at] == '\\' ? 2 : 1;
                }

                at++;
                return at <= text.Length ? Unquote(text[start..at]) : throw new FormatException("unterminated quote");
            }

            while (at < text.Length && !Reserved.Contains(text[at]) && !char.IsWhiteSpace(text[at]))
            {
                at++;
            }

            return at > start ? text[start..at] : throw new FormatException("expected a word");
        }

        private static string Unquote(string quoted)
        {
            try
            {
                return ((Fairway.PromQL.Parsing.StringLiteral)Fairway.PromQL.Parsing.PromQLParser.Parse(quoted, ParserOptions.Stable)).Value;
            }
            catch (Exception broken) when (broken is PromQLException or InvalidCastException)
            {
                throw new FormatException(broken.Message, broken);
            }
        }
    }
}
