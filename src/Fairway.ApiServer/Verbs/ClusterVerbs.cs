using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Storage;

namespace Fairway.ApiServer;

/// <summary>One logical cluster: its verbs, its permissions and what it serves.</summary>
internal sealed class ClusterVerbs
{
    public ClusterVerbs(string name, RevisionLog log, PageCache pages, Func<KindCatalog> catalog, EmbeddedApiOptions options)
    {
        TimeProvider time = options.Time;
        Name = name;
        CatalogOf = catalog;
        Conversions? conversions = null;
        Store = new ObjectStore(log, name, new Presentation(catalog, () => conversions!));
        conversions = new Conversions(new WebhookCaller(Store, time));
        Authorizer = new RbacAuthorizer((resource, @namespace) => Store.List(resource, @namespace), (resource, @namespace, id) => Store.Find(resource, @namespace, id));
        Accounts = options.ServiceAccountKeys is { } keys ? new ServiceAccountTokens(keys, Store, () => options.IssuerOf(name), time) : null;
        Admission = AdmissionSetup.Build(new AdmissionDependencies
        {
            Cluster = name,
            Store = Store,
            Waivers = options.Waivers,
            Checks = options.Checks,
            Authorizer = Authorizer,
            Catalog = catalog,
            Time = time,
            Authority = options.Authority,
            IssuesTokens = Accounts is not null,
        });
        Grants = new GrantCheck(Authorizer, (resource, @namespace, id) => Store.Find(resource, @namespace, id));
        LegacyTokens? legacy = Accounts is null ? null : new LegacyTokens(Accounts, Store, options.PublishedAuthority);
        Reads = new Reads(Store, pages);
        Watches = new Watches(Store, Reads);
        var strategies = new Strategies(new ServiceAddresses(() => Store.List("services", null)), legacy);
        Creation = new Creation(Store, Admission, strategies, time, options.PublishedAuthority);
        Updates = new Updates(Store, Admission, strategies, time);
        Patches = new Patches(Store, Creation, Updates, time);
        Deletions = new Deletions(Store, Admission, time);
        Scaling = new Scaling(Store, Updates, Admission, time);
        Pods = new PodVerbs(Store, Deletions, Admission, time);
    }

    public string Name { get; }

    public KindCatalog Catalog => CatalogOf();

    public ObjectStore Store { get; }

    public RbacAuthorizer Authorizer { get; }

    /// <summary>Tokens of ServiceAccounts; null where none are issued.</summary>
    public ServiceAccountTokens? Accounts { get; }

    public AdmissionChain Admission { get; }

    public GrantCheck Grants { get; }

    public Reads Reads { get; }

    public Watches Watches { get; }

    public Creation Creation { get; }

    public Updates Updates { get; }

    public Patches Patches { get; }

    public Deletions Deletions { get; }

    public Scaling Scaling { get; }

    public PodVerbs Pods { get; }

    private Func<KindCatalog> CatalogOf { get; }

    /// <summary>Answers a TokenRequest for a ServiceAccount.</summary>
    /// <exception cref="StatusException">404: there is no such account, or tokens are not issued; 400, 409, 422.</exception>
    public async Task<Document> IssueTokenAsync(
        string @namespace, string name, JsonObject request, bool dryRun, AdmissionContext context, CancellationToken cancellation)
    {
        if (Accounts is not { } accounts)
        {
            throw Refusals.NoSuchResource();
        }

        AdmissionRequest admitted = FormAdmission.Create(
            KindOf<ServiceAccount>.Type, new GroupVersionKind("authentication.k8s.io", "v1", "TokenRequest"), @namespace, name, "token", request, dryRun, context);
        await Admission.RunAsync(admitted, cancellation);
        return Document.From(accounts.Issue(@namespace, name, admitted.Object!));
    }

    /// <summary>Which part of an object a subresource writes, or null when it is none that objects of the kind have.</summary>
    public static Part? PartOf(KindDefinition kind, string? subresource) => subresource switch
    {
        null or "" => Part.Main,
        "status" when kind.Declared.Status => Part.Status,
        "ephemeralcontainers" when kind.Type.GroupResource == "pods" => Part.EphemeralContainers,
        "finalize" when kind.Type.GroupResource == "namespaces" => Part.Finalize,
        "approval" when kind.Type.GroupResource == "certificatesigningrequests.certificates.k8s.io" => Part.Approval,
        _ => null,
    };
}
