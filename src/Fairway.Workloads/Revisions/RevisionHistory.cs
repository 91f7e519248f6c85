using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Revisions;

/// <summary>Writes the history of templates.</summary>
internal sealed class RevisionHistory(IClusterApi api, InformerSet informers, TimeProvider time)
{
    private readonly Informer<ControllerRevision> _revisions = informers.Of<ControllerRevision>();
    private readonly OwnWrites<ControllerRevision> _writes = new(api, informers.Of<ControllerRevision>(), time);

    public async Task<IReadOnlyList<ControllerRevision>> OfAsync(IResource owner, CancellationToken cancellation)
    {
        IReadOnlyList<ControllerRevision> shown = [.. _revisions.OwnedBy(owner.Metadata.Uid!).Where(revision => revision.Metadata.IsControlledBy(owner))];
        IReadOnlyList<ControllerRevision> all = await _writes.OverAsync(shown, revision => revision.Metadata.IsControlledBy(owner), cancellation);
        return [.. all.Where(revision => !_writes.IsDeleted(revision)).OrderBy(revision => revision.Revision)];
    }

    /// <summary>Makes the present template the newest revision.</summary>
    /// <returns>That revision, or null when its name is another template's: count a collision and come again.</returns>
    public async Task<ControllerRevision?> SyncAsync(
        IResource owner, PodTemplateSpec template, string hashLabel, IReadOnlyList<ControllerRevision> history, int collisions, CancellationToken cancellation)
    {
        RevisionChoice choice = RevisionPlanner.Choose(owner, template, hashLabel, history, collisions);
        if (choice.Raised is { } raised)
        {
            ControllerRevision written = await api.WriteAsync(history.First(revision => revision.Metadata.Uid == raised.Metadata.Uid), raised, cancellation);
            _writes.Wrote(written);
            return written;
        }

        if (!choice.IsNew)
        {
            return choice.Update;
        }

        try
        {
            ControllerRevision created = await api.CreateAsync(choice.Update, cancellation);
            _writes.Wrote(created);
            return created;
        }
        catch (StatusException refused) when (refused.IsAlreadyExists)
        {
            ControllerRevision? existing = await api.FindAsync<ControllerRevision>(owner.Metadata.Namespace, choice.Update.Metadata.Name, cancellation);
            if (existing is not null && existing.Metadata.IsControlledBy(owner) && RevisionData.AreEqual(existing.Data, choice.Update.Data))
            {
                _writes.Wrote(existing);
                return existing;
            }

            return null;
        }
    }

    public async Task TruncateAsync(IReadOnlyList<ControllerRevision> history, IReadOnlySet<string> live, int limit, CancellationToken cancellation)
    {
        foreach (ControllerRevision superfluous in RevisionPlanner.Superfluous(history, live, limit).ToArray())
        {
            await api.DeleteAsync(superfluous, cancellation);
            _writes.Deleted(superfluous);
        }
    }
}
