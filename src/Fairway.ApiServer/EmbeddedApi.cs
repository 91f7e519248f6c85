using System.Collections.Frozen;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.ApiRegistration;
using Fairway.Resources.Kinds.Core;
using Fairway.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Fairway.ApiServer;

/// <summary>
/// The Kubernetes API of several logical clusters over one revision log: over HTTP for kubectl and the portal, and in process for
/// the platform's own parts. Safe for concurrent use.
/// </summary>
public sealed class EmbeddedApi : IAsyncDisposable
{
    private readonly EmbeddedApiOptions _options;
    private readonly RevisionLog _log;
    private readonly FrozenDictionary<string, ClusterVerbs> _clusters;
    private readonly ClusterVerbs _judge;
    private readonly AuditLog? _audit;
    private readonly Gate _gate;
    private readonly HttpAuthentication _authentication;
    private readonly CancellationTokenSource _stopping = new();
    private readonly DefinitionController[] _definitions;
    private Task _background = Task.CompletedTask;

    /// <summary>Serves what is in the log, which the caller opens and closes.</summary>
    public EmbeddedApi(RevisionLog log, EmbeddedApiOptions options)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _log = log;
        _audit = options.AuditPath is { } path ? new AuditLog(path, options.Logging.CreateLogger<EmbeddedApi>()) : null;
        _gate = new Gate(_audit, options.AuditPolicy, options.Time);
        var pages = new PageCache();
        var catalogs = options.Clusters.ToDictionary(name => name, name => new ClusterCatalog(options.Catalog, log, name));
        _clusters = options.Clusters.ToFrozenDictionary(name => name, name => new ClusterVerbs(name, log, pages, () => catalogs[name].Current, options));
        _definitions = [.. options.Clusters.Select(name => new DefinitionController(_clusters[name], catalogs[name], options.Time, options.Logging.CreateLogger<DefinitionController>()))];
        Computed.Add(typeof(ComponentStatus), static (_, _) => OwnParts.Components());
        Computed.Add(typeof(APIService), (name, _) => OwnParts.Services(_clusters[name], Computed));
        _judge = _clusters[options.Hub ?? options.Clusters[0]];
        Sessions = new PortalSessions(options.Time);
        _authentication = new HttpAuthentication(options, Sessions);
    }

    /// <summary>The logical clusters' names.</summary>
    public IReadOnlyList<string> Clusters => _options.Clusters;

    /// <summary>What only a node can give; set by the composition root.</summary>
    public PodStreams Pods { get; } = new();

    /// <summary>Clusters that others serve; requests for them are passed on.</summary>
    public ForeignClusters Foreign { get; } = new();

    /// <summary>Kinds that are views; filled by the composition root before serving.</summary>
    public ComputedResources Computed { get; } = new();

    /// <summary>Sign-in links and browser sessions.</summary>
    public PortalSessions Sessions { get; }

    /// <summary>
    /// Creates what every cluster has from the start: its namespaces, their service accounts, the default roles. Idempotent; run
    /// before serving.
    /// </summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        await Task.WhenAll(_options.Clusters.Select(cluster => Bootstrap.RunAsync(Client(cluster, Identity.Component("apiserver")), _options.PublishedAuthority, cancellation)));

        IEnumerable<NamespaceFurniture> furniture = _options.Clusters.Select(cluster => new NamespaceFurniture(
            Client(cluster, Identity.Component("service-account-controller")), _log, _options.PublishedAuthority, _options.Time, _options.Logging.CreateLogger<NamespaceFurniture>()));
        _background = Task.WhenAll(
        [
            .. _definitions.Select(each => Task.Run(() => each.RunAsync(_stopping.Token), CancellationToken.None)),
            .. furniture.Select(each => Task.Run(() => each.RunAsync(_stopping.Token), CancellationToken.None)),
        ]);
    }

    /// <summary>Tells every cluster's pods where the API listens: the Service <c>kubernetes</c> of the namespace <c>default</c>. Idempotent.</summary>
    /// <param name="address">Where it listens; its host is an IP address.</param>
    public Task PublishAsync(Uri address, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(address);
        return Task.WhenAll(_options.Clusters.Select(cluster => KubernetesService.PublishAsync(Client(cluster, Identity.Component("apiserver")), address.Host, address.Port, cancellation)));
    }

    /// <summary>A cluster's API as someone: without a wire for this server's own, passed on for foreign ones.</summary>
    /// <exception cref="ArgumentException">There is no such cluster.</exception>
    public IClusterApi Client(string cluster, Identity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        return _clusters.TryGetValue(cluster, out ClusterVerbs? verbs)
            ? new InProcessApi(verbs, identity, _gate, _options.Time)
            : Foreign.Find(cluster) is { } foreign ? new GuardedApi(foreign, _judge, identity, _gate, _options.Time)
            : throw new ArgumentException($"There is no cluster \"{cluster}\"; there are {string.Join(", ", Clusters)}.", nameof(cluster));
    }

    /// <summary>
    /// Serves <c>/clusters/{cluster}/…</c> (the Kubernetes APIs), <c>/watch</c> (the portal's multiplexed watch), <c>/signin</c> and
    /// the health endpoints.
    /// </summary>
    public void MapTo(IEndpointRouteBuilder routes)
        => new HttpRoutes(_options, _clusters, Foreign, _judge, _gate, Pods, Computed, Sessions, _authentication, _stopping.Token).Map(routes);

    /// <summary>
    /// An endpoint of the program's own behind the same door: authenticated by token or session, refusals answered as Status.
    /// </summary>
    public RequestDelegate Guarded(Func<HttpContext, Identity, Task> endpoint)
        => context => HttpGuard.RunAsync(context, async () => await endpoint(context, await AuthenticateAsync(context)), _options.Logging, _stopping.Token);

    /// <summary>Who sent a request, by certificate, token or session. Remembered for <see cref="Authenticate"/>.</summary>
    /// <exception cref="StatusException">401: nobody that is known.</exception>
    public ValueTask<Identity> AuthenticateAsync(HttpContext context) => _authentication.RequireAsync(context, null);

    /// <summary>The same for who is known already, or without asking an issuer.</summary>
    /// <exception cref="StatusException">401: nobody that is known.</exception>
    public Identity Authenticate(HttpContext context) => _authentication.Require(context);

    /// <summary>Asks RBAC for a verb on a resource of a cluster.</summary>
    /// <exception cref="StatusException">403, in kube-apiserver's words.</exception>
    public Task AuthorizeAsync(string cluster, Identity user, string verb, ResourceType type, string? @namespace, string? name)
    {
        ArgumentNullException.ThrowIfNull(type);
        var wanted = new AccessAttributes
        {
            Verb = verb,
            Group = type.Group,
            Resource = type.Plural,
            Subresource = "",
            Namespace = @namespace ?? "",
            Name = name ?? "",
            Path = "",
        };
        return _clusters[cluster].Authorizer.Allows(user, wanted) ? Task.CompletedTask : throw Refusals.Forbidden(user, wanted);
    }

    /// <summary>Ends watches and streams, so that the web server can stop, and writes the rest of the audit log.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _background;
        if (_audit is not null)
        {
            await _audit.DisposeAsync();
        }

        _stopping.Dispose();
    }
}
