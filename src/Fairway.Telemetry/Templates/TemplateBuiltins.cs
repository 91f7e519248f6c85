using System.Collections;
using System.Collections.Frozen;
using System.Globalization;
using Fairway.PromQL;

namespace Fairway.Telemetry.Templates;

/// <summary>Functions that every template of Go has.</summary>
internal static class TemplateBuiltins
{
    public static readonly FrozenDictionary<string, TemplateFunction> All = new Dictionary<string, TemplateFunction>(StringComparer.Ordinal)
    {
        ["not"] = arguments => !TemplateRun.IsTrue(arguments[0]),
        ["len"] = arguments => arguments[0] switch
        {
            string text => (long)System.Text.Encoding.UTF8.GetByteCount(text),
            IReadOnlyDictionary<string, string> map => (long)map.Count,
            ICollection list => (long)list.Count,
            IEnumerable list => (long)list.Cast<object?>().Count(),
            _ => throw new TemplateException("len of that is not defined"),
        },
        ["index"] = Index,
        ["slice"] = Slice,
        ["print"] = Printed,
        ["println"] = arguments => string.Join(' ', arguments.Select(GoFormat.Print)) + "\n",
        ["printf"] = arguments => GoFormat.Format(Text(arguments, 0), [.. arguments.Skip(1)]),
        ["html"] = arguments => Html(Printed(arguments)),
        ["urlquery"] = arguments => Uri.EscapeDataString(Printed(arguments)).Replace("%20", "+", StringComparison.Ordinal),
        ["js"] = arguments => Js(Printed(arguments)),
        ["eq"] = arguments => arguments.Skip(1).Any(other => Equal(arguments[0], other)),
        ["ne"] = arguments => !Equal(arguments[0], arguments[1]),
        ["lt"] = arguments => Compare(arguments[0], arguments[1]) < 0,
        ["le"] = arguments => Compare(arguments[0], arguments[1]) <= 0,
        ["gt"] = arguments => Compare(arguments[0], arguments[1]) > 0,
        ["ge"] = arguments => Compare(arguments[0], arguments[1]) >= 0,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>A text with what pages need escaped.</summary>
    public static string Html(string text)
        => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal)
            .Replace("\"", "&#34;", StringComparison.Ordinal).Replace("'", "&#39;", StringComparison.Ordinal);

    // Blanks stand between two neighbours of which neither is a text.
    private static string Printed(IReadOnlyList<object?> arguments)
    {
        var text = new System.Text.StringBuilder();
        for (int i = 0; i < arguments.Count; i++)
        {
            if (i > 0 && arguments[i] is not string && arguments[i - 1] is not string)
            {
                text.Append(' ');
            }

            text.Append(GoFormat.Print(arguments[i]));
        }

        return text.ToString();
    }

    private static string Js(string text)
    {
        var escaped = new System.Text.StringBuilder();
        foreach (char c in text)
        {
            escaped.Append(c switch
            {
                '\\' => "\\\\",
                '\'' => "\\'",
                '"' => "\\\"",
                '<' or '>' or '&' or '=' or < ' ' => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"),
                _ => c.ToString(),
            });
        }

        return escaped.ToString();
    }

    /// <summary>An argument as text.</summary>
    public static string Text(IReadOnlyList<object?> arguments, int index)
        => index < arguments.Count
            ? arguments[index] as string ?? GoFormat.Print(arguments[index])
            : throw new TemplateException($"wrong number of args: want at least {index + 1} got {arguments.Count}");

    /// <summary>An argument as a number, texts read as numbers.</summary>
    public static double Number(IReadOnlyList<object?> arguments, int index)
    {
        object? value = index < arguments.Count ? arguments[index] : throw new TemplateException($"wrong number of args: want at least {index + 1} got {arguments.Count}");
        return value switch
        {
            double real => real,
            long whole => whole,
            int whole => whole,
            TimeSpan duration => duration.TotalSeconds,
            string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double parsed) => parsed,
            string text => text.ToLowerInvariant() switch
            {
                "nan" => double.NaN,
                "+inf" or "inf" => double.PositiveInfinity,
                "-inf" => double.NegativeInfinity,
                _ => throw new TemplateException($"strconv.ParseFloat: parsing {GoText.Quote(text)}: invalid syntax"),
            },
            _ => throw new TemplateException($"can't convert {GoFormat.Print(value)} to float"),
        };
    }

    private static object? Index(IReadOnlyList<object?> arguments)
    {
        object? value = arguments[0];
        foreach (object? key in arguments.Skip(1))
        {
            value = value switch
            {
                IReadOnlyDictionary<string, string> map => map.GetValueOrDefault(GoFormat.Print(key)) ?? string.Empty,
                IReadOnlyDictionary<string, object?> map => map.GetValueOrDefault(GoFormat.Print(key)),
                string text when key is long at && at >= 0 && at < text.Length => (long)text[(int)at],
                IEnumerable list and not string when key is long at => list.Cast<object?>().ElementAtOrDefault((int)at) ?? throw new TemplateException($"index out of range: {at}"),
                _ => throw new TemplateException("can't index item"),
            };
        }

        return value;
    }

    private static object? Slice(IReadOnlyList<object?> arguments)
    {
        int from = arguments.Count > 1 ? (int)Number(arguments, 1) : 0;
        switch (arguments[0])
        {
            case string text:
                int end = arguments.Count > 2 ? (int)Number(arguments, 2) : text.Length;
                return from >= 0 && from <= end && end <= text.Length ? text[from..end] : throw new TemplateException($"index out of range: {end}");
            case IEnumerable list:
                List<object?> items = [.. list.Cast<object?>()];
                int last = arguments.Count > 2 ? (int)Number(arguments, 2) : items.Count;
                return from >= 0 && from <= last && last <= items.Count ? items[from..last] : throw new TemplateException($"index out of range: {last}");
            default:
                throw new TemplateException("can't slice item");
        }
    }

    private static bool Equal(object? left, object? right)
        => left is null || right is null ? ReferenceEquals(left, right)
            : left is string || right is string || left is bool ? left.Equals(right)
            : Compare(left, right) == 0;

    private static int Compare(object? left, object? right)
        => left is string one && right is string other
            ? string.CompareOrdinal(one, other)
            : left is string || right is string
            ? throw new TemplateException("incompatible types for comparison")
            : Number([left], 0).CompareTo(Number([right], 0));
}

/// <summary>Methods of times.</summary>
internal static class TemplateTimes
{
    // Go's layout words with .NET's, longest first.
    private static readonly (string Go, string Net)[] Layout =
    [
        ("January", "MMMM"), ("Monday", "dddd"), ("2006", "yyyy"), ("-07:00", "zzz"), ("Z07:00", "K"), ("-0700", "zz00"), (".000", ".fff"), ("Jan", "MMM"), ("Mon", "ddd"),
        ("MST", "'UTC'"), ("01", "MM"), ("02", "dd"), ("03", "hh"), ("04", "mm"), ("05", "ss"), ("06", "yy"), ("15", "HH"), ("PM", "tt"), ("1", "%M"), ("2", "%d"),
    ];

    public static object? Member(DateTimeOffset time, string name, IReadOnlyList<object?> arguments) => name switch
    {
        "Format" => Format(time, TemplateBuiltins.Text(arguments, 0)),
        "Unix" => time.ToUnixTimeSeconds(),
        "UTC" => time.ToUniversalTime(),
        "Year" => (long)time.Year,
        "Day" => (long)time.Day,
        "Hour" => (long)time.Hour,
        "Minute" => (long)time.Minute,
        "Second" => (long)time.Second,
        "IsZero" => time == default,
        "String" => GoFormat.Time(time),
        _ => throw new TemplateException($"can't evaluate field {name} in type time.Time"),
    };

    public static string Format(DateTimeOffset time, string layout)
    {
        var text = new System.Text.StringBuilder();
        for (int i = 0; i < layout.Length;)
        {
            (string Go, string Net) word = Array.Find(Layout, one => layout.AsSpan(i).StartsWith(one.Go, StringComparison.Ordinal));
            if (word.Go is null)
            {
                text.Append(layout[i++]);
                continue;
            }

            text.Append(word.Go switch
            {
                "Z07:00" => time.Offset == TimeSpan.Zero ? "Z" : time.ToString("zzz", CultureInfo.InvariantCulture),
                "-0700" => time.ToString("zzz", CultureInfo.InvariantCulture).Replace(":", string.Empty, StringComparison.Ordinal),
                "MST" => "UTC",
                _ => time.ToString(word.Net.Length == 1 ? "%" + word.Net : word.Net, CultureInfo.InvariantCulture),
            });
            i += word.Go.Length;
        }

        return text.ToString();
    }
}
