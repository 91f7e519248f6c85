using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Fairway.ApiServer;

/// <summary>
/// The key that ServiceAccount tokens are signed with. Made on first start in the data directory, readable by its owner only, and
/// used again afterwards, so that tokens outlive a restart. Safe for concurrent use.
/// </summary>
public sealed class ServiceAccountKeys : IDisposable
{
    private readonly ECDsa _key;
    private readonly Lock _gate = new(); // guards _key, which is not promised to be safe for concurrent use

    private ServiceAccountKeys(ECDsa key)
    {
        _key = key;
        ECParameters parameters = key.ExportParameters(includePrivateParameters: false);
        string x = JsonWebToken.Encode(parameters.Q.X);
        string y = JsonWebToken.Encode(parameters.Q.Y);
        // The key's thumbprint (RFC 7638).
        Id = JsonWebToken.Encode(SHA256.HashData(Encoding.UTF8.GetBytes($"{{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"{x}\",\"y\":\"{y}\"}}")));
        Public = JsonWebKey.Of(Id, ECDsa.Create(parameters));
        _set = () => new JsonObject
        {
            ["keys"] = new JsonArray(new JsonObject
            {
                ["use"] = "sig",
                ["kty"] = "EC",
                ["kid"] = Id,
                ["crv"] = "P-256",
                ["alg"] = "ES256",
                ["x"] = x,
                ["y"] = y,
            }),
        };
    }

    private readonly Func<JsonObject> _set;

    internal string Id { get; }

    internal JsonWebKey Public { get; }

    /// <summary>Loads the key, or makes one when the file is missing or unreadable.</summary>
    public static async Task<ServiceAccountKeys> OpenAsync(string path, CancellationToken cancellation)
    {
        ECDsa? key = File.Exists(path) ? TryRead(await File.ReadAllTextAsync(path, cancellation)) : null;
        if (key is null)
        {
            key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            await PrivateFile.WriteAsync(path, Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()), cancellation);
        }

        return new ServiceAccountKeys(key);
    }

    /// <summary>The public key as a JWKS.</summary>
    internal JsonObject Set() => _set();

    internal string Sign(JsonObject claims)
    {
        lock (_gate)
        {
            return JsonWebToken.SignEs256(claims, _key, Id);
        }
    }

    public void Dispose() => _key.Dispose();

    private static ECDsa? TryRead(string pem)
    {
        try
        {
            var key = ECDsa.Create();
            key.ImportFromPem(pem);
            return key;
        }
        catch (Exception broken) when (broken is CryptographicException or ArgumentException)
        {
            return null; // torn: every token can be asked for again
        }
    }
}
