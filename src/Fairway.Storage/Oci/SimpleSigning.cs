using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fairway.Storage;

/// <summary>
/// Signatures of images as cosign and the container tools have them: a small JSON payload that names the image's digest, signed with
/// ECDSA on P-256 over SHA-256, the signature in ASN.1 DER and base64.
/// </summary>
public static class SimpleSigning
{
    private const string Kind = "cosign container image signature";

    /// <summary>What is signed for an image.</summary>
    public static byte[] Payload(string name, string digest)
        => JsonSerializer.SerializeToUtf8Bytes<JsonNode>(new JsonObject
        {
            ["critical"] = new JsonObject
            {
                ["identity"] = new JsonObject { ["docker-reference"] = name },
                ["image"] = new JsonObject { ["docker-manifest-digest"] = digest },
                ["type"] = Kind,
            },
            ["optional"] = null,
        }, OciJson.Default.JsonNode);

    /// <summary>The digest that a payload is about; null when it is no such payload.</summary>
    public static string? DigestOf(ReadOnlySpan<byte> payload)
    {
        try
        {
            return JsonNode.Parse(payload) is JsonObject root
                && root["critical"] is JsonObject critical
                && critical["type"] is JsonValue kind && kind.TryGetValue(out string? said) && said is Kind or "atomic container signature"
                && critical["image"] is JsonObject image && image["docker-manifest-digest"] is JsonValue digest && digest.TryGetValue(out string? text)
                    ? text
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Signs bytes.</summary>
    /// <returns>DER in base64.</returns>
    public static string Sign(ReadOnlySpan<byte> payload, ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Convert.ToBase64String(key.SignData(payload.ToArray(), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
    }

    /// <summary>Whether a signature over bytes is of a key. Also takes the two plain numbers that some tools write, and base64 for addresses.</summary>
    public static bool Verify(ReadOnlySpan<byte> payload, string? signature, ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (string.IsNullOrEmpty(signature) || signature.Length > 1024)
        {
            return false;
        }

        byte[] bytes = new byte[signature.Length];
        string padded = signature.Replace('-', '+').Replace('_', '/').TrimEnd('=');
        padded += new string('=', (4 - (padded.Length % 4)) % 4);
        if (!Convert.TryFromBase64String(padded, bytes, out int length))
        {
            return false;
        }

        ReadOnlySpan<byte> found = bytes.AsSpan(0, length);
        try
        {
            return key.VerifyData(payload, found, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)
                || (length == 64 && key.VerifyData(payload, found, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
