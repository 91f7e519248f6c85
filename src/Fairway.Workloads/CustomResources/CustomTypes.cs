using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.CustomResources;
using Fairway.Resources.Kinds.ApiExtensions;

namespace Fairway.Workloads.CustomResources;

/// <summary>The resources that a cluster's CustomResourceDefinitions serve, for those who care for objects of every kind.</summary>
internal sealed class CustomTypes(InformerSet informers)
{
    private readonly Informer _definitions = informers.Of(KindOf<CustomResourceDefinition>.Type);

    /// <summary>Each resource once, in its most stable version.</summary>
    public IEnumerable<ResourceType> Current() => _definitions.List().Select(TypeOf).OfType<ResourceType>();

    /// <summary>Calls the handler for every resource that is served or comes to be, possibly more than once. It must be quick.</summary>
    public void OnServed(Action<ResourceType> handler) => _definitions.Subscribe(change =>
    {
        if (change.After is { } definition && TypeOf(definition) is { } type)
        {
            handler(type);
        }
    });

    private static ResourceType? TypeOf(Document definition) => CustomKinds.Of(definition) is [var kind, ..] ? kind.Type : null;
}
