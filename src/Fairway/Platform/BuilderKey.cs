using System.Security.Cryptography;
using System.Text;
using Fairway.ApiServer;

namespace Fairway.Platform;

/// <summary>The key with which the platform's pipelines sign provenance: ECDSA on P-256, made once, in a file that only its owner reads.</summary>
internal static class BuilderKey
{
    public static async Task<ECDsa> OpenAsync(string file, CancellationToken cancellation)
    {
        if (File.Exists(file))
        {
            var known = ECDsa.Create();
            known.ImportFromPem(await File.ReadAllTextAsync(file, cancellation));
            return known;
        }

        var fresh = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await PrivateFile.WriteAsync(file, Encoding.UTF8.GetBytes(fresh.ExportPkcs8PrivateKeyPem()), cancellation);
        return fresh;
    }
}
