using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Fairway.ApiServer;

/// <summary>
/// The platform's own certificate authority and the certificate of its listeners (localhost, 127.0.0.1, ::1). Made on first
/// start in the data directory, keys readable by their owner only, used again afterwards, and renewed before they end.
/// </summary>
public sealed class LocalAuthority : IDisposable
{
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";

    private static readonly TimeSpan AuthorityLifetime = TimeSpan.FromDays(3650);
    private static readonly TimeSpan ServerLifetime = TimeSpan.FromDays(397);
    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(30);

    private readonly X509Certificate2 _authority;

    private LocalAuthority(X509Certificate2 authority, X509Certificate2 server)
    {
        _authority = authority;
        CertificatePem = authority.ExportCertificatePem();
        ServerCertificate = server;
    }

    /// <summary>The authority's certificate: what clients trust.</summary>
    public string CertificatePem { get; }

    /// <summary>With its private key.</summary>
    public X509Certificate2 ServerCertificate { get; }

    /// <summary>Loads what is in the directory, making or renewing what is missing, ending or unreadable.</summary>
    public static async Task<LocalAuthority> OpenAsync(string directory, TimeProvider time, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(time);
        DateTimeOffset now = time.GetUtcNow();
        string authorityPath = Path.Combine(directory, "ca.pem");
        string serverPath = Path.Combine(directory, "server.pem");
        X509Certificate2? keptAuthority = await LoadAsync(authorityPath, now, cancellation);
        X509Certificate2 authority = keptAuthority ?? MakeAuthority(now);
        if (keptAuthority is null)
        {
            await SaveAsync(authorityPath, authority, cancellation);
        }

        X509Certificate2? server = await LoadAsync(serverPath, now, cancellation);
        if (server is null || !IsIssuedBy(server, authority) || !server.MatchesHostname(ClusterHosts.HostOf("any")))
        {
            server?.Dispose();
            using X509Certificate2 made = MakeServer(authority, now);
            await SaveAsync(serverPath, made, cancellation);
            server = Usable(made);
        }

        return new LocalAuthority(authority, server);
    }

    /// <summary>Signs what a certificate request asks for: a certificate that lets its subject in as a client.</summary>
    /// <returns>The certificate in PEM.</returns>
    public string SignClient(CertificateRequest request, TimeSpan lifetime, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(request);
        var wanted = new CertificateRequest(request.SubjectName, request.PublicKey, HashAlgorithmName.SHA256);
        wanted.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        wanted.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, critical: true));
        wanted.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ClientUse)], critical: false));
        wanted.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        DateTimeOffset end = now + lifetime;
        var authorityEnd = new DateTimeOffset(_authority.NotAfter.ToUniversalTime());
        using ECDsa key = _authority.GetECDsaPrivateKey()!;
        using X509Certificate2 signed = wanted.Create(
            _authority.SubjectName, X509SignatureGenerator.CreateForECDsa(key), now.AddMinutes(-5), end < authorityEnd ? end : authorityEnd, RandomNumberGenerator.GetBytes(16));
        return signed.ExportCertificatePem() + "\n";
    }

    /// <summary>Whose client certificate it is: the common name is the user, organizations are groups; null when it is not of this authority.</summary>
    public Identity? Identify(X509Certificate2 certificate, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        bool isForClients = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Any(usage => usage.EnhancedKeyUsages.Cast<Oid>().Any(oid => oid.Value == ClientUse));
        if (!isForClients || now.UtcDateTime < certificate.NotBefore.ToUniversalTime() || now.UtcDateTime > certificate.NotAfter.ToUniversalTime() || !IsIssuedBy(certificate, _authority))
        {
            return null;
        }

        string name = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        string[] groups = [.. certificate.SubjectName.EnumerateRelativeDistinguishedNames()
            .Where(part => !part.HasMultipleElements && part.GetSingleElementType().Value == "2.5.4.10")
            .Select(part => part.GetSingleElementValue()!)];
        string print = Convert.ToHexStringLower(SHA256.HashData(certificate.RawData));
        return name.Length == 0 ? null : Identity.Of(name, groups) with
        {
            Extra = new Dictionary<string, IReadOnlyList<string>> { ["authentication.kubernetes.io/credential-id"] = [$"X509SHA256={print}"] },
        };
    }

    public void Dispose()
    {
        ServerCertificate.Dispose();
        _authority.Dispose();
    }

    private static X509Certificate2 MakeAuthority(DateTimeOffset now)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=Fairway local authority {Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.CreateSelfSigned(now.AddHours(-1), now + AuthorityLifetime);
    }

    private static X509Certificate2 MakeServer(X509Certificate2 authority, DateTimeOffset now)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=fairway", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddDnsName(ClusterHosts.Wildcard);
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        DateTimeOffset end = now + ServerLifetime;
        var authorityEnd = new DateTimeOffset(authority.NotAfter.ToUniversalTime());
        using X509Certificate2 signed = request.Create(authority, now.AddHours(-1), end < authorityEnd ? end : authorityEnd, RandomNumberGenerator.GetBytes(16));
        return signed.CopyWithPrivateKey(key);
    }

    private static bool IsIssuedBy(X509Certificate2 server, X509Certificate2 authority)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid; // times were judged by our own clock
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        return chain.Build(server);
    }

    private static async Task<X509Certificate2?> LoadAsync(string path, DateTimeOffset now, CancellationToken cancellation)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        string pem = await File.ReadAllTextAsync(path, cancellation);
        try
        {
            using X509Certificate2 certificate = X509Certificate2.CreateFromPem(pem, pem);
            return new DateTimeOffset(certificate.NotAfter.ToUniversalTime()) - RenewBefore > now ? Usable(certificate) : null;
        }
        catch (CryptographicException)
        {
            return null; // a torn or foreign file is replaced, since everything in it can be made again
        }
    }

    private static async Task SaveAsync(string path, X509Certificate2 certificate, CancellationToken cancellation)
    {
        using ECDsa key = certificate.GetECDsaPrivateKey()!;
        string pem = $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n";
        await PrivateFile.WriteAsync(path, Encoding.ASCII.GetBytes(pem), cancellation);
    }

    // A round trip through PKCS#12 is what lets every platform's TLS stack use a key that came from PEM.
    private static X509Certificate2 Usable(X509Certificate2 certificate)
        => X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
}
