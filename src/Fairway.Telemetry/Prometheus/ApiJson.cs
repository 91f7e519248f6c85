using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Fairway.PromQL;
using Microsoft.AspNetCore.Http;

namespace Fairway.Telemetry.Prometheus;

/// <summary>The answers of the query API: the envelope, values, labels, times and numbers in Prometheus' forms.</summary>
internal static class ApiJson
{
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>A successful answer.</summary>
    /// <param name="context">The request.</param>
    /// <param name="data">Writes one value: what <c>data</c> is.</param>
    /// <param name="warnings">Said with the data.</param>
    /// <param name="infos">Said with the data.</param>
    public static async Task AnswerAsync(HttpContext context, Action<Utf8JsonWriter> data, IReadOnlyList<string>? warnings = null, IReadOnlyList<string>? infos = null)
    {
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, Options);
        json.WriteStartObject();
        json.WriteString("status", "success");
        json.WritePropertyName("data");
        data(json);
        Texts(json, "warnings", warnings);
        Texts(json, "infos", infos);
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    public static async Task RefuseAsync(HttpContext context, ApiException refused)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = refused.StatusCode;
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, Options);
        json.WriteStartObject();
        json.WriteString("status", "error");
        json.WriteString("errorType", refused.Type);
        json.WriteString("error", refused.Message);
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
    }

    public static void Labels(Utf8JsonWriter json, Labels labels)
    {
        json.WriteStartObject();
        for (int index = 0; index < labels.Count; index++)
        {
            json.WriteString(labels.NameAt(index), labels.ValueAt(index));
        }

        json.WriteEndObject();
    }

    /// <summary>A query's value.</summary>
    public static void Value(Utf8JsonWriter json, QueryValue value)
    {
        switch (value)
        {
            case ScalarValue scalar:
                json.WriteStartArray();
                Time(json, scalar.Time);
                Number(json, scalar.Value);
                json.WriteEndArray();
                break;
            case StringValue text:
                json.WriteStartArray();
                Time(json, text.Time);
                json.WriteStringValue(text.Value);
                json.WriteEndArray();
                break;
            case VectorValue vector:
                json.WriteStartArray();
                foreach (Sample sample in vector.Samples)
                {
                    json.WriteStartObject();
                    json.WritePropertyName("metric");
                    Labels(json, sample.Labels);
                    json.WritePropertyName(sample.Histogram is null ? "value" : "histogram");
                    Point(json, new Point(sample.Time, sample.Value, sample.Histogram));
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                break;
            case MatrixValue matrix:
                json.WriteStartArray();
                foreach (SeriesResult series in matrix.Series)
                {
                    Series(json, series);
                }

                json.WriteEndArray();
                break;
        }
    }

    /// <summary>The name that the API has for a kind of value.</summary>
    public static string TypeName(QueryValue value) => value switch
    {
        ScalarValue => "scalar",
        StringValue => "string",
        VectorValue => "vector",
        _ => "matrix",
    };

    /// <summary>Milliseconds as seconds with at most three decimals.</summary>
    public static void Time(Utf8JsonWriter json, long milliseconds)
    {
        Span<char> text = stackalloc char[32];
        ulong all = milliseconds < 0 ? (ulong)-milliseconds : (ulong)milliseconds;
        bool fits = all % 1000 == 0
            ? text.TryWrite(CultureInfo.InvariantCulture, $"{(milliseconds < 0 ? "-" : "")}{all / 1000}", out int length)
            : text.TryWrite(CultureInfo.InvariantCulture, $"{(milliseconds < 0 ? "-" : "")}{all / 1000}.{all % 1000:000}", out length);
        json.WriteRawValue(fits ? text[..length] : "0", skipInputValidation: true);
    }

    public static void Number(Utf8JsonWriter json, double value) => json.WriteStringValue(Number(value));

    /// <summary>As many digits as name the number exactly; an exponent below 1e-6 and from 1e21.</summary>
    public static string Number(double value)
    {
        double size = Math.Abs(value);
        return size != 0 && double.IsFinite(value) && size is < 1e-6 or >= 1e21 && double.IsFinite(value)
            ? value.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e')
            : GoText.FormatPlain(value);
    }

    /// <summary>A time as Go writes it in JSON.</summary>
    public static string GoTime(DateTimeOffset time)
    {
        string fraction = time.UtcDateTime.ToString("fffffff", CultureInfo.InvariantCulture).TrimEnd('0');
        return time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture) + (fraction.Length > 0 ? "." + fraction : "") + "Z";
    }

    private static void Series(Utf8JsonWriter json, SeriesResult series)
    {
        json.WriteStartObject();
        json.WritePropertyName("metric");
        Labels(json, series.Labels);
        Points(json, "values", series.Points.Where(point => point.Histogram is null));
        Points(json, "histograms", series.Points.Where(point => point.Histogram is not null));
        json.WriteEndObject();
    }

    private static void Points(Utf8JsonWriter json, string name, IEnumerable<Point> points)
    {
        bool any = false;
        foreach (Point point in points)
        {
            if (!any)
            {
                json.WriteStartArray(name);
                any = true;
            }

            Point(json, point);
        }

        if (any)
        {
            json.WriteEndArray();
        }
    }

    private static void Point(Utf8JsonWriter json, Point point)
    {
        json.WriteStartArray();
        Time(json, point.Time);
        if (point.Histogram is { } histogram)
        {
            Histogram(json, histogram);
        }
        else
        {
            Number(json, point.Value);
        }

        json.WriteEndArray();
    }

    private static void Histogram(Utf8JsonWriter json, FloatHistogram histogram)
    {
        json.WriteStartObject();
        json.WriteString("count", Number(histogram.Count));
        json.WriteString("sum", Number(histogram.Sum));
        bool any = false;
        foreach (HistogramBucket bucket in histogram.Buckets())
        {
            if (bucket.Count == 0)
            {
                continue;
            }

            if (!any)
            {
                json.WriteStartArray("buckets");
                any = true;
            }

            json.WriteStartArray();
            json.WriteNumberValue(bucket.BoundaryRule);
            Number(json, bucket.Lower);
            Number(json, bucket.Upper);
            Number(json, bucket.Count);
            json.WriteEndArray();
        }

        if (any)
        {
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void Texts(Utf8JsonWriter json, string name, IReadOnlyList<string>? texts)
    {
        if (texts is not { Count: > 0 })
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
