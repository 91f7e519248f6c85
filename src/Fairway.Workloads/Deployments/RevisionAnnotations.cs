using System.Globalization;
using Fairway.Resources;
using Fairway.Resources.Kinds.Apps;

namespace Fairway.Workloads.Deployments;

/// <summary>The annotations by which kubectl and the deployment controller know revisions.</summary>
internal static class RevisionAnnotations
{
    public const string Revision = "deployment.kubernetes.io/revision";
    public const string History = "deployment.kubernetes.io/revision-history";
    public const string Desired = "deployment.kubernetes.io/desired-replicas";
    public const string Max = "deployment.kubernetes.io/max-replicas";

    /// <summary>The history annotation is cut from the front beyond this many characters.</summary>
    private const int HistoryLength = 2000;

    private static readonly HashSet<string> NotCopied =
    [
        "kubectl.kubernetes.io/last-applied-configuration", Revision, History, Desired, Max, "deprecated.deployment.rollback.to",
    ];

    public static long RevisionOf(ObjectMeta metadata) => Number(metadata, Revision) ?? 0;

    public static long? Number(ObjectMeta metadata, string annotation)
        => metadata.Annotations?.GetValueOrDefault(annotation) is { } text
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : null;

    public static long MaxRevision(IEnumerable<ReplicaSet> sets) => sets.Select(set => RevisionOf(set.Metadata)).DefaultIfEmpty().Max();

    /// <summary>The annotations of the set of the present template: the deployment's, the revision and the revisions that it had before.</summary>
    public static IReadOnlyDictionary<string, string> OfNewSet(Deployment deployment, ReplicaSet? existing, long revision)
    {
        var result = new Dictionary<string, string>(existing?.Metadata.Annotations ?? new Dictionary<string, string>());
        foreach ((string name, string value) in deployment.Metadata.Annotations ?? new Dictionary<string, string>())
        {
            if (!NotCopied.Contains(name))
            {
                result[name] = value;
            }
        }

        long before = existing is null ? 0 : RevisionOf(existing.Metadata);
        if (before < revision)
        {
            result[Revision] = Text(revision);
            if (before > 0)
            {
                result[History] = Appended(result.GetValueOrDefault(History), Text(before));
            }
        }

        return result;
    }

    /// <summary>The annotations of a set with what the deployment asks for, by which a later change of that number is noticed.</summary>
    public static IReadOnlyDictionary<string, string> WithSize(IReadOnlyDictionary<string, string>? annotations, int desired, int max)
        => new Dictionary<string, string>(annotations ?? new Dictionary<string, string>()) { [Desired] = Text(desired), [Max] = Text(max) };

    public static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Appended(string? history, string revision)
    {
        if (string.IsNullOrEmpty(history))
        {
            return revision;
        }

        string all = $"{history},{revision}";
        while (all.Length > HistoryLength && all.IndexOf(',', StringComparison.Ordinal) is > 0 and int comma)
        {
            all = all[(comma + 1)..];
        }

        return all;
    }
}
