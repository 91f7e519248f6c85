using Fairway.Resources;

namespace Fairway.ControllerRuntime;

/// <summary>A source of keys: the objects of an informer and which keys each concerns.</summary>
/// <param name="Informer">What is watched.</param>
/// <param name="Map">From a change to the keys that must be looked at.</param>
internal sealed record ControllerWatch(Informer Informer, Func<InformerChange, IEnumerable<ObjectKey>> Map)
{
    public void Start(Action<ObjectKey> enqueue, bool isFirst)
    {
        if (isFirst)
        {
            Informer.Subscribe(change => Enqueue(change, enqueue));
            return;
        }

        foreach (Document document in Informer.List())
        {
            Enqueue(new InformerChange(null, document), enqueue);
        }
    }

    /// <summary>Before and after are both asked: an object that moves away concerns whom it leaves.</summary>
    public static IEnumerable<ObjectKey> OfBoth(InformerChange change, Func<Document, IEnumerable<ObjectKey>> map)
    {
        IEnumerable<ObjectKey> before = change.Before is null ? [] : map(change.Before);
        return change.After is null ? before : before.Concat(map(change.After));
    }

    private void Enqueue(InformerChange change, Action<ObjectKey> enqueue)
    {
        foreach (ObjectKey key in Map(change))
        {
            enqueue(key);
        }
    }
}
