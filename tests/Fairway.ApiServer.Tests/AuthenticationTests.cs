using System.Security.Cryptography.X509Certificates;
using Fairway.Client;

namespace Fairway.ApiServer.Tests;

public sealed class AuthenticationTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("fairway-auth-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Token_Issued_IsKnownAfterReopeningAndNotInTheFile()
    {
        string path = Path.Combine(_directory, "tokens.json");
        TokenStore store = await TokenStore.OpenAsync(path, TimeProvider.System, default);
        string token = await store.IssueAsync(Identity.Of("ann", "team:shop"), null, default);

        TokenStore again = await TokenStore.OpenAsync(path, TimeProvider.System, default);

        again.Authenticate(token)!.Name.ShouldBe("ann");
        again.Authenticate(token)!.Groups.ShouldBe(["team:shop", "system:authenticated"]);
        again.Authenticate(token + "x").ShouldBeNull();
        (await File.ReadAllTextAsync(path)).ShouldNotContain(token);
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    [Fact]
    public async Task Token_ExpiredOrRevoked_LetsNobodyIn()
    {
        var time = new SettableTime();
        TokenStore store = await TokenStore.OpenAsync(Path.Combine(_directory, "tokens.json"), time, default);
        string brief = await store.IssueAsync(Identity.Of("ann"), TimeSpan.FromMinutes(5), default);
        string kept = await store.IssueAsync(Identity.Of("bob"), null, default);

        time.Now += TimeSpan.FromMinutes(5);
        store.Authenticate(brief).ShouldBeNull();
        store.Authenticate(kept).ShouldNotBeNull();
        (await store.RevokeAsync(kept, default)).ShouldBeTrue();
        store.Authenticate(kept).ShouldBeNull();
    }

    [Fact]
    public async Task Authority_Reopened_IsTheSameAndSignsTheServer()
    {
        using LocalAuthority first = await LocalAuthority.OpenAsync(_directory, TimeProvider.System, default);
        using LocalAuthority second = await LocalAuthority.OpenAsync(_directory, TimeProvider.System, default);

        second.CertificatePem.ShouldBe(first.CertificatePem);
        second.ServerCertificate.Thumbprint.ShouldBe(first.ServerCertificate.Thumbprint);
        second.ServerCertificate.HasPrivateKey.ShouldBeTrue();
        second.ServerCertificate.MatchesHostname("127.0.0.1").ShouldBeTrue();
        second.ServerCertificate.MatchesHostname("localhost").ShouldBeTrue();
        second.ServerCertificate.MatchesHostname("example.org").ShouldBeFalse();
    }

    [Fact]
    public async Task Authority_ServerCertificateNearItsEnd_IsRenewedUnderTheSameAuthority()
    {
        var time = new SettableTime();
        using LocalAuthority first = await LocalAuthority.OpenAsync(_directory, time, default);
        time.Now += TimeSpan.FromDays(380);
        using LocalAuthority second = await LocalAuthority.OpenAsync(_directory, time, default);

        second.CertificatePem.ShouldBe(first.CertificatePem);
        second.ServerCertificate.Thumbprint.ShouldNotBe(first.ServerCertificate.Thumbprint);
    }

    [Fact]
    public async Task Authority_TornFile_IsReplaced()
    {
        using (await LocalAuthority.OpenAsync(_directory, TimeProvider.System, default))
        {
            await File.WriteAllTextAsync(Path.Combine(_directory, "ca.pem"), "-----BEGIN CERT");
        }

        using LocalAuthority second = await LocalAuthority.OpenAsync(_directory, TimeProvider.System, default);
        using X509Certificate2 authority = X509Certificate2.CreateFromPem(second.CertificatePem);
        second.ServerCertificate.Issuer.ShouldBe(authority.Subject);
    }

    [Fact]
    public async Task Kubeconfig_Merged_KeepsTheCurrentContext()
    {
        string path = Path.Combine(_directory, "config");
        await File.WriteAllTextAsync(path, "current-context: mine\nusers: []\n");
        await KubeconfigFile.MergeAsync(path, new Uri("https://127.0.0.1:1"), ["hub", "dev"], "-----BEGIN X", "t", default);

        Kubeconfig config = await Kubeconfig.LoadAsync(path, default);
        config.CurrentContext.ShouldBe("mine");
        config.Context("dev").Server.ShouldBe(new Uri("https://127.0.0.1:1/clusters/dev"));
    }

    private sealed class SettableTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = System.GetUtcNow();

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
