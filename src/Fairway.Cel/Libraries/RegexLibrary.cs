using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Fairway.Cel.Libraries;

/// <summary>regex.replace, regex.extract, regex.extractAll.</summary>
internal static class RegexLibrary
{
    private static readonly CelType S = CelType.String;

    public static readonly CelLibrary Instance = new(
        "regex",
        new(
            "regex.replace",
            CelOverload.Of("regex_replace_string_string_string", [S, S, S], S, args => Replace(args, -1)) with { Cost = StandardLibrary.RegexCost },
            CelOverload.Of("regex_replace_string_string_string_int", [S, S, S, CelType.Int], S, args => Replace(args, args[3].IntValue)) with { Cost = StandardLibrary.RegexCost }),
        new("regex.extract", CelOverload.Of("regex_extract_string_string", S, S, CelType.OptionalOf(S), (a, b) => With(a, b, Extract)) with { Cost = StandardLibrary.RegexCost }),
        new("regex.extractAll", CelOverload.Of("regex_extractAll_string_string", S, S, CelType.ListOf(S), (a, b) => With(a, b, ExtractAll)) with { Cost = StandardLibrary.RegexCost }));

    private static CelValue With(CelValue text, CelValue pattern, Func<Regex, string, CelValue> body)
    {
        (Regex? regex, string? failure) = Re2.Compile(pattern.StringValue, text.StringValue);
        return regex is null ? CelValue.Fail(failure!) : Re2.Guard(() => body(regex, text.StringValue));
    }

    private static CelValue Extract(Regex regex, string text)
    {
        if (regex.GetGroupNumbers().Length > 2)
        {
            return CelValue.Fail($"regular expression has more than one capturing group: {regex}");
        }

        Match match = regex.Match(text);
        if (!match.Success)
        {
            return CelValue.OptionalNone;
        }

        Group group = match.Groups[match.Groups.Count - 1];
        return group.Success ? CelValue.OptionalOf(CelValue.Of(group.Value)) : CelValue.OptionalNone;
    }

    private static CelValue ExtractAll(Regex regex, string text)
    {
        if (regex.GetGroupNumbers().Length > 2)
        {
            return CelValue.Fail($"regular expression has more than one capturing group: {regex}");
        }

        var found = new List<CelValue>();
        foreach (Match match in regex.Matches(text))
        {
            Group group = match.Groups[match.Groups.Count - 1];
            if (group.Success && (match.Groups.Count == 1 || group.Value.Length > 0))
            {
                found.Add(CelValue.Of(group.Value));
            }
        }

        return CelValue.Of(found);
    }

    private static CelValue Replace(CelValue[] args, long count)
        => With(args[0], args[1], (regex, text) => Replaced(regex, text, args[2].StringValue, count));

    private static CelValue Replaced(Regex regex, string text, string replacement, long count)
    {
        if (count == 0)
        {
            return CelValue.Of(text);
        }

        var result = new StringBuilder();
        int at = 0;
        foreach (Match match in regex.Matches(text))
        {
            if (count == 0)
            {
                break;
            }

            count--;
            result.Append(text, at, match.Index - at);
            if (Expand(result, match, replacement) is { } failure)
            {
                return CelValue.Fail(failure);
            }

            at = match.Index + match.Length;
        }

        return CelValue.Of(result.Append(text, at, text.Length - at).ToString());
    }

    /// <summary><c>\1</c> to <c>\9</c> are groups, <c>\0</c> the whole, <c>\\</c> a backslash.</summary>
    private static string? Expand(StringBuilder result, Match match, string replacement)
    {
        for (int i = 0; i < replacement.Length; i++)
        {
            if (replacement[i] != '\\')
            {
                result.Append(replacement[i]);
                continue;
            }

            char next = ++i < replacement.Length ? replacement[i] : '\0';
            if (next == '\\')
            {
                result.Append('\\');
            }
            else if (!char.IsAsciiDigit(next))
            {
                return "invalid replacement string: \\ must be followed by a digit or \\";
            }
            else if (next - '0' >= match.Groups.Count)
            {
                return string.Create(CultureInfo.InvariantCulture, $"replacement string references group {next} but regex has only {match.Groups.Count - 1} group(s)");
            }
            else
            {
                result.Append(match.Groups[next - '0'].Value);
            }
        }

        return null;
    }
}
