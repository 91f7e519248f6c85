using Fairway.Resources;

namespace Fairway.ControllerRuntime;

/// <summary>A source of keys: the objects of an informer and which keys each concerns.</summary>
/// <param name="Informer">What is watched.</param>
/// <param name="Map">From an object to the keys that must be looked at when it changes.</param>
internal sealed record ControllerWatch(Informer Informer, Func<Document, IEnumerable<ObjectKey>> Map)
{
    public void Start(Action<ObjectKey> enqueue, bool isFirst)
    {
        if (isFirst)
        {
            Informer.Subscribe(change => EnqueueBoth(change, enqueue));
            return;
        }

        foreach (Document document in Informer.List())
        {
            EnqueueBoth(new InformerChange(null, document), enqueue);
        }
    }

    /// <summary>Before and after: an object that moves away concerns whom it leaves.</summary>
    private void EnqueueBoth(InformerChange change, Action<ObjectKey> enqueue)
    {
        foreach (Document? document in (Document?[])[change.Before, change.After])
        {
            if (document is not null)
            {
                foreach (ObjectKey key in Map(document))
                {
                    enqueue(key);
                }
            }
        }
    }
}
