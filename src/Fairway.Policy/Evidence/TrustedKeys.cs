using System.Security.Cryptography;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Policy.Evidence;

/// <summary>What counts as a signature at one moment, for releases of one namespace.</summary>
/// <param name="Name">The TrustedKey's name, or the platform's.</param>
/// <param name="Pem">The public key.</param>
/// <param name="IsPlatform">The key of the platform's own pipelines.</param>
internal sealed record TrustedKeyText(string Name, string Pem, bool Signatures, bool Provenance, bool IsPlatform)
{
    /// <summary>The keys of a namespace that are in force.</summary>
    public static IReadOnlyList<TrustedKeyText> Of(IEnumerable<TrustedKey> keys, string? platformPem, string? @namespace, DateTimeOffset now)
    {
        List<TrustedKeyText> trusted =
        [
            .. keys.Where(key => key.Spec.ExpiresAt is not { } end || now < end)
                .Where(key => key.Spec.Namespaces is not { Count: > 0 } only || only.Contains(@namespace))
                .Select(key => new TrustedKeyText(
                    key.Metadata.Name, key.Spec.PublicKey,
                    key.Spec.Purposes is not { Count: > 0 } purposes || purposes.Contains("Signature"),
                    key.Spec.Purposes?.Contains("Provenance") == true, IsPlatform: false)),
        ];
        if (platformPem is not null)
        {
            trusted.Add(new TrustedKeyText("platform", platformPem, Signatures: false, Provenance: true, IsPlatform: true));
        }

        return trusted;
    }

    /// <summary>The key; null when it cannot be read, which the API refuses when one is written.</summary>
    public ECDsa? Open()
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(Pem);
            return key;
        }
        catch (Exception bad) when (bad is ArgumentException or CryptographicException)
        {
            key.Dispose();
            return null;
        }
    }
}
