using System.Globalization;
using System.Text.Json;
using Fairway.Telemetry.Wire;

namespace Fairway.Telemetry.Otlp;

/// <summary>
/// OTLP's JSON form, turned into the binary one. It is proto3's mapping with the specification's deviations: ids in hexadecimal
/// of either case, enums as numbers only, keys in lowerCamelCase only, unknown keys ignored; 64-bit numbers as text or number.
/// </summary>
internal static class OtlpJson
{
    private const int MostDepth = 64;

    /// <summary>Turns a document into a message.</summary>
    /// <exception cref="ProtoException">It does not fit; the message names the path, the value and what is expected.</exception>
    public static byte[] ToProto(ReadOnlyMemory<byte> json, string message)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MostDepth });
            var writer = new ProtoWriter();
            Message(writer, document.RootElement, OtlpSchema.Get(message), "");
            return writer.Written.ToArray();
        }
        catch (JsonException malformed)
        {
            throw new ProtoException($"malformed JSON: {malformed.Message}");
        }
    }

    /// <summary>Writes a binary message as JSON; fields with their default value are left out.</summary>
    public static void FromProto(Utf8JsonWriter json, ReadOnlySpan<byte> data, string message)
    {
        SchemaMessage schema = OtlpSchema.Get(message);
        json.WriteStartObject();
        var seen = new HashSet<int>();
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            if (!schema.ByNumber.TryGetValue(reader.Field, out SchemaField? field))
            {
                reader.Skip();
            }
            else if (!field.Repeated)
            {
                json.WritePropertyName(field.Name);
                Write(json, ref reader, field);
            }
            else if (seen.Add(field.Number))
            {
                reader.Skip();
                json.WriteStartArray(field.Name);
                Repeated(json, data, field);
                json.WriteEndArray();
            }
            else
            {
                reader.Skip();
            }
        }

        json.WriteEndObject();
    }

    private static void Repeated(Utf8JsonWriter json, ReadOnlySpan<byte> data, SchemaField field)
    {
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            if (reader.Field == field.Number)
            {
                Write(json, ref reader, field);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static void Write(Utf8JsonWriter json, ref ProtoReader reader, SchemaField field)
    {
        switch (field.Kind)
        {
            case FieldKind.Text: json.WriteStringValue(reader.String()); break;
            case FieldKind.Bytes: json.WriteBase64StringValue(reader.Bytes()); break;
            case FieldKind.Id: json.WriteStringValue(Convert.ToHexStringLower(reader.Bytes())); break;
            case FieldKind.Bool: json.WriteBooleanValue(reader.Bool()); break;
            case FieldKind.Int32 or FieldKind.Enum: json.WriteNumberValue(reader.Int32()); break;
            case FieldKind.SInt32: json.WriteNumberValue(reader.SInt32()); break;
            case FieldKind.UInt32: json.WriteNumberValue(reader.UInt32()); break;
            case FieldKind.Fixed32: json.WriteNumberValue(reader.Fixed32()); break;
            case FieldKind.Int64: json.WriteStringValue(reader.Int64().ToString(CultureInfo.InvariantCulture)); break;
            case FieldKind.UInt64: json.WriteStringValue(reader.UInt64().ToString(CultureInfo.InvariantCulture)); break;
            case FieldKind.Fixed64: json.WriteStringValue(reader.Fixed64().ToString(CultureInfo.InvariantCulture)); break;
            case FieldKind.SFixed64: json.WriteStringValue(((long)reader.Fixed64()).ToString(CultureInfo.InvariantCulture)); break;
            case FieldKind.Double: Real(json, reader.Double()); break;
            default: FromProto(json, reader.Bytes(), field.Message!); break;
        }
    }

    private static void Real(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteStringValue(double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
        }
    }

    private static void Message(ProtoWriter into, JsonElement element, SchemaMessage schema, string path)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Unfit(path.Length == 0 ? "the body" : path, element, "an object");
        }

        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (!schema.ByName.TryGetValue(property.Name, out SchemaField? field) || property.Value.ValueKind == JsonValueKind.Null)
            {
                continue;
            }

            string at = path.Length == 0 ? property.Name : $"{path}.{property.Name}";
            if (!field.Repeated)
            {
                Field(into, property.Value, field, at);
                continue;
            }

            if (property.Value.ValueKind != JsonValueKind.Array)
            {
                throw Unfit(at, property.Value, "an array");
            }

            int index = 0;
            foreach (JsonElement item in property.Value.EnumerateArray())
            {
                Field(into, item, field, $"{at}[{index++}]");
            }
        }
    }

    private static void Field(ProtoWriter into, JsonElement value, SchemaField field, string at)
    {
        switch (field.Kind)
        {
            case FieldKind.Text: into.String(field.Number, value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Unfit(at, value, "a string")); break;
            case FieldKind.Bytes: into.Bytes(field.Number, Base64(value, at)); break;
            case FieldKind.Id: into.Bytes(field.Number, Hex(value, at)); break;
            case FieldKind.Bool: into.Bool(field.Number, value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Unfit(at, value, "true or false")); break;
            case FieldKind.Enum: into.Int64(field.Number, value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number : throw Unfit(at, value, "the number of an enum value (names are not allowed)")); break;
            case FieldKind.Int32 or FieldKind.Int64: into.Int64(field.Number, Signed(value, at)); break;
            case FieldKind.SInt32: into.SInt64(field.Number, Signed(value, at)); break;
            case FieldKind.UInt32 or FieldKind.UInt64: into.UInt64(field.Number, Unsigned(value, at)); break;
            case FieldKind.Fixed32: into.Fixed32(field.Number, (uint)Unsigned(value, at)); break;
            case FieldKind.Fixed64: into.Fixed64(field.Number, Unsigned(value, at)); break;
            case FieldKind.SFixed64: into.Fixed64(field.Number, (ulong)Signed(value, at)); break;
            case FieldKind.Double: into.Double(field.Number, Double(value, at)); break;
            default:
                var nested = new ProtoWriter();
                Message(nested, value, OtlpSchema.Get(field.Message!), at);
                into.Message(field.Number, nested);
                break;
        }
    }

    private static byte[] Hex(JsonElement value, string at)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? Convert.FromHexString(value.GetString()!) : throw Unfit(at, value, "an id in hexadecimal");
        }
        catch (FormatException)
        {
            throw Unfit(at, value, "an id in hexadecimal");
        }
    }

    private static byte[] Base64(JsonElement value, string at)
        => value.ValueKind == JsonValueKind.String && value.TryGetBytesFromBase64(out byte[]? bytes) ? bytes : throw Unfit(at, value, "bytes in base64");

    private static long Signed(JsonElement value, string at)
    {
        if (value.ValueKind == JsonValueKind.Number && (value.TryGetInt64(out long number) || (value.TryGetDouble(out double real) && Whole(real, out number))))
        {
            return number;
        }

        return value.ValueKind == JsonValueKind.String && long.TryParse(value.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)
            ? number
            : throw Unfit(at, value, "a whole number, as number or text");
    }

    private static ulong Unsigned(JsonElement value, string at)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out ulong number))
        {
            return number;
        }

        return value.ValueKind == JsonValueKind.String && ulong.TryParse(value.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out number)
            ? number
            : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double real) && real >= 0 && Whole(real, out long whole)
            ? (ulong)whole
            : throw Unfit(at, value, "a whole number that is not negative, as number or text");
    }

    private static double Double(JsonElement value, string at)
    {
        if (value.ValueKind == JsonValueKind.Number)
        {
            return value.GetDouble();
        }

        return value.ValueKind != JsonValueKind.String
            ? throw Unfit(at, value, "a number")
            : value.GetString() switch
            {
                "NaN" => double.NaN,
                "Infinity" => double.PositiveInfinity,
                "-Infinity" => double.NegativeInfinity,
                { } text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => number,
                _ => throw Unfit(at, value, "a number"),
            };
    }

    private static bool Whole(double real, out long number)
    {
        number = Math.Abs(real) < 9e18 ? (long)real : 0;
        return number == real;
    }

    private static ProtoException Unfit(string at, JsonElement value, string expected)
    {
        string text = value.GetRawText();
        return new($"{at}: {(text.Length > 60 ? text[..60] + "..." : text)} is not {expected}");
    }
}
