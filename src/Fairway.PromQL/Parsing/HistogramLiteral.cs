using System.Globalization;

namespace Fairway.PromQL.Parsing;

/// <summary>Reads what stands between the braces of <c>{{schema:1 sum:3 count:22 buckets:[5 10 7]}}</c>.</summary>
internal static class HistogramLiteral
{
    /// <exception cref="FormatException">An unknown or doubled field, or a value of the wrong kind.</exception>
    public static (FloatHistogram Histogram, bool HintGiven) Parse(string body)
    {
        Dictionary<string, string> fields = Fields(body);
        double Number(string key) => fields.TryGetValue(key, out string? text) ? Double(text) : 0;
        int Whole(string key) => fields.TryGetValue(key, out string? text) ? Int(text) : 0;
        var histogram = new FloatHistogram
        {
            Schema = Whole("schema"),
            Sum = Number("sum"),
            Count = Number("count"),
            ZeroCount = Number("z_bucket"),
            ZeroThreshold = Number("z_bucket_w"),
            CustomBounds = fields.TryGetValue("custom_values", out string? bounds) ? Array(bounds) : [],
            Positive = Buckets(fields, "buckets", "offset"),
            Negative = Buckets(fields, "n_buckets", "n_offset"),
            Hint = fields.TryGetValue("counter_reset_hint", out string? hint) ? Hint(hint) : CounterResetHint.Unknown,
        };
        return (histogram, hint is not null);
    }

    private static Dictionary<string, string> Fields(string body)
    {
        string[] known = ["schema", "sum", "count", "z_bucket", "z_bucket_w", "custom_values", "buckets", "offset", "n_buckets", "n_offset", "counter_reset_hint"];
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        int at = 0;
        while (true)
        {
            while (at < body.Length && char.IsWhiteSpace(body[at]))
            {
                at++;
            }

            if (at >= body.Length)
            {
                return fields;
            }

            int colon = body.IndexOf(':', at);
            string key = colon < 0 ? body[at..] : body[at..colon];
            if (colon < 0 || !known.Contains(key, StringComparer.Ordinal))
            {
                throw new FormatException($"bad histogram descriptor found: {GoText.Quote(key)}");
            }

            bool isArray = colon + 1 < body.Length && body[colon + 1] == '[';
            int end = isArray ? body.IndexOf(']', colon) : body.IndexOfAny([' ', '\t'], colon);
            end = end < 0 ? body.Length : isArray ? end + 1 : end;
            if (!fields.TryAdd(key, body[(colon + 1)..end]))
            {
                throw new FormatException($"duplicate key \"{key}\" in histogram");
            }

            at = end;
        }
    }

    private static BucketSet Buckets(Dictionary<string, string> fields, string key, string offsetKey)
    {
        if (!fields.TryGetValue(key, out string? text))
        {
            return BucketSet.None;
        }

        double[] counts = Array(text);
        int offset = fields.TryGetValue(offsetKey, out string? start) ? Int(start) : 0;
        return new BucketSet([.. Enumerable.Range(offset, counts.Length)], counts);
    }

    private static CounterResetHint Hint(string text) => text switch
    {
        "unknown" => CounterResetHint.Unknown,
        "reset" => CounterResetHint.Reset,
        "not_reset" => CounterResetHint.NotReset,
        "gauge" => CounterResetHint.Gauge,
        _ => throw new FormatException($"error parsing counter_reset_hint: unknown value {text}"),
    };

    private static double[] Array(string text)
        => [.. text.Trim('[', ']').Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(Double)];

    private static double Double(string text)
    {
        bool negative = text.StartsWith('-');
        return NumberScanner.TryParseNumber(text.TrimStart('+', '-'), out double value)
            ? negative ? -value : value
            : throw new FormatException($"error parsing number: {text}");
    }

    private static int Int(string text)
        => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)
            ? value
            : throw new FormatException($"error parsing whole number: {text}");
}
