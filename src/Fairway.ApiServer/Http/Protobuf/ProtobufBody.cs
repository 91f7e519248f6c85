using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>
/// Reads objects in Kubernetes' protobuf form, which generated clients send for Kubernetes' own types (<c>kubectl create
/// namespace</c>), and turns them into the JSON that the same client would have sent. Answers are always JSON: those clients
/// accept it.
/// </summary>
internal static class ProtobufBody
{
    public const string MediaType = "application/vnd.kubernetes.protobuf";

    private const int MaxDepth = 64;

    private static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    /// <exception cref="StatusException">400: not such an object; 415: a type that goes over the wire in JSON only.</exception>
    public static JsonObject ReadObject(ReadOnlySpan<byte> body)
    {
        if (!body.StartsWith(Magic))
        {
            throw StatusException.BadRequest("the request body is no Kubernetes protobuf object: it does not begin with \"k8s\"");
        }

        try
        {
            return ReadEnvelope(body[Magic.Length..]);
        }
        catch (Exception broken) when (broken is FormatException or IndexOutOfRangeException or ArgumentOutOfRangeException or JsonException or OverflowException)
        {
            throw StatusException.BadRequest($"the request body is no valid protobuf: {broken.Message}");
        }
    }

    private static JsonObject ReadEnvelope(ReadOnlySpan<byte> body)
    {
        string apiVersion = "";
        string kind = "";
        ReadOnlySpan<byte> raw = default;
        var reader = new WireReader(body);
        while (reader.Next(out int number, out _))
        {
            ReadOnlySpan<byte> value = reader.Bytes();
            if (number == 1)
            {
                var type = new WireReader(value);
                while (type.Next(out int part, out _))
                {
                    string text = Encoding.UTF8.GetString(type.Bytes());
                    (apiVersion, kind) = part == 1 ? (text, kind) : (apiVersion, text);
                }
            }
            else if (number == 2)
            {
                raw = value;
            }
        }

        string message = WireMessages.NameOf(apiVersion, kind) ?? throw Refusals.UnsupportedMediaType("application/json, application/yaml");
        var target = new JsonObject { ["apiVersion"] = apiVersion, ["kind"] = kind };
        Read(raw, message, target, 0);
        return target;
    }

    private static void Read(ReadOnlySpan<byte> body, string message, JsonObject into, int depth)
    {
        if (depth > MaxDepth || WireMessages.Find(message) is not { } fields)
        {
            throw new FormatException(depth > MaxDepth ? "it is nested too deeply" : $"{message} is not known");
        }

        var reader = new WireReader(body);
        while (reader.Next(out int number, out int wireType))
        {
            if (!fields.TryGetValue(number, out WireField? field))
            {
                reader.Skip(wireType);
                continue;
            }

            Add(ref reader, field, into, depth);
        }
    }

    private static void Add(ref WireReader reader, WireField field, JsonObject into, int depth)
    {
        if (field.Member.Length == 0)
        {
            Read(reader.Bytes(), field.Message!, into, depth + 1);
        }
        else if (field.IsMap)
        {
            AddEntry(reader.Bytes(), field, into, depth);
        }
        else if (field.IsList)
        {
            JsonArray list = into[field.Member] as JsonArray ?? [];
            list.Add(Value(ref reader, field, depth));
            into[field.Member] ??= list;
        }
        else
        {
            JsonNode? value = Value(ref reader, field, depth);
            if (field.IsOptional || !IsZero(value))
            {
                into[field.Member] = value;
            }
        }
    }

    private static void AddEntry(ReadOnlySpan<byte> entry, WireField field, JsonObject into, int depth)
    {
        JsonObject map = into[field.Member] as JsonObject ?? [];
        into[field.Member] ??= map;
        var reader = new WireReader(entry);
        string key = "";
        JsonNode? value = field.Type is 's' or 'y' ? "" : null;
        while (reader.Next(out int number, out _))
        {
            if (number == 1)
            {
                key = Encoding.UTF8.GetString(reader.Bytes());
            }
            else
            {
                value = Value(ref reader, field, depth);
            }
        }

        map[key] = value;
    }

    private static JsonNode? Value(ref WireReader reader, WireField field, int depth)
    {
        switch (field.Type)
        {
            case 's':
                return Encoding.UTF8.GetString(reader.Bytes());
            case 'i':
                return (long)reader.Varint();
            case 'b':
                return reader.Varint() != 0;
            case 'y':
                return Convert.ToBase64String(reader.Bytes());
            case 'T' or 'U':
                return Time(reader.Bytes(), field.Type == 'U');
            case 'Q':
                return Text(reader.Bytes());
            case 'I':
                return IntOrString(reader.Bytes());
            case 'F' or 'R':
                return Raw(reader.Bytes());
            case 'E':
                return Strings(reader.Bytes());
            case 'm':
                var nested = new JsonObject();
                Read(reader.Bytes(), field.Message!, nested, depth + 1);
                return nested;
            default:
                throw new FormatException($"type {field.Type} is not known");
        }
    }

    // What Go's JSON leaves out of an object: zero values of fields that are no pointers.
    private static bool IsZero(JsonNode? value) => value switch
    {
        null => true,
        JsonObject members => members.Count == 0,
        JsonValue scalar => scalar.TryGetValue(out string? text) ? text.Length == 0
            : scalar.TryGetValue(out long number) ? number == 0
            : scalar.TryGetValue(out bool truth) && !truth,
        _ => false,
    };

    private static JsonNode? Time(ReadOnlySpan<byte> body, bool isMicro)
    {
        long seconds = 0;
        long nanos = 0;
        bool isSet = false;
        var reader = new WireReader(body);
        while (reader.Next(out int number, out _))
        {
            isSet = true;
            (seconds, nanos) = number == 1 ? ((long)reader.Varint(), nanos) : (seconds, (long)reader.Varint());
        }

        if (!isSet)
        {
            return null;
        }

        DateTimeOffset at = DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(nanos / 100);
        return at.UtcDateTime.ToString(isMicro ? "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'" : "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
    }

    private static JsonNode IntOrString(ReadOnlySpan<byte> body)
    {
        bool isText = false;
        long number = 0;
        string text = "";
        var reader = new WireReader(body);
        while (reader.Next(out int field, out _))
        {
            switch (field)
            {
                case 1:
                    isText = reader.Varint() == 1;
                    break;
                case 2:
                    number = (long)reader.Varint();
                    break;
                default:
                    text = Encoding.UTF8.GetString(reader.Bytes());
                    break;
            }
        }

        return isText ? text : (int)number;
    }

    private static JsonNode Text(ReadOnlySpan<byte> body)
    {
        string text = "";
        var reader = new WireReader(body);
        while (reader.Next(out _, out _))
        {
            text = Encoding.UTF8.GetString(reader.Bytes());
        }

        return text;
    }

    private static JsonNode? Raw(ReadOnlySpan<byte> body)
    {
        ReadOnlySpan<byte> json = "null"u8;
        var reader = new WireReader(body);
        while (reader.Next(out _, out _))
        {
            json = reader.Bytes();
        }

        var parser = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = Document.MaxDepth });
        return JsonNode.Parse(ref parser);
    }

    private static JsonArray Strings(ReadOnlySpan<byte> body)
    {
        var list = new JsonArray();
        var reader = new WireReader(body);
        while (reader.Next(out _, out _))
        {
            list.Add(Encoding.UTF8.GetString(reader.Bytes()));
        }

        return list;
    }

    /// <summary>Steps through the fields of a message.</summary>
    private ref struct WireReader(ReadOnlySpan<byte> body)
    {
        private ReadOnlySpan<byte> _rest = body;

        public bool Next(out int number, out int wireType)
        {
            (number, wireType) = (0, 0);
            if (_rest.IsEmpty)
            {
                return false;
            }

            ulong tag = Varint();
            number = checked((int)(tag >> 3));
            wireType = (int)(tag & 7);
            return true;
        }

        public ulong Varint()
        {
            ulong value = 0;
            for (int index = 0; index < 10; index++)
            {
                byte part = _rest[index];
                value |= (ulong)(part & 0x7F) << (7 * index);
                if (part < 0x80)
                {
                    _rest = _rest[(index + 1)..];
                    return value;
                }
            }

            throw new FormatException("a number is too long");
        }

        public ReadOnlySpan<byte> Bytes()
        {
            int length = checked((int)Varint());
            ReadOnlySpan<byte> value = _rest[..length];
            _rest = _rest[length..];
            return value;
        }

        public void Skip(int wireType)
        {
            switch (wireType)
            {
                case 0:
                    Varint();
                    break;
                case 1:
                    _ = BinaryPrimitives.ReadInt64LittleEndian(_rest);
                    _rest = _rest[8..];
                    break;
                case 2:
                    Bytes();
                    break;
                case 5:
                    _ = BinaryPrimitives.ReadInt32LittleEndian(_rest);
                    _rest = _rest[4..];
                    break;
                default:
                    throw new FormatException($"wire type {wireType} is not known");
            }
        }
    }
}
