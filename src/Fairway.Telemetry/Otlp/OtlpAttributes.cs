using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Fairway.Telemetry.Wire;

namespace Fairway.Telemetry.Otlp;

/// <summary>Attributes and values of OTLP, decoded: text, bool, long, double, bytes, lists and maps.</summary>
internal static class OtlpAttributes
{
    private const int MostDepth = 32;
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads one <c>KeyValue</c>.</summary>
    public static (string Key, object? Value) KeyValue(ReadOnlySpan<byte> data, int depth = 0)
    {
        string key = "";
        object? value = null;
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: key = reader.String(); break;
                case 2: value = Value(reader.Bytes(), depth); break;
                default: reader.Skip(); break;
            }
        }

        return (key, value);
    }

    /// <summary>Reads one <c>AnyValue</c>; null when it is empty.</summary>
    public static object? Value(ReadOnlySpan<byte> data, int depth = 0)
    {
        if (depth > MostDepth)
        {
            throw new ProtoException($"an attribute is nested deeper than {MostDepth} levels");
        }

        object? value = null;
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: value = reader.String(); break;
                case 2: value = reader.Bool(); break;
                case 3: value = reader.Int64(); break;
                case 4: value = reader.Double(); break;
                case 5: value = List(reader.Bytes(), depth + 1); break;
                case 6: value = Map(reader.Bytes(), depth + 1); break;
                case 7: value = reader.Bytes().ToArray(); break;
                default: reader.Skip(); break;
            }
        }

        return value;
    }

    /// <summary>A value as text: strings as they are, lists and maps as JSON, bytes in base64.</summary>
    public static string Text(object? value) => value switch
    {
        null => "",
        string text => text,
        bool flag => flag ? "true" : "false",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => Number(number),
        byte[] bytes => Convert.ToBase64String(bytes),
        _ => Structure(value),
    };

    public static string Number(double number) => double.IsNaN(number)
        ? "NaN"
        : double.IsInfinity(number) ? (number > 0 ? "+Inf" : "-Inf") : Prometheus.ApiJson.Number(number);

    private static List<object?> List(ReadOnlySpan<byte> data, int depth)
    {
        var list = new List<object?>();
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                list.Add(Value(reader.Bytes(), depth));
            }
            else
            {
                reader.Skip();
            }
        }

        return list;
    }

    private static List<KeyValuePair<string, object?>> Map(ReadOnlySpan<byte> data, int depth)
    {
        var map = new List<KeyValuePair<string, object?>>();
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                (string key, object? value) = KeyValue(reader.Bytes(), depth);
                map.Add(KeyValuePair.Create(key, value));
            }
            else
            {
                reader.Skip();
            }
        }

        return map;
    }

    private static string Structure(object value)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Json))
        {
            Write(json, value);
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static void Write(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case string text: json.WriteStringValue(text); break;
            case bool flag: json.WriteBooleanValue(flag); break;
            case long number: json.WriteNumberValue(number); break;
            case double number when double.IsFinite(number): json.WriteNumberValue(number); break;
            case double number: json.WriteStringValue(Number(number)); break;
            case byte[] bytes: json.WriteBase64StringValue(bytes); break;
            case List<object?> list:
                json.WriteStartArray();
                foreach (object? one in list)
                {
                    Write(json, one);
                }

                json.WriteEndArray();
                break;
            case List<KeyValuePair<string, object?>> map:
                json.WriteStartObject();
                foreach ((string key, object? one) in map.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    json.WritePropertyName(key);
                    Write(json, one);
                }

                json.WriteEndObject();
                break;
        }
    }
}

/// <summary>A resource: who sends. Read once for all that it sends.</summary>
internal sealed class OtlpResource
{
    private readonly List<(string Key, object? Value)> _attributes = [];

    public IReadOnlyList<(string Key, object? Value)> Attributes => _attributes;

    public static OtlpResource Read(ReadOnlySpan<byte> data)
    {
        var resource = new OtlpResource();
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                resource._attributes.Add(OtlpAttributes.KeyValue(reader.Bytes()));
            }
            else
            {
                reader.Skip();
            }
        }

        return resource;
    }

    /// <summary>An attribute as text, or nothing.</summary>
    public string this[string key]
    {
        get
        {
            foreach ((string name, object? value) in _attributes)
            {
                if (name == key)
                {
                    return OtlpAttributes.Text(value);
                }
            }

            return "";
        }
    }
}
