using System.Net;
using Fairway.Client;
using Fairway.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Fairway.ApiServer.Testing;

/// <summary>
/// A real API server for tests: its own data directory, TLS on a free port, a kubeconfig with an administrator's token. Stopping
/// it removes the directory, unless the directory was given.
/// </summary>
public sealed class EmbeddedServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly RevisionLog _log;
    private readonly LocalAuthority _authority;
    private readonly bool _ownsDirectory;

    private EmbeddedServer(string directory, bool ownsDirectory, RevisionLog log, EmbeddedApi api, TokenStore tokens, LocalAuthority authority, WebApplication app)
    {
        DataDirectory = directory;
        _ownsDirectory = ownsDirectory;
        _log = log;
        Api = api;
        Tokens = tokens;
        _authority = authority;
        _app = app;
        Url = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    public string DataDirectory { get; }

    public EmbeddedApi Api { get; }

    public RevisionLog Log => _log;

    public TokenStore Tokens { get; }

    /// <summary><c>https://127.0.0.1:PORT</c>.</summary>
    public Uri Url { get; }

    public string AuthorityPem => _authority.CertificatePem;

    /// <summary>A user of system:masters.</summary>
    public required string AdministratorToken { get; init; }

    public string KubeconfigPath => Path.Combine(DataDirectory, "kubeconfig");

    /// <summary>Starts a server with the clusters hub, dev, stage and prod (or others).</summary>
    /// <param name="withAccounts">ServiceAccounts have tokens, and pods get them, as in the whole program.</param>
    /// <param name="waivers">Exceptions from validating policies.</param>
    /// <param name="oidc">Issuers of users' tokens.</param>
    /// <param name="anonymous">Who may come without; null: anybody, as far as RBAC lets them.</param>
    /// <param name="checks">What objects are checked for beyond their schemas.</param>
    public static async Task<EmbeddedServer> StartAsync(string? directory = null, IReadOnlyList<string>? clusters = null, TimeProvider? time = null, bool withAccounts = false, AdmissionWaivers? waivers = null, IReadOnlyList<OidcIssuer>? oidc = null, AnonymousAccess? anonymous = null, IReadOnlyList<ObjectCheck>? checks = null)
    {
        string home = directory ?? Directory.CreateTempSubdirectory("fairway-api-").FullName;
        TimeProvider clock = time ?? TimeProvider.System;
        LocalAuthority authority = await LocalAuthority.OpenAsync(Path.Combine(home, "tls"), clock, CancellationToken.None);
        TokenStore tokens = await TokenStore.OpenAsync(Path.Combine(home, "tokens.json"), clock, CancellationToken.None);
        RevisionLog log = await RevisionLog.OpenAsync(new RevisionLogOptions { Directory = Path.Combine(home, "resources"), Time = clock }, CancellationToken.None);
        ServiceAccountKeys? keys = withAccounts ? await ServiceAccountKeys.OpenAsync(Path.Combine(home, "service-accounts.key"), CancellationToken.None) : null;
        WebApplication app = NewApp(authority);
        Uri? url = null;
        var api = new EmbeddedApi(log, new EmbeddedApiOptions
        {
            Clusters = clusters ?? ["hub", "dev", "stage", "prod"],
            Tokens = tokens,
            Authority = authority,
            ServiceAccountKeys = keys,
            IssuerOf = cluster => new Uri(url ?? new Uri("https://127.0.0.1"), $"/clusters/{cluster}").AbsoluteUri,
            AuditPath = Path.Combine(home, "audit.log"),
            Waivers = waivers,
            Checks = checks ?? [],
            Oidc = oidc ?? [],
            Anonymous = anonymous ?? AnonymousAccess.Everywhere,
            Time = clock,
            Logging = app.Services.GetRequiredService<ILoggerFactory>(),
        });
        await api.StartAsync(CancellationToken.None);
        app.UseWebSockets();
        api.MapTo(app);
        await app.StartAsync();
        url = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        string token = await tokens.IssueAsync(Identity.Of("admin", Identity.Masters), null, CancellationToken.None);
        var server = new EmbeddedServer(home, directory is null, log, api, tokens, authority, app) { AdministratorToken = token };
        await File.WriteAllTextAsync(server.KubeconfigPath, server.Kubeconfig(token).ToYaml());
        return server;
    }

    /// <summary>A kubeconfig for someone's token, with all clusters.</summary>
    public Kubeconfig Kubeconfig(string token) => KubeconfigFile.For(Url, Api.Clusters, AuthorityPem, token);

    /// <summary>A cluster's API over HTTP. The caller disposes it.</summary>
    public HttpClusterApi Connect(string cluster, string? token = null)
        => HttpClusterApi.Connect(Kubeconfig(token ?? AdministratorToken).Context(cluster));

    public async ValueTask DisposeAsync()
    {
        await Api.DisposeAsync();
        await _app.DisposeAsync();
        await _log.DisposeAsync();
        _authority.Dispose();
        if (_ownsDirectory)
        {
            Directory.Delete(DataDirectory, recursive: true);
        }
    }

    private static WebApplication NewApp(LocalAuthority authority)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.UseHttps(authority.ServerCertificate, https =>
                {
                    https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                    https.AllowAnyClientCertificate();
                });
            });
        });
        return builder.Build();
    }
}
