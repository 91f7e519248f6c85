using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Fairway.PromQL;
using Fairway.Telemetry.Templates;

namespace Fairway.Telemetry.Logs.Query.Stages;

/// <summary>The functions of templates over lines: Loki's own, and those of sprig that it offers.</summary>
internal static class LineFunctions
{
    private const int MostText = 1 << 20;

    private static readonly Dictionary<string, TemplateFunction> Shared = Texts().Concat(Patterns()).Concat(LineNumbers.All).Concat(LineTimes.All)
        .ToDictionary(StringComparer.Ordinal);

    /// <summary>Their names.</summary>
    public static IReadOnlySet<string> All { get; } = Shared.Keys.Concat(["__line__", "__timestamp__"]).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>With those that look at the line itself.</summary>
    public static IReadOnlyDictionary<string, TemplateFunction> For(LineState line) => new Dictionary<string, TemplateFunction>(Shared, StringComparer.Ordinal)
    {
        ["__line__"] = _ => line.Line,
        ["__timestamp__"] = _ => new GoMoment(line.Time, TimeSpan.Zero),
    };

    private static Dictionary<string, TemplateFunction> Texts() => new(StringComparer.Ordinal)
    {
        ["ToLower"] = a => T(a, 0).ToLowerInvariant(),
        ["ToUpper"] = a => T(a, 0).ToUpperInvariant(),
        ["lower"] = a => T(a, 0).ToLowerInvariant(),
        ["upper"] = a => T(a, 0).ToUpperInvariant(),
        ["title"] = a => Title(T(a, 0)),
        ["Replace"] = a => Replace(T(a, 0), T(a, 1), T(a, 2), LineNumbers.Whole(a, 3)),
        ["replace"] = a => Replace(T(a, 2), T(a, 0), T(a, 1), -1),
        ["Trim"] = a => T(a, 0).Trim(T(a, 1).ToCharArray()),
        ["TrimLeft"] = a => T(a, 0).TrimStart(T(a, 1).ToCharArray()),
        ["TrimRight"] = a => T(a, 0).TrimEnd(T(a, 1).ToCharArray()),
        ["TrimPrefix"] = a => Prefix(T(a, 0), T(a, 1)),
        ["TrimSuffix"] = a => Suffix(T(a, 0), T(a, 1)),
        ["TrimSpace"] = a => T(a, 0).Trim(),
        ["trim"] = a => T(a, 0).Trim(),
        ["trimAll"] = a => T(a, 1).Trim(T(a, 0).ToCharArray()),
        ["trimPrefix"] = a => Prefix(T(a, 1), T(a, 0)),
        ["trimSuffix"] = a => Suffix(T(a, 1), T(a, 0)),
        ["trunc"] = a => Truncate((int)LineNumbers.Whole(a, 0), T(a, 1)),
        ["substr"] = a => Substring((int)LineNumbers.Whole(a, 0), (int)LineNumbers.Whole(a, 1), T(a, 2)),
        ["contains"] = a => T(a, 1).Contains(T(a, 0), StringComparison.Ordinal),
        ["hasPrefix"] = a => T(a, 1).StartsWith(T(a, 0), StringComparison.Ordinal),
        ["hasSuffix"] = a => T(a, 1).EndsWith(T(a, 0), StringComparison.Ordinal),
        ["indent"] = a => Indent((int)LineNumbers.Whole(a, 0), T(a, 1)),
        ["nindent"] = a => "\n" + Indent((int)LineNumbers.Whole(a, 0), T(a, 1)),
        ["repeat"] = a => Repeat(T(a, 1), LineNumbers.Whole(a, 0)),
        ["alignLeft"] = a => Align(T(a, 1), (int)LineNumbers.Whole(a, 0), left: true),
        ["alignRight"] = a => Align(T(a, 1), (int)LineNumbers.Whole(a, 0), left: false),
        ["urlencode"] = a => Uri.EscapeDataString(T(a, 0)).Replace("%20", "+", StringComparison.Ordinal),
        ["urldecode"] = a => Uri.UnescapeDataString(T(a, 0).Replace('+', ' ')),
        ["b64enc"] = a => Convert.ToBase64String(Encoding.UTF8.GetBytes(T(a, 0))),
        ["b64dec"] = a => Decode(T(a, 0)),
        ["fromJson"] = a => FromJson(T(a, 0)),
        ["default"] = a => a.Count < 2 || !TemplateRun.IsTrue(a[1]) ? a[0] : a[1],
    };

    private static Dictionary<string, TemplateFunction> Patterns() => new(StringComparer.Ordinal)
    {
        ["regexReplaceAll"] = a => Compiled(T(a, 0)).Replace(T(a, 1), Re2Replacement.Of(T(a, 2))),
        ["regexReplaceAllLiteral"] = a => Compiled(T(a, 0)).Replace(T(a, 1), T(a, 2).Replace("$", "$$", StringComparison.Ordinal)),
        ["count"] = a => (long)Compiled(T(a, 0)).Count(T(a, 1)),
    };

    private static string T(IReadOnlyList<object?> arguments, int index) => TemplateBuiltins.Text(arguments, index);

    private static Regex Compiled(string expression)
    {
        try
        {
            return Re2Pattern.Compile(expression);
        }
        catch (FormatException wrong)
        {
            throw new TemplateException($"error calling regexReplaceAll: {wrong.Message}");
        }
    }

    private static string Title(string text)
    {
        var title = new StringBuilder(text.Length);
        bool start = true;
        foreach (char one in text)
        {
            title.Append(start ? char.ToUpperInvariant(one) : one);
            start = !(char.IsLetterOrDigit(one) || one is '_' or '\'');
        }

        return title.ToString();
    }

    private static string Replace(string text, string old, string fresh, long count)
    {
        if (count < 0 && old.Length > 0)
        {
            return text.Replace(old, fresh, StringComparison.Ordinal);
        }

        var result = new StringBuilder();
        int from = 0;
        for (; count != 0 && old.Length > 0 && text.IndexOf(old, from, StringComparison.Ordinal) is >= 0 and int at; count--)
        {
            result.Append(text, from, at - from).Append(fresh);
            from = at + old.Length;
        }

        return result.Append(text, from, text.Length - from).ToString();
    }

    private static string Prefix(string text, string prefix) => text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text;

    private static string Suffix(string text, string suffix) => text.EndsWith(suffix, StringComparison.Ordinal) ? text[..^suffix.Length] : text;

    private static string Truncate(int count, string text)
        => count < 0 && text.Length + count > 0 ? text[(text.Length + count)..] : count >= 0 && text.Length > count ? text[..count] : text;

    private static string Substring(int start, int end, string text)
        => start < 0 ? text[..Math.Clamp(end, 0, text.Length)]
            : end < 0 || end > text.Length ? text[Math.Min(start, text.Length)..]
            : start > end ? "" : text[start..end];

    private static string Indent(int spaces, string text)
    {
        string pad = new(' ', Math.Clamp(spaces, 0, 1000));
        return pad + text.Replace("\n", "\n" + pad, StringComparison.Ordinal);
    }

    private static string Repeat(string text, long count)
        => count < 0 || count * text.Length > MostText ? throw new TemplateException("error calling repeat: the text would be too long") : new StringBuilder().Insert(0, text, (int)count).ToString();

    private static string Align(string text, int count, bool left)
        => count < 0 || count == text.Length || count > MostText ? text
            : count > text.Length ? (left ? text.PadRight(count) : text.PadLeft(count))
            : left ? text[..count] : text[^count..];

    private static string Decode(string text)
    {
        int rest = text.Length % 4;
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(rest is 0 or 1 ? text : text + new string('=', 4 - rest)));
        }
        catch (FormatException)
        {
            int wrong = text.TakeWhile(one => char.IsAsciiLetterOrDigit(one) || one is '+' or '/' or '=').Count();
            return string.Create(CultureInfo.InvariantCulture, $"illegal base64 data at input byte {wrong}");
        }
    }

    private static object? FromJson(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return Plain(document.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static object? Plain(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().ToDictionary(member => member.Name, member => Plain(member.Value), StringComparer.Ordinal),
        JsonValueKind.Array => element.EnumerateArray().Select(Plain).ToList(),
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => element.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };
}

/// <summary>Replacements of Go's expressions (<c>$1</c>, <c>${name}</c>) as .NET writes them.</summary>
internal static class Re2Replacement
{
    public static string Of(string replacement)
    {
        var text = new StringBuilder(replacement.Length + 4);
        for (int at = 0; at < replacement.Length; at++)
        {
            if (replacement[at] != '$')
            {
                text.Append(replacement[at]);
                continue;
            }

            if (at + 1 < replacement.Length && replacement[at + 1] == '$')
            {
                text.Append("$$");
                at++;
                continue;
            }

            bool braces = at + 1 < replacement.Length && replacement[at + 1] == '{';
            int start = at + (braces ? 2 : 1);
            int end = start;
            while (end < replacement.Length && (char.IsLetterOrDigit(replacement[end]) || replacement[end] == '_'))
            {
                end++;
            }

            if (end == start || (braces && (end >= replacement.Length || replacement[end] != '}')))
            {
                text.Append("$$");
                continue;
            }

            // Unlike .NET, Go takes as long a name as there is: $1x is the group "1x", which is empty.
            text.Append("${").Append(replacement, start, end - start).Append('}');
            at = braces ? end : end - 1;
        }

        return text.ToString();
    }
}
