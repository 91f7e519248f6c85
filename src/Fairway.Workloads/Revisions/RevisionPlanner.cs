using System.Text.Json;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Revisions;

/// <summary>Which revision the present template is.</summary>
/// <param name="Update">The revision of the present template, as it is or as it has to be created.</param>
/// <param name="IsNew">It has to be created.</param>
/// <param name="Raised">It was there and is the newest again: with its new number.</param>
internal sealed record RevisionChoice(ControllerRevision Update, bool IsNew, ControllerRevision? Raised);

/// <summary>Keeps the history of a template: a new template is a new revision, an old one comes to the front again. Pure.</summary>
internal static class RevisionPlanner
{
    /// <summary>The label under which the pods and revisions carry the revision's hash.</summary>
    public const string HashLabel = "controller-revision-hash";

    public static RevisionChoice Choose(
        IResource owner,
        PodTemplateSpec template,
        string hashLabel,
        IReadOnlyList<ControllerRevision> history,
        int collisions)
    {
        JsonElement data = RevisionData.Of(template);
        long highest = history.Select(revision => revision.Revision).DefaultIfEmpty().Max();
        ControllerRevision? same = history.Where(revision => RevisionData.AreEqual(revision.Data, data)).MaxBy(revision => revision.Revision);
        if (same is not null)
        {
            bool isNewest = same.Revision == highest;
            ControllerRevision update = isNewest ? same : same with { Revision = highest + 1 };
            return new RevisionChoice(update, IsNew: false, isNewest ? null : update);
        }

        string hash = RevisionData.Hash(data, collisions);
        var labels = new Dictionary<string, string>(template.Metadata?.Labels ?? new Dictionary<string, string>()) { [hashLabel] = hash };
        var created = new ControllerRevision
        {
            Metadata = new ObjectMeta
            {
                Name = $"{owner.Metadata.Name}-{hash}",
                Namespace = owner.Metadata.Namespace,
                Labels = labels,
                Annotations = Annotations(owner),
                OwnerReferences = [Owners.ControllerReference(owner)],
            },
            Data = data,
            Revision = highest + 1,
        };
        return new RevisionChoice(created, IsNew: true, null);
    }

    /// <summary>Revisions that nothing uses any more, beyond those that are kept; oldest first.</summary>
    public static IEnumerable<ControllerRevision> Superfluous(IReadOnlyList<ControllerRevision> history, IReadOnlySet<string> live, int limit)
    {
        ControllerRevision[] dead = [.. history.Where(revision => !live.Contains(revision.Metadata.Name)).OrderBy(revision => revision.Revision)];
        return dead.Take(Math.Max(0, dead.Length - limit));
    }

    private static Dictionary<string, string>? Annotations(IResource owner)
    {
        var kept = (owner.Metadata.Annotations ?? new Dictionary<string, string>())
            .Where(annotation => annotation.Key != "kubectl.kubernetes.io/last-applied-configuration").ToDictionary(StringComparer.Ordinal);
        return kept.Count > 0 ? kept : null;
    }
}
