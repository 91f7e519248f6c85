using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Fairway.ApiServer;

/// <summary>HTTP to one party whose certificate is signed by authorities that were named for it.</summary>
internal static class PinnedHttp
{
    /// <param name="authorityPem">null: the system's authorities.</param>
    public static HttpClient Create(string? authorityPem, TimeSpan patience)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        if (!string.IsNullOrEmpty(authorityPem))
        {
            var trusted = new X509Certificate2Collection();
            trusted.ImportFromPem(authorityPem);
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, errors)
                => certificate is not null && !errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) && IsTrusted(certificate, trusted);
        }

        return new HttpClient(handler) { Timeout = patience, MaxResponseContentBufferSize = 1024 * 1024 };
    }

    private static bool IsTrusted(X509Certificate certificate, X509Certificate2Collection trusted)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.AddRange(trusted);
        using var presented = new X509Certificate2(certificate);
        return chain.Build(presented);
    }
}
