using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fairway.Storage;

/// <summary>Signed envelopes (DSSE 1.0): a payload, its type, and signatures over both.</summary>
public static class DsseEnvelope
{
    /// <summary>An envelope with one signature.</summary>
    public static byte[] Sign(string payloadType, ReadOnlySpan<byte> payload, ECDsa key)
        => JsonSerializer.SerializeToUtf8Bytes<JsonNode>(new JsonObject
        {
            ["payloadType"] = payloadType,
            ["payload"] = Convert.ToBase64String(payload),
            ["signatures"] = new JsonArray(new JsonObject { ["sig"] = SimpleSigning.Sign(Encode(payloadType, payload), key) }),
        }, OciJson.Default.JsonNode);

    /// <summary>The payload of an envelope, when one of its signatures is of the key. The key's name in the envelope decides nothing.</summary>
    /// <returns>null when it is no envelope, its payload is of another type, or no signature holds.</returns>
    public static byte[]? Open(ReadOnlySpan<byte> envelope, string payloadType, ECDsa key)
    {
        try
        {
            if (JsonNode.Parse(envelope) is not JsonObject root
                || Text(root["payloadType"]) is not { } type
                || Text(root["payload"]) is not { } encoded
                || root["signatures"] is not JsonArray signatures)
            {
                return null;
            }

            byte[] payload = Convert.FromBase64String(encoded.Replace('-', '+').Replace('_', '/'));
            byte[] signed = Encode(type, payload);
            return type == payloadType && signatures.Take(16).Any(one => SimpleSigning.Verify(signed, Text((one as JsonObject)?["sig"]), key)) ? payload : null;
        }
        catch (Exception bad) when (bad is JsonException or FormatException)
        {
            return null;
        }
    }

    /// <summary>What is signed: lengths and texts of type and payload.</summary>
    internal static byte[] Encode(string type, ReadOnlySpan<byte> payload)
    {
        byte[] head = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"DSSEv1 {Encoding.UTF8.GetByteCount(type)} {type} {payload.Length} "));
        return [.. head, .. payload];
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
