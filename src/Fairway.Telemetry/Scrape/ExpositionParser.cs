using System.Globalization;
using System.Text;
using Fairway.PromQL;

namespace Fairway.Telemetry.Scrape;

/// <summary>A page of metrics that cannot be read: where and why.</summary>
public sealed class ExpositionException(string message) : Exception(message);

/// <summary>One sample of a page.</summary>
internal readonly ref struct ExpositionSample(ReadOnlySpan<byte> metric, double value, long? time, ReadOnlySpan<byte> exemplar)
{
    /// <summary>Name and labels as written, from the start of the line to the value: the same bytes from scrape to scrape.</summary>
    public ReadOnlySpan<byte> Metric { get; } = metric;

    public double Value { get; } = value;

    /// <summary>Milliseconds, where the page says a time.</summary>
    public long? Time { get; } = time;

    /// <summary>What follows the <c>#</c> of an OpenMetrics sample; empty where there is none.</summary>
    public ReadOnlySpan<byte> Exemplar { get; } = exemplar;
}

/// <summary>Takes the parts of a page in order.</summary>
internal interface IExpositionReader
{
    void Sample(in ExpositionSample sample);

    /// <summary>A native histogram, which only protobuf can carry.</summary>
    /// <param name="metric">Name and labels as text.</param>
    /// <param name="histogram">The sample.</param>
    /// <param name="time">Milliseconds, where the page says a time.</param>
    /// <param name="exemplars">As OpenMetrics writes them.</param>
    void Histogram(ReadOnlySpan<byte> metric, FloatHistogram histogram, long? time, IReadOnlyList<string> exemplars);

    /// <summary>A statement about a metric family: one of TYPE, HELP and UNIT with its text.</summary>
    void Metadata(string family, string what, string text);
}

/// <summary>
/// Reads the text formats: Prometheus 0.0.4 and OpenMetrics 1.0, with names in quotes as of Prometheus 3. Works on bytes; labels
/// are decoded only when asked for, since a known series is found by its bytes.
/// </summary>
internal static class ExpositionParser
{
    /// <summary>Reads a whole page.</summary>
    /// <exception cref="ExpositionException">A line is malformed; names the line.</exception>
    public static void Parse(ReadOnlySpan<byte> page, bool openMetrics, IExpositionReader into)
    {
        int number = 0;
        bool ended = false;
        while (!page.IsEmpty)
        {
            number++;
            int end = page.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = (end < 0 ? page : page[..end]).TrimEnd((byte)'\r');
            page = end < 0 ? [] : page[(end + 1)..];
            if (ended)
            {
                throw new ExpositionException($"line {number}: data after # EOF");
            }

            line = line.Trim(" \t"u8);
            if (line.IsEmpty)
            {
                continue;
            }

            if (line[0] == '#')
            {
                ended = openMetrics && line.SequenceEqual("# EOF"u8);
                Comment(line[1..].TrimStart(" \t"u8), into);
                continue;
            }

            Line(line, openMetrics, number, into);
        }

        if (openMetrics && !ended)
        {
            throw new ExpositionException("data does not end with # EOF");
        }
    }

    /// <summary>The name and labels of a sample.</summary>
    /// <exception cref="ExpositionException">They are malformed.</exception>
    public static List<(string Name, string Value)> Labels(ReadOnlySpan<byte> metric)
    {
        var pairs = new List<(string, string)>();
        int brace = metric.IndexOf((byte)'{');
        ReadOnlySpan<byte> name = (brace < 0 ? metric : metric[..brace]).Trim(" \t"u8);
        if (!name.IsEmpty)
        {
            pairs.Add((PromQL.Labels.MetricName, Encoding.UTF8.GetString(name)));
        }

        if (brace < 0)
        {
            return pairs;
        }

        ReadOnlySpan<byte> rest = metric[(brace + 1)..];
        while (true)
        {
            rest = rest.TrimStart(" \t"u8);
            if (rest.IsEmpty)
            {
                throw new ExpositionException($"labels do not end: {Show(metric)}");
            }

            if (rest[0] == '}')
            {
                return pairs;
            }

            string key = Key(ref rest, metric, out bool quoted);
            rest = rest.TrimStart(" \t"u8);
            if (!rest.IsEmpty && rest[0] == '=')
            {
                rest = rest[1..].TrimStart(" \t"u8);
                pairs.Add((key, Quoted(ref rest, metric)));
            }
            else if (quoted)
            {
                pairs.Add((PromQL.Labels.MetricName, key));
            }
            else
            {
                throw new ExpositionException($"expected = after label {key}: {Show(metric)}");
            }

            rest = rest.TrimStart(" \t"u8);
            if (!rest.IsEmpty && rest[0] == ',')
            {
                rest = rest[1..];
            }
            else if (rest.IsEmpty || rest[0] != '}')
            {
                throw new ExpositionException($"expected , or }} after a label: {Show(metric)}");
            }
        }
    }

    /// <summary>A bound or quantile as OpenMetrics writes it: with a point or an exponent always.</summary>
    public static string Bound(double value)
    {
        string text = GoText.FormatGeneral(value);
        return double.IsFinite(value) && !text.Contains('.', StringComparison.Ordinal) && !text.Contains('e', StringComparison.Ordinal) ? text + ".0" : text;
    }

    /// <summary>The labels, value and time of an exemplar; null when it is malformed, which costs only itself.</summary>
    public static (List<(string, string)> Labels, double Value, long? Time)? Exemplar(ReadOnlySpan<byte> text)
    {
        try
        {
            int end = LabelsEnd(text);
            List<(string, string)> labels = Labels(text[..end]);
            ReadOnlySpan<byte> rest = text[end..].Trim(" \t"u8);
            int space = rest.IndexOf((byte)' ');
            double value = Number(space < 0 ? rest : rest[..space], 0);
            return (labels, value, space < 0 ? null : (long)Math.Round(Number(rest[(space + 1)..].Trim(" \t"u8), 0) * 1000));
        }
        catch (ExpositionException)
        {
            return null;
        }
    }

    private static void Comment(ReadOnlySpan<byte> comment, IExpositionReader into)
    {
        foreach (string what in (ReadOnlySpan<string>)["TYPE", "HELP", "UNIT"])
        {
            if (comment.Length <= what.Length || !comment.StartsWith(Encoding.ASCII.GetBytes(what)) || comment[what.Length] is not ((byte)' ' or (byte)'\t'))
            {
                continue;
            }

            ReadOnlySpan<byte> rest = comment[(what.Length + 1)..].TrimStart(" \t"u8);
            string family;
            if (!rest.IsEmpty && rest[0] == '"')
            {
                family = Quoted(ref rest, comment);
            }
            else
            {
                int space = rest.IndexOfAny((byte)' ', (byte)'\t');
                family = Encoding.UTF8.GetString(space < 0 ? rest : rest[..space]);
                rest = space < 0 ? [] : rest[space..];
            }

            string text = Encoding.UTF8.GetString(rest.TrimStart(" \t"u8));
            into.Metadata(family, what, what == "HELP" ? text.Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal) : text);
        }
    }

    private static void Line(ReadOnlySpan<byte> line, bool openMetrics, int number, IExpositionReader into)
    {
        int end = LabelsEnd(line);
        ReadOnlySpan<byte> metric = line[..end];
        ReadOnlySpan<byte> rest = line[end..].TrimStart(" \t"u8);
        ReadOnlySpan<byte> exemplar = default;
        if (openMetrics && rest.IndexOf(" # "u8) is >= 0 and int hash)
        {
            exemplar = rest[(hash + 3)..];
            rest = rest[..hash];
        }

        rest = rest.TrimEnd(" \t"u8);
        int space = rest.IndexOfAny((byte)' ', (byte)'\t');
        ReadOnlySpan<byte> value = space < 0 ? rest : rest[..space];
        ReadOnlySpan<byte> time = space < 0 ? default : rest[space..].Trim(" \t"u8);
        if (value.IsEmpty || metric.IsEmpty)
        {
            throw new ExpositionException($"line {number}: expected a value after the metric: {Show(line)}");
        }

        long? at = time.IsEmpty ? null
            : openMetrics ? (long)Math.Round(Number(time, number) * 1000)
            : long.TryParse(time, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long milliseconds) ? milliseconds
            : throw new ExpositionException($"line {number}: {Show(time)} is no timestamp");
        into.Sample(new ExpositionSample(metric, Number(value, number), at, exemplar));
    }

    /// <summary>Where the name and labels end: behind the closing brace, or at the first space where there is none.</summary>
    private static int LabelsEnd(ReadOnlySpan<byte> line)
    {
        int at = 0;
        while (at < line.Length && line[at] is not ((byte)'{' or (byte)' ' or (byte)'\t'))
        {
            at++;
        }

        int brace = at;
        while (brace < line.Length && line[brace] is (byte)' ' or (byte)'\t')
        {
            brace++;
        }

        if (brace >= line.Length || line[brace] != '{')
        {
            return at;
        }

        bool quoted = false;
        for (at = brace; at < line.Length; at++)
        {
            if (quoted && line[at] == '\\')
            {
                at++;
            }
            else if (line[at] == '"')
            {
                quoted = !quoted;
            }
            else if (!quoted && line[at] == '}')
            {
                return at + 1;
            }
        }

        throw new ExpositionException($"labels do not end: {Show(line)}");
    }

    private static string Key(ref ReadOnlySpan<byte> rest, ReadOnlySpan<byte> metric, out bool quoted)
    {
        quoted = rest[0] == '"';
        if (quoted)
        {
            return Quoted(ref rest, metric);
        }

        int length = 0;
        while (length < rest.Length && (char.IsAsciiLetterOrDigit((char)rest[length]) || rest[length] == '_'))
        {
            length++;
        }

        if (length == 0 || char.IsAsciiDigit((char)rest[0]))
        {
            throw new ExpositionException($"expected a label name: {Show(metric)}");
        }

        string key = Encoding.ASCII.GetString(rest[..length]);
        rest = rest[length..];
        return key;
    }

    private static string Quoted(ref ReadOnlySpan<byte> rest, ReadOnlySpan<byte> metric)
    {
        if (rest.IsEmpty || rest[0] != '"')
        {
            throw new ExpositionException($"expected a text in quotes: {Show(metric)}");
        }

        int end = 1;
        bool escaped = false;
        while (end < rest.Length && rest[end] != '"')
        {
            escaped |= rest[end] == '\\';
            end += rest[end] == '\\' ? 2 : 1;
        }

        if (end >= rest.Length)
        {
            throw new ExpositionException($"a text in quotes does not end: {Show(metric)}");
        }

        string text = Encoding.UTF8.GetString(rest[1..end]);
        rest = rest[(end + 1)..];
        return escaped ? Unescape(text) : text;
    }

    private static string Unescape(string text)
    {
        var plain = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length)
            {
                char next = text[++at];
                _ = next switch
                {
                    'n' => plain.Append('\n'),
                    '"' or '\\' => plain.Append(next),
                    _ => plain.Append('\\').Append(next),
                };
            }
            else
            {
                plain.Append(text[at]);
            }
        }

        return plain.ToString();
    }

    private static double Number(ReadOnlySpan<byte> text, int line)
        => double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double number)
            && double.IsFinite(number)
            ? number
            : Prometheus.ApiTime.Number(Encoding.UTF8.GetString(text)) ?? throw new ExpositionException($"line {line}: {Show(text)} is no number");

    private static string Show(ReadOnlySpan<byte> text) => GoText.Quote(Encoding.UTF8.GetString(text.Length > 100 ? text[..100] : text));
}
