using System.Text;
using Fairway.Cel.Evaluation;
using static Fairway.Cel.CelOverload;

namespace Fairway.Cel.Libraries;

/// <summary>The strings extension, by code points: charAt, indexOf, join, quote, replace, split, substring, trim, case, reverse.</summary>
internal static class StringsLibrary
{
    private static readonly CelType S = CelType.String;
    private static readonly CelType ListS = CelType.ListOf(CelType.String);

    public static readonly CelLibrary Instance = new(
        "strings",
        new("charAt", Linear(Member("string_char_at_int", S, CelType.Int, S, CharAt))),
        new("indexOf", Linear(Member("string_index_of_string", S, S, CelType.Int, (a, b) => IndexOf(a, b, 0))), Linear(Member("string_index_of_string_int", [S, S, CelType.Int], CelType.Int, args => IndexOf(args[0], args[1], args[2].IntValue)))),
        new(
            "lastIndexOf",
            Linear(Member("string_last_index_of_string", S, S, CelType.Int, (a, b) => LastIndexOf(a, b, null))),
            Linear(Member("string_last_index_of_string_int", [S, S, CelType.Int], CelType.Int, args => LastIndexOf(args[0], args[1], args[2].IntValue)))),
        new("join", Member("list_join", ListS, S, a => Join(a, "")), Member("list_join_string", ListS, S, S, (a, b) => Join(a, b.StringValue))),
        new("strings.quote", Linear(CelOverload.Of("strings_quote", S, S, a => CelValue.Of(QuoteText(a.StringValue))))),
        new(
            "replace",
            Linear(Member("string_replace_string_string", [S, S, S], S, args => Replace(args[0].StringValue, args[1].StringValue, args[2].StringValue, -1))),
            Linear(Member("string_replace_string_string_int", [S, S, S, CelType.Int], S, args => Replace(args[0].StringValue, args[1].StringValue, args[2].StringValue, args[3].IntValue)))),
        new(
            "split",
            Linear(Member("string_split_string", S, S, ListS, (a, b) => Split(a.StringValue, b.StringValue, -1))),
            Linear(Member("string_split_string_int", [S, S, CelType.Int], ListS, args => Split(args[0].StringValue, args[1].StringValue, args[2].IntValue)))),
        new(
            "substring",
            Linear(Member("string_substring_int", S, CelType.Int, S, (a, b) => Substring(a, b.IntValue, null))),
            Linear(Member("string_substring_int_int", [S, CelType.Int, CelType.Int], S, args => Substring(args[0], args[1].IntValue, args[2].IntValue)))),
        new("trim", Linear(Member("string_trim", S, S, a => CelValue.Of(a.StringValue.Trim())))),
        new("lowerAscii", Linear(Member("string_lower_ascii", S, S, a => CelValue.Of(MapAscii(a.StringValue, lower: true))))),
        new("upperAscii", Linear(Member("string_upper_ascii", S, S, a => CelValue.Of(MapAscii(a.StringValue, lower: false))))),
        new("reverse", Linear(Member("string_reverse", S, S, Reverse))));

    private static CelOverload Linear(CelOverload overload) => overload with { Cost = (args, _) => Math.Max(1, OperatorCosts.Traversal(Access.Size(args[0]))) };

    private static CelValue CharAt(CelValue text, CelValue index)
    {
        var points = new CodePoints(text.StringValue);
        long at = index.IntValue;
        return at < 0 || at > points.Count ? CodePoints.OutOfRange(at) : CelValue.Of(at == points.Count ? "" : points.Slice(at, at + 1));
    }

    internal static CelValue IndexOf(CelValue text, CelValue part, long from)
    {
        var points = new CodePoints(text.StringValue);
        if (from < 0 || from > points.Count)
        {
            return CodePoints.OutOfRange(from);
        }

        return CelValue.Of(points.FromUnit(text.StringValue.IndexOf(part.StringValue, points.ToUnit(from), StringComparison.Ordinal)));
    }

    internal static CelValue LastIndexOf(CelValue text, CelValue part, long? from)
    {
        var points = new CodePoints(text.StringValue);
        if (from is { } last && (last < 0 || last > points.Count))
        {
            return CodePoints.OutOfRange(last);
        }

        int partCount = Access.CodePoints(part.StringValue);
        if (partCount > points.Count)
        {
            return CelValue.Of(-1L);
        }

        for (long at = Math.Min(from ?? long.MaxValue, points.Count - partCount); at >= 0; at--)
        {
            if (string.CompareOrdinal(text.StringValue, points.ToUnit(at), part.StringValue, 0, part.StringValue.Length) == 0)
            {
                return CelValue.Of(at);
            }
        }

        return CelValue.Of(-1L);
    }

    private static CelValue Join(CelValue list, string separator)
    {
        var text = new StringBuilder();
        CelList items = list.ListValue;
        for (int i = 0; i < items.Count; i++)
        {
            CelValue item = items[i];
            if (item.Kind != CelKind.String)
            {
                return item.IsError ? item : CelValue.Fail("no such overload: join takes a list of strings");
            }

            text.Append(i == 0 ? "" : separator).Append(item.StringValue);
        }

        return CelValue.Of(text.ToString());
    }

    internal static string QuoteText(string value)
    {
        var text = new StringBuilder(value.Length + 2).Append('"');
        for (int i = 0; i < value.Length; i++)
        {
            char c = value[i];
            string? escape = c switch
            {
                '\a' => "\\a",
                '\b' => "\\b",
                '\f' => "\\f",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\v' => "\\v",
                '\\' => @"\\",
                '"' => "\\\"",
                _ => null,
            };
            bool lone = char.IsSurrogate(c) && !(char.IsHighSurrogate(c) && i + 1 < value.Length && char.IsLowSurrogate(value[i + 1])) && !(char.IsLowSurrogate(c) && i > 0 && char.IsHighSurrogate(value[i - 1]));
            text.Append(escape ?? (lone ? "\ufffd" : c.ToString()));
        }

        return text.Append('"').ToString();
    }

    private static CelValue Replace(string text, string old, string by, long limit)
    {
        if (limit < 0 && old.Length > 0)
        {
            return CelValue.Of(text.Replace(old, by, StringComparison.Ordinal));
        }

        var result = new StringBuilder();
        int at = 0;
        long left = limit < 0 ? long.MaxValue : limit;
        if (old.Length == 0)
        {
            var points = new CodePoints(text);
            for (int i = 0; i <= points.Count; i++)
            {
                result.Append(left-- > 0 ? by : "").Append(i < points.Count ? points.Slice(i, i + 1) : "");
            }

            return CelValue.Of(result.ToString());
        }

        while (left-- > 0)
        {
            int found = text.IndexOf(old, at, StringComparison.Ordinal);
            if (found < 0)
            {
                break;
            }

            result.Append(text, at, found - at).Append(by);
            at = found + old.Length;
        }

        return CelValue.Of(result.Append(text, at, text.Length - at).ToString());
    }

    private static CelValue Split(string text, string separator, long limit)
    {
        if (limit == 0)
        {
            return CelValue.Of(ArrayList.Empty);
        }

        var parts = new List<CelValue>();
        if (separator.Length == 0)
        {
            var points = new CodePoints(text);
            for (int i = 0; i < points.Count; i++)
            {
                bool last = limit > 0 && parts.Count == limit - 1;
                parts.Add(CelValue.Of(points.Slice(i, last ? points.Count : i + 1)));
                if (last)
                {
                    break;
                }
            }

            return CelValue.Of(parts);
        }

        int at = 0;
        while (limit < 0 || parts.Count < limit - 1)
        {
            int found = text.IndexOf(separator, at, StringComparison.Ordinal);
            if (found < 0)
            {
                break;
            }

            parts.Add(CelValue.Of(text[at..found]));
            at = found + separator.Length;
        }

        parts.Add(CelValue.Of(text[at..]));
        return CelValue.Of(parts);
    }

    private static CelValue Substring(CelValue text, long start, long? end)
    {
        var points = new CodePoints(text.StringValue);
        long last = end ?? points.Count;
        if (end is not null && start > last)
        {
            return CelValue.Fail($"invalid substring range. start: {start}, end: {last}");
        }

        if (start < 0 || start > points.Count)
        {
            return CodePoints.OutOfRange(start);
        }

        if (last < 0 || last > points.Count)
        {
            return CodePoints.OutOfRange(last);
        }

        return CelValue.Of(points.Slice(start, last));
    }

    private static string MapAscii(string text, bool lower) => string.Create(text.Length, (text, lower), static (span, state) =>
    {
        for (int i = 0; i < span.Length; i++)
        {
            char c = state.text[i];
            span[i] = state.lower ? (c is >= 'A' and <= 'Z' ? (char)(c + 32) : c) : (c is >= 'a' and <= 'z' ? (char)(c - 32) : c);
        }
    });

    private static CelValue Reverse(CelValue text)
    {
        var points = new CodePoints(text.StringValue);
        var result = new StringBuilder(text.StringValue.Length);
        for (int i = points.Count - 1; i >= 0; i--)
        {
            result.Append(points.Slice(i, i + 1));
        }

        return CelValue.Of(result.ToString());
    }
}
