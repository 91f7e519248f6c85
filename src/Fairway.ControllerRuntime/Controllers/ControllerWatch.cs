using Fairway.Resources;

namespace Fairway.ControllerRuntime;

/// <summary>A source of keys: the objects of an informer and which keys each concerns.</summary>
/// <param name="Informer">What is watched.</param>
/// <param name="Map">From a change to the keys that must be looked at.</param>
/// <param name="IsOwn">The keys are those of the objects themselves.</param>
internal sealed record ControllerWatch(Informer Informer, Func<InformerChange, IEnumerable<ObjectKey>> Map, bool IsOwn = false)
{
    public void Start(Action<ObjectKey, Wake> enqueue, bool isFirst)
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

    /// <summary>What a change is to a key that waits after a failure.</summary>
    internal Wake WakeOf(InformerChange change)
    {
        if (!IsOwn)
        {
            return Wake.Soon;
        }

        return (change.Before?.Header, change.After?.Header) switch
        {
            ({ } before, { } after) when IsSameWish(before, after) => after.Generation > 0 ? Wake.WithRetry : Wake.Soon,
            _ => Wake.Now,
        };
    }

    /// <summary>Objects without a generation say nothing of whether their spec changed.</summary>
    private static bool IsSameWish(DocumentHeader before, DocumentHeader after)
        => before.Uid == after.Uid
            && before.Generation == after.Generation
            && before.DeletionTimestamp == after.DeletionTimestamp
            && before.Finalizers.SequenceEqual(after.Finalizers)
            && before.OwnerReferences.SequenceEqual(after.OwnerReferences)
            && IsSame(before.Labels, after.Labels)
            && IsSame(before.Annotations, after.Annotations);

    private static bool IsSame(IReadOnlyDictionary<string, string> left, IReadOnlyDictionary<string, string> right)
        => left.Count == right.Count && left.All(pair => right.TryGetValue(pair.Key, out string? value) && value == pair.Value);

    private void Enqueue(InformerChange change, Action<ObjectKey, Wake> enqueue)
    {
        Wake wake = WakeOf(change);
        foreach (ObjectKey key in Map(change))
        {
            enqueue(key, wake);
        }
    }
}
