using System.Text.Json.Nodes;
using Fairway.Policy.Auditing;
using Fairway.Policy.Checking;
using Fairway.Resources;

namespace Fairway.Policy.Rehearsing;

/// <summary>A write of the past.</summary>
public sealed record PastWrite(string Cluster, ResourceType Type, DateTimeOffset At, Document Document);

/// <summary>An object that a policy would have stopped.</summary>
/// <param name="Identity">The object.</param>
/// <param name="Team">Who answers for it.</param>
/// <param name="First">The first write that would have been refused.</param>
/// <param name="Last">The last one.</param>
/// <param name="Writes">How many.</param>
/// <param name="StillViolates">Its newest write of the time would be refused, too.</param>
/// <param name="Finding">Of the newest refused write, with the mend.</param>
public sealed record Stopped(ResourceIdentity Identity, string Team, DateTimeOffset First, DateTimeOffset Last, int Writes, bool StillViolates, Finding Finding);

/// <summary>What a policy would have done.</summary>
public sealed record RehearsalResult(int Writes, int Refused, int Unknown, IReadOnlyList<Stopped> Objects)
{
    public IEnumerable<IGrouping<string, Stopped>> ByTeam => Objects.GroupBy(one => one.Team).OrderByDescending(group => group.Sum(one => one.Writes)).ThenBy(group => group.Key, StringComparer.Ordinal);
}

/// <summary>Pure: a policy on the writes of the past, as if it had been at deny then.</summary>
public static class Rehearsal
{
    /// <param name="judge">The policies to rehearse.</param>
    /// <param name="writes">Oldest first.</param>
    /// <param name="namespaces">As they are now.</param>
    /// <param name="cancellation">Ends it.</param>
    public static RehearsalResult Run(PolicyJudge judge, IEnumerable<PastWrite> writes, Func<string, IReadOnlyDictionary<string, JsonObject>> namespaces, CancellationToken cancellation)
    {
        int count = 0;
        int refused = 0;
        int unknown = 0;
        var last = new Dictionary<(string, ResourceType, ObjectKey), string>();
        var stopped = new Dictionary<(string, ResourceType, ObjectKey, string), Stopped>();
        foreach (PastWrite write in writes)
        {
            cancellation.ThrowIfCancellationRequested();
            JsonObject node = write.Document.ToNode();
            string wanted = Wanted(node);
            var one = (write.Cluster, write.Type, ObjectKey.Of(write.Document));
            if (last.TryGetValue(one, out string? before) && before == wanted)
            {
                // Only the status moved: no policy about what people want was asked.
                continue;
            }

            last[one] = wanted;
            count++;
            var kind = new ResourceIdentity { Group = write.Type.Group, Version = write.Type.Version, Kind = write.Type.Kind, Resource = write.Type.Plural, Namespaced = write.Type.Namespaced, Cluster = write.Cluster };
            var subject = new PreparedSubject(StoredObjects.SubjectOf(node, kind, namespaces(write.Cluster)));
            foreach ((PolicyJudge.Binding binding, Verdict verdict) in judge.Decide(subject, FactSnapshot.Of(null, write.At), write.At, cancellation))
            {
                var key = (write.Cluster, write.Type, ObjectKey.Of(write.Document), binding.Policy.Definition.Name);
                if (verdict.Outcome == Outcome.Fail)
                {
                    refused++;
                    Finding finding = verdict.Findings.First(one => one.Outcome == Outcome.Fail);
                    stopped[key] = stopped.TryGetValue(key, out Stopped? known)
                        ? known with { Last = write.At, Writes = known.Writes + 1, StillViolates = true, Finding = finding }
                        : new Stopped(subject.Subject.Identity, ClusterAudit.TeamOf(node, subject.Subject.Namespace), write.At, write.At, 1, true, finding);
                }
                else
                {
                    unknown += verdict.Outcome == Outcome.Unknown ? 1 : 0;
                    if (stopped.TryGetValue(key, out Stopped? known))
                    {
                        stopped[key] = known with { StillViolates = false };
                    }
                }
            }
        }

        return new RehearsalResult(count, refused, unknown, [.. stopped.Values.OrderBy(one => one.Team, StringComparer.Ordinal).ThenBy(one => one.Identity.ToString(), StringComparer.Ordinal)]);
    }

    /// <summary>The object without what the system writes.</summary>
    private static string Wanted(JsonObject node)
    {
        JsonObject copy = node.DeepClone().AsObject();
        copy.Remove("status");
        if (copy["metadata"] is JsonObject metadata)
        {
            foreach (string name in (ReadOnlySpan<string>)["resourceVersion", "managedFields", "generation"])
            {
                metadata.Remove(name);
            }
        }

        return copy.ToJsonString();
    }
}
