using System.Text.Json;
using Fairway.Resources;
using Microsoft.Extensions.Logging;

namespace Fairway.ControllerRuntime;

/// <summary>Says what a controller watches and what it does.</summary>
/// <param name="name">Its name in logs and health; prefixed with the cluster's name: <c>dev/deployments</c>.</param>
/// <param name="informers">The cluster that it watches unless a watch names another.</param>
/// <param name="time">The clock of its delays.</param>
/// <param name="logs">Where it logs.</param>
public sealed class ControllerBuilder(string name, InformerSet informers, TimeProvider time, ILoggerFactory logs)
{
    private readonly List<ControllerWatch> _watches = [];
    private readonly HashSet<InformerSet> _sets = [informers];
    private ResourceType? _for;
    private Reconcile? _reconcile;
    private int _workers = 1;

    /// <summary>The kind whose keys are reconciled.</summary>
    public ControllerBuilder For<T>()
        where T : class, IResource
    {
        _for = KindOf<T>.Type;
        _watches.Add(new ControllerWatch(informers.Of(KindOf<T>.Type), change => [change.Key], IsOwn: true));
        return this;
    }

    /// <summary>Changes of objects that the kind of <see cref="For{T}"/> controls concern their controller.</summary>
    public ControllerBuilder Owns<TChild>()
        where TChild : class, IResource
    {
        ResourceType owner = _for ?? throw new InvalidOperationException($"{name}: Owns comes after For.");
        return Watch(informers.Of(KindOf<TChild>.Type), document => OwnerKey(document, owner));
    }

    /// <summary>Changes of other objects concern the keys that the function names; both the state before and after is asked.</summary>
    public ControllerBuilder Watches<TOther>(Func<TOther, IEnumerable<ObjectKey>> map, InformerSet? from = null)
        where TOther : class, IResource
    {
        InformerSet set = from ?? informers;
        _sets.Add(set);
        return Watch(set.Of(KindOf<TOther>.Type), document => TryMap(document, map));
    }

    /// <summary>Changes of an informer as documents, before and after, for kinds that are known only at run time.</summary>
    public ControllerBuilder WatchesChanges(Informer informer, Func<InformerChange, IEnumerable<ObjectKey>> map)
    {
        _watches.Add(new ControllerWatch(informer, map));
        return this;
    }

    public ControllerBuilder Reconcile(Reconcile reconcile)
    {
        _reconcile = reconcile;
        return this;
    }

    /// <summary>How many keys may be reconciled at a time (1 when not said).</summary>
    public ControllerBuilder WithWorkers(int workers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        _workers = workers;
        return this;
    }

    public Controller Build()
    {
        Reconcile reconcile = _reconcile ?? throw new InvalidOperationException($"{name}: nothing to do, Reconcile was not called.");
        string fullName = $"{informers.Api.Cluster}/{name}";
        return new Controller(fullName, [.. _sets], [.. _watches], reconcile, _workers, time, logs.CreateLogger<Controller>());
    }

    private static IEnumerable<ObjectKey> OwnerKey(Document document, ResourceType owner)
        => Owners.ControllerOf(document.Header.OwnerReferences) is { } controller && controller.IsOfKind(owner)
            ? [new ObjectKey(owner.Namespaced ? document.Header.Namespace : "", controller.Name)]
            : [];

    private static IEnumerable<ObjectKey> TryMap<TOther>(Document document, Func<TOther, IEnumerable<ObjectKey>> map)
        where TOther : class, IResource
    {
        try
        {
            return map(document.As<TOther>());
        }
        catch (JsonException)
        {
            // Does not fit the record: no controller can look at it.
            return [];
        }
    }

    private ControllerBuilder Watch(Informer informer, Func<Document, IEnumerable<ObjectKey>> map)
        => WatchesChanges(informer, change => ControllerWatch.OfBoth(change, map));
}
