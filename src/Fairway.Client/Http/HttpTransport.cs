using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Fairway.Client;

/// <summary>Makes HTTP clients that trust what a kubeconfig context says and nothing else.</summary>
public static class HttpTransport
{
    /// <summary>
    /// A client for a context: its authority only (when it names one), its token or client certificate, HTTP/2 when the server
    /// offers it. The caller disposes it.
    /// </summary>
    /// <exception cref="KubeconfigException">A certificate cannot be read.</exception>
    public static HttpClient Connect(KubeconfigContext context) => Connect(context, TimeProvider.System);

    /// <summary>The same with a clock for credentials that expire.</summary>
    /// <exception cref="KubeconfigException">A certificate cannot be read.</exception>
    public static HttpClient Connect(KubeconfigContext context, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(context);
        ExecCredentials? plugin = context.Exec is { } exec ? new ExecCredentials(exec, context, time) : null;
        FileToken? file = context.TokenFile is { } path ? new FileToken(path, time) : null;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.All,
            // Watches keep their streams for long; without more connections the hundredth would wait for the first to end.
            EnableMultipleHttp2Connections = true,
            ConnectTimeout = TimeSpan.FromSeconds(15),
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
            UseProxy = false,
            // Certificates that a plug-in gives are used for new connections.
            PooledConnectionLifetime = plugin is null ? Timeout.InfiniteTimeSpan : TimeSpan.FromMinutes(5),
            SslOptions = Tls(context, plugin),
        };
        var client = new HttpClient(plugin is null && file is null ? handler : new CredentialHandler(file, plugin, handler), disposeHandler: true)
        {
            BaseAddress = new Uri(context.Server.AbsoluteUri.TrimEnd('/') + "/"),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("fairway");
        if (context.Token is { } token)
        {
            client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        }

        return client;
    }

    private static SslClientAuthenticationOptions Tls(KubeconfigContext context, ExecCredentials? plugin)
    {
        var options = new SslClientAuthenticationOptions { TargetHost = context.TlsServerName };
        if (context.InsecureSkipTlsVerify)
        {
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        }
        else if (context.CertificateAuthority is { } authority)
        {
            options.CertificateChainPolicy = OnlyTrust(authority, context);
        }

        if (context is { ClientCertificate: { } certificate, ClientKey: { } key })
        {
            options.ClientCertificates = [Readable(context, () => Identity(certificate, key))];
        }
        else if (plugin is not null)
        {
            options.LocalCertificateSelectionCallback = (_, _, _, _, _) => plugin.Kept is { Certificate: { } given, Key: { } secret } ? Identity(given, secret) : null!;
        }

        return options;
    }

    private static X509ChainPolicy OnlyTrust(string authority, KubeconfigContext context)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        Readable(context, () =>
        {
            policy.CustomTrustStore.ImportFromPem(authority);
            return policy;
        });
        return policy;
    }

    // A round trip through PKCS#12 is what lets every platform's TLS stack use a key that came from PEM.
    private static X509Certificate2 Identity(string certificate, string key)
    {
        using X509Certificate2 pem = X509Certificate2.CreateFromPem(certificate, key);
        return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
    }

    private static T Readable<T>(KubeconfigContext context, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            throw new KubeconfigException(context.Name, "certificate", $"cannot be read: {failure.Message}");
        }
    }
}
