using System.Globalization;
using System.Text.Json;
using Fairway.PromQL;
using Fairway.Telemetry.Logs.Query;
using Fairway.Telemetry.Logs.Query.Evaluation;
using Fairway.Telemetry.Prometheus;
using Microsoft.AspNetCore.Http;

namespace Fairway.Telemetry.Logs.Loki;

/// <summary>The answers of Loki's API.</summary>
internal static class LokiJson
{
    /// <summary>An answer of the form <c>{"status":"success", ...}</c>.</summary>
    public static Task SuccessAsync(HttpContext context, Action<Utf8JsonWriter> body) => ObjectAsync(context, json =>
    {
        json.WriteString("status", "success");
        body(json);
    });

    /// <summary>An answer that is one object.</summary>
    public static async Task ObjectAsync(HttpContext context, Action<Utf8JsonWriter> body)
    {
        context.Response.ContentType = "application/json; charset=UTF-8";
        await using (var json = new Utf8JsonWriter(context.Response.BodyWriter, ApiJson.Options))
        {
            json.WriteStartObject();
            body(json);
            json.WriteEndObject();
            await json.FlushAsync(context.RequestAborted);
        }

        await context.Response.BodyWriter.WriteAsync("\n"u8.ToArray(), context.RequestAborted);
    }

    /// <summary>The answer of a query.</summary>
    public static Task DataAsync(HttpContext context, string type, bool categorized, Action<Utf8JsonWriter> result, int entries = 0, TimeSpan took = default) => SuccessAsync(context, json =>
    {
        json.WriteStartObject("data");
        json.WriteString("resultType", type);
        if (categorized)
        {
            json.WriteStartArray("encodingFlags");
            json.WriteStringValue("categorize-labels");
            json.WriteEndArray();
        }

        json.WritePropertyName("result");
        result(json);
        json.WriteStartObject("stats");
        json.WriteStartObject("summary");
        json.WriteNumber("execTime", took.TotalSeconds);
        json.WriteNumber("totalEntriesReturned", entries);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    });

    /// <summary>Texts under <c>data</c>; nothing when there are none.</summary>
    public static Task TextsAsync(HttpContext context, IEnumerable<string> texts) => SuccessAsync(context, json =>
    {
        string[] ordered = [.. texts.Distinct().Order(StringComparer.Ordinal)];
        if (ordered.Length > 0)
        {
            json.WriteStartArray("data");
            Array.ForEach(ordered, json.WriteStringValue);
            json.WriteEndArray();
        }
    });

    /// <summary>Lines, stream by stream.</summary>
    public static void Streams(Utf8JsonWriter json, IEnumerable<FoundLine> lines, bool categorized)
    {
        json.WriteStartArray();
        foreach (IGrouping<Labels, FoundLine> stream in lines.GroupBy(line => categorized ? StreamOf(line) : line.Labels).OrderBy(stream => stream.Key.ToString(), StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WritePropertyName("stream");
            ApiJson.Labels(json, stream.Key);
            json.WriteStartArray("values");
            foreach (FoundLine line in stream)
            {
                json.WriteStartArray();
                json.WriteStringValue(line.Time.ToString(CultureInfo.InvariantCulture));
                json.WriteStringValue(line.Line);
                if (categorized)
                {
                    json.WriteStartObject();
                    Layer(json, "structuredMetadata", line.Known);
                    Layer(json, "parsed", line.Found);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Series with their points.</summary>
    public static void Matrix(Utf8JsonWriter json, IEnumerable<NumberSeries> series, long from, long step)
    {
        json.WriteStartArray();
        foreach (IGrouping<Labels, NumberSeries> one in series.GroupBy(one => one.Labels).OrderBy(one => one.Key))
        {
            json.WriteStartObject();
            json.WritePropertyName("metric");
            ApiJson.Labels(json, one.Key);
            json.WriteStartArray("values");
            for (int index = 0; index < one.First().Values.Length; index++)
            {
                foreach (double value in one.Select(member => member.Values[index]).OfType<double>())
                {
                    Point(json, from + (index * step), value);
                }
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Series at one moment, in the order given.</summary>
    public static void Vector(Utf8JsonWriter json, IEnumerable<NumberSeries> series, long at)
    {
        json.WriteStartArray();
        foreach (NumberSeries one in series)
        {
            json.WriteStartObject();
            json.WritePropertyName("metric");
            ApiJson.Labels(json, one.Labels);
            json.WritePropertyName("value");
            Point(json, at, one.Values[0] ?? double.NaN);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Seconds with as many decimals as needed, and the value as text.</summary>
    public static void Point(Utf8JsonWriter json, long nanoseconds, double value)
    {
        json.WriteStartArray();
        json.WriteRawValue(((nanoseconds / 1_000_000) / 1000m).ToString("0.###", CultureInfo.InvariantCulture), skipInputValidation: true);
        json.WriteStringValue(GoText.FormatPlain(value));
        json.WriteEndArray();
    }

    private static Labels StreamOf(FoundLine line)
    {
        Labels own = line.Labels;
        for (int index = 0; index < line.Known.Count; index++)
        {
            own = own.Without(line.Known.NameAt(index));
        }

        for (int index = 0; index < line.Found.Count; index++)
        {
            own = own.Without(line.Found.NameAt(index));
        }

        return own;
    }

    private static void Layer(Utf8JsonWriter json, string name, Labels labels)
    {
        if (labels.Count > 0)
        {
            json.WritePropertyName(name);
            ApiJson.Labels(json, labels);
        }
    }
}
