using Fairway.Resources;

namespace Fairway.Storage;

/// <summary>What a commit does to its key: one of the cases below.</summary>
public abstract record Mutation
{
    private Mutation()
    {
    }

    /// <summary>Changes nothing and uses up no revision.</summary>
    public static Mutation Nothing { get; } = new Unchanged();

    /// <summary>Stores a document, which carries the new revision as its resourceVersion.</summary>
    public sealed record Put(Document Document) : Mutation;

    /// <summary>Removes the object.</summary>
    /// <param name="Last">Its last state, with the revision of the deletion as resourceVersion: what watchers are told.</param>
    public sealed record Delete(Document Last) : Mutation;

    /// <summary>See <see cref="Nothing"/>.</summary>
    public sealed record Unchanged : Mutation;
}

/// <summary>A commit that is durable and visible to every reader.</summary>
/// <param name="Revision">The commit's own revision; for a commit that changed nothing, the one it looked at.</param>
/// <param name="Document">What was put, the last state of what was deleted, or what was there when nothing changed.</param>
/// <param name="Changed">Whether a revision was used.</param>
public readonly record struct CommitResult(long Revision, Document? Document, bool Changed);

public enum RevisionEventType
{
    Put,
    Delete,

    /// <summary>No object: every event of the watch up to <see cref="RevisionEvent.Revision"/> has been delivered.</summary>
    Progress,
}

/// <summary>One change of one object.</summary>
/// <param name="Type">What happened.</param>
/// <param name="Revision">Unique and ascending over all clusters and resources.</param>
/// <param name="Key">The object; default for progress.</param>
/// <param name="Document">The state after a put, the last state of what was deleted, null for progress.</param>
/// <param name="Previous">The state before; null when the object did not exist.</param>
public sealed record RevisionEvent(RevisionEventType Type, long Revision, StorageKey Key, Document? Document, Document? Previous);
