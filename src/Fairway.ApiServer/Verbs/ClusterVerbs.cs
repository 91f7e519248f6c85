using Fairway.Resources;
using Fairway.Storage;

namespace Fairway.ApiServer;

/// <summary>One logical cluster: its verbs, its permissions and what it serves.</summary>
internal sealed class ClusterVerbs
{
    public ClusterVerbs(string name, RevisionLog log, PageCache pages, Func<KindCatalog> catalog, TimeProvider time)
    {
        Name = name;
        CatalogOf = catalog;
        Store = new ObjectStore(log, name, new Presentation(catalog));
        Authorizer = new RbacAuthorizer((resource, @namespace) => Store.List(resource, @namespace), (resource, @namespace, id) => Store.Find(resource, @namespace, id));
        Admission = AdmissionSetup.Build(new AdmissionDependencies { Store = Store, Authorizer = Authorizer, Catalog = catalog, Time = time });
        Grants = new GrantCheck(Authorizer, (resource, @namespace, id) => Store.Find(resource, @namespace, id));
        Reads = new Reads(Store, pages);
        Watches = new Watches(Store, Reads);
        Creation = new Creation(Store, Admission, new Strategies(new ServiceAddresses(() => Store.List("services", null))), time);
        Updates = new Updates(Store, Admission, time);
        Patches = new Patches(Store, Creation, Updates, time);
        Deletions = new Deletions(Store, Admission, time);
        Scaling = new Scaling(Store, Updates, Admission);
        Pods = new PodVerbs(Store, Deletions, Admission, time);
    }

    public string Name { get; }

    public KindCatalog Catalog => CatalogOf();

    public ObjectStore Store { get; }

    public RbacAuthorizer Authorizer { get; }

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

    /// <summary>Which part of an object a subresource writes, or null when it is none that objects of the kind have.</summary>
    public static Part? PartOf(KindDefinition kind, string? subresource) => subresource switch
    {
        null or "" => Part.Main,
        "status" when kind.Declared.Status => Part.Status,
        "finalize" when kind.Type.GroupResource == "namespaces" => Part.Finalize,
        _ => null,
    };
}
