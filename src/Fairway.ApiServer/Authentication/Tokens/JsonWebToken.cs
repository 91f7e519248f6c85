using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fairway.ApiServer;

/// <summary>A JSON Web Token (RFC 7519) in compact form: parsed, and not yet believed.</summary>
internal sealed class JsonWebToken
{
    private const int MaxLength = 16 * 1024;

    private readonly byte[] _signed;
    private readonly byte[] _signature;

    private JsonWebToken(JsonObject header, JsonObject claims, byte[] signed, byte[] signature)
    {
        Header = header;
        Claims = claims;
        _signed = signed;
        _signature = signature;
    }

    public JsonObject Header { get; }

    public JsonObject Claims { get; }

    public string Algorithm => Text(Header, "alg");

    public string KeyId => Text(Header, "kid");

    public string Issuer => Text(Claims, "iss");

    public IReadOnlyList<string> Audiences => Claims["aud"] switch
    {
        JsonArray several => [.. several.OfType<JsonValue>().Select(each => each.ToString())],
        JsonValue one => [one.ToString()],
        _ => [],
    };

    /// <summary>Reads a token; null when it has not the form of one.</summary>
    public static JsonWebToken? TryParse(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        string[] parts = token.Length <= MaxLength ? token.Split('.') : [];
        if (parts.Length != 3)
        {
            return null;
        }

        try
        {
            return JsonNode.Parse(Base64Url.DecodeFromChars(parts[0])) is JsonObject header && JsonNode.Parse(Base64Url.DecodeFromChars(parts[1])) is JsonObject claims
                ? new JsonWebToken(header, claims, Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]))
                : null;
        }
        catch (Exception broken) when (broken is FormatException or JsonException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Signs claims with a P-256 key.</summary>
    public static string SignEs256(JsonObject claims, ECDsa key, string keyId)
    {
        ArgumentNullException.ThrowIfNull(claims);
        ArgumentNullException.ThrowIfNull(key);
        var header = new JsonObject { ["alg"] = "ES256", ["kid"] = keyId };
        string signed = $"{Encode(Encoding.UTF8.GetBytes(header.ToJsonString()))}.{Encode(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        byte[] signature = key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return $"{signed}.{Encode(signature)}";
    }

    /// <summary>Whether the signature is of this key (a JWK), by the algorithm that the header names and the key allows.</summary>
    public bool IsSignedBy(JsonWebKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.Verifies(Algorithm, _signed, _signature);
    }

    /// <summary>A claim that is a number of seconds since 1970.</summary>
    public DateTimeOffset? Time(string claim)
        => Claims[claim] is JsonValue value && value.TryGetValue(out double seconds) && seconds is > -6e10 and < 2e11
            ? DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000))
            : null;

    public static string Text(JsonNode? node, string member)
        => node is JsonObject parent && parent[member] is JsonValue value && value.TryGetValue(out string? text) ? text : "";

    public static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);
}

/// <summary>A public key of a JWKS (RFC 7517): RSA or elliptic curve.</summary>
internal sealed class JsonWebKey
{
    private readonly RSA? _rsa;
    private readonly ECDsa? _curve;
    private readonly string _curveName;
    private readonly Lock _gate = new(); // the key objects are not promised to be safe for concurrent use

    private JsonWebKey(string id, RSA? rsa, ECDsa? curve, string curveName)
    {
        Id = id;
        _rsa = rsa;
        _curve = curve;
        _curveName = curveName;
    }

    public string Id { get; }

    public static JsonWebKey Of(string id, ECDsa curve) => new(id, null, curve, "P-256");

    /// <summary>Reads the keys of a set that are for signatures and of a kind that is known.</summary>
    public static IReadOnlyList<JsonWebKey> ReadSet(JsonObject set)
    {
        ArgumentNullException.ThrowIfNull(set);
        return [.. (set["keys"] as JsonArray ?? []).OfType<JsonObject>().Select(TryRead).OfType<JsonWebKey>()];
    }

    public bool Verifies(string algorithm, byte[] signed, byte[] signature)
    {
        (HashAlgorithmName hash, string family, string curve) = algorithm switch
        {
            "RS256" => (HashAlgorithmName.SHA256, "RS", ""),
            "RS384" => (HashAlgorithmName.SHA384, "RS", ""),
            "RS512" => (HashAlgorithmName.SHA512, "RS", ""),
            "PS256" => (HashAlgorithmName.SHA256, "PS", ""),
            "PS384" => (HashAlgorithmName.SHA384, "PS", ""),
            "PS512" => (HashAlgorithmName.SHA512, "PS", ""),
            "ES256" => (HashAlgorithmName.SHA256, "ES", "P-256"),
            "ES384" => (HashAlgorithmName.SHA384, "ES", "P-384"),
            "ES512" => (HashAlgorithmName.SHA512, "ES", "P-521"),
            _ => (default, "", ""), // none and the symmetric ones are no signatures here
        };
        lock (_gate)
        {
            return family switch
            {
                "RS" => _rsa?.VerifyData(signed, signature, hash, RSASignaturePadding.Pkcs1) == true,
                "PS" => _rsa?.VerifyData(signed, signature, hash, RSASignaturePadding.Pss) == true,
                "ES" => _curveName == curve && _curve!.VerifyData(signed, signature, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
                _ => false,
            };
        }
    }

    private static JsonWebKey? TryRead(JsonObject key)
    {
        if (JsonWebToken.Text(key, "use") is not ("" or "sig"))
        {
            return null;
        }

        try
        {
            byte[] Bytes(string member) => Base64Url.DecodeFromChars(JsonWebToken.Text(key, member));
            string id = JsonWebToken.Text(key, "kid");
            switch (JsonWebToken.Text(key, "kty"))
            {
                case "RSA":
                    return new JsonWebKey(id, RSA.Create(new RSAParameters { Modulus = Bytes("n"), Exponent = Bytes("e") }), null, "");
                case "EC":
                    string name = JsonWebToken.Text(key, "crv");
                    ECCurve curve = name switch
                    {
                        "P-256" => ECCurve.NamedCurves.nistP256,
                        "P-384" => ECCurve.NamedCurves.nistP384,
                        "P-521" => ECCurve.NamedCurves.nistP521,
                        _ => throw new CryptographicException($"curve {name} is not known"),
                    };
                    return new JsonWebKey(id, null, ECDsa.Create(new ECParameters { Curve = curve, Q = new ECPoint { X = Bytes("x"), Y = Bytes("y") } }), name);
                default:
                    return null;
            }
        }
        catch (Exception broken) when (broken is FormatException or CryptographicException)
        {
            return null; // a key that cannot be read verifies nothing
        }
    }
}
