using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>What plug-ins of one cluster may ask.</summary>
internal sealed record AdmissionDependencies
{
    public required ObjectStore Store { get; init; }

    public required RbacAuthorizer Authorizer { get; init; }

    public required Func<KindCatalog> Catalog { get; init; }

    public required TimeProvider Time { get; init; }
}

/// <summary>Which plug-ins a cluster has, in the order of kube-apiserver's AllOrderedPlugins.</summary>
internal static class AdmissionSetup
{
    public static AdmissionChain Build(AdmissionDependencies with)
    {
        var lifecycle = new NamespaceLifecycle(with.Store);
        return new AdmissionChain(
            mutating:
            [
                lifecycle,
            ],
            validating:
            [
            ]);
    }
}
