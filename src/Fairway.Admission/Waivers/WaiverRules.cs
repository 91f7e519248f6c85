using System.Text.Json.Nodes;
using Fairway.Admission.Evaluation;
using Fairway.Admission.Mending;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Schemas;

namespace Fairway.Admission.Waivers;

/// <summary>Where a waiver stands at a moment.</summary>
public enum WaiverPhase
{
    /// <summary>Nobody has decided yet.</summary>
    Requested,

    Active,

    /// <summary>Active, and ends within two weeks.</summary>
    ExpiringSoon,

    Expired,

    Rejected,

    /// <summary>It breaks a rule of waivers and is not honoured; the message says which.</summary>
    Invalid,
}

/// <summary>A waiver that concerns a subject, and where it stands.</summary>
/// <param name="Waiver">The waiver.</param>
/// <param name="Phase">Where it stands.</param>
/// <param name="Message">A sentence why.</param>
public sealed record WaiverStanding(Waiver Waiver, WaiverPhase Phase, string Message)
{
    /// <summary>It is honoured.</summary>
    public bool InForce => Phase is WaiverPhase.Active or WaiverPhase.ExpiringSoon;

    /// <summary>Where it stands, as a clause after its name: <c>has expired: it ended 2026-03-01 12:00 UTC</c>.</summary>
    public string Clause => Phase switch
    {
        WaiverPhase.Expired => $"has expired: it ended {Waiver.Spec.ExpiresAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture)} UTC",
        WaiverPhase.Requested => Message,
        WaiverPhase.Rejected => $"was {Message}",
        WaiverPhase.Invalid => $"is not honoured: {Message}",
        _ => $"is in force: {Message}",
    };
}

/// <summary>Pure: what a waiver is worth, and what it covers. The same at every point where policies are evaluated.</summary>
public static class WaiverRules
{
    /// <summary>The longest any waiver may run.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    /// <summary>From then on its end is announced.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromDays(14);

    /// <summary>Where it stands, and a sentence why.</summary>
    /// <param name="waiver">The waiver.</param>
    /// <param name="policy">The policy it names, for its bounds; null when it is not known.</param>
    /// <param name="now">The moment.</param>
    public static (WaiverPhase Phase, string Message) Judge(Waiver waiver, PolicyDefinition? policy, DateTimeOffset now)
    {
        WaiverSpec spec = waiver.Spec;
        if (spec.Rejection is { } rejection)
        {
            return (WaiverPhase.Rejected, $"rejected by {rejection.By}{(rejection.Comment is { } why ? $": {why}" : "")}");
        }

        if (spec.ExpiresAt <= now)
        {
            return (WaiverPhase.Expired, $"expired {Days(now - spec.ExpiresAt)} ago");
        }

        if (spec.Approval is not { } approval)
        {
            return (WaiverPhase.Requested, "waits for approval by another person than who asked");
        }

        if (spec.RequestedBy is not { Length: > 0 } asker || approval.By == asker)
        {
            return (WaiverPhase.Invalid, spec.RequestedBy is null ? "requestedBy is missing" : $"approved by {approval.By}, who asked for it");
        }

        TimeSpan longest = policy?.Text.MaxWaiver is { } bound && bound < Longest ? bound : Longest;
        DateTimeOffset from = waiver.Metadata.CreationTimestamp ?? approval.At ?? now;
        if (spec.ExpiresAt - from > longest + TimeSpan.FromMinutes(5))
        {
            return (WaiverPhase.Invalid, $"runs {Days(spec.ExpiresAt - from)}; the policy allows {Days(longest)}");
        }

        if (policy is { Text.Waivable: false })
        {
            return (WaiverPhase.Invalid, "the policy allows no waivers");
        }

        return spec.ExpiresAt - now <= Soon
            ? (WaiverPhase.ExpiringSoon, $"ends in {Days(spec.ExpiresAt - now)}")
            : (WaiverPhase.Active, $"ends in {Days(spec.ExpiresAt - now)}");
    }

    /// <summary>The first waiver that is in force and covers a rule of a policy for a subject.</summary>
    public static Waiver? Covering(IReadOnlyList<Waiver> waivers, PolicyDefinition policy, string rule, Subject subject, DateTimeOffset now)
        => Find(waivers, policy, rule, subject, now) is { InForce: true } standing ? standing.Waiver : null;

    /// <summary>
    /// The first waiver that is in force and covers a rule of a policy for a subject; when there is none, the one that would cover it
    /// and ends last, with the reason why it does not.
    /// </summary>
    public static WaiverStanding? Find(IReadOnlyList<Waiver> waivers, PolicyDefinition policy, string rule, Subject subject, DateTimeOffset now)
    {
        WaiverStanding? nearest = null;
        foreach (Waiver waiver in waivers)
        {
            if (waiver.Spec.Policy != policy.Name || (waiver.Spec.Rule is { } one && one != rule) || !InScope(waiver.Spec.Scope, subject))
            {
                continue;
            }

            (WaiverPhase phase, string message) = Judge(waiver, policy, now);
            var standing = new WaiverStanding(waiver, phase, message);
            if (standing.InForce)
            {
                return standing;
            }

            nearest = nearest is null || waiver.Spec.ExpiresAt > nearest.Waiver.Spec.ExpiresAt ? standing : nearest;
        }

        return nearest;
    }

    /// <summary>Whether a scope takes a subject in. An empty scope takes nothing in.</summary>
    public static bool InScope(WaiverScope scope, Subject subject)
    {
        ResourceIdentity identity = subject.Identity;
        bool given = false;
        bool Fits(IReadOnlyList<string>? patterns, string value)
        {
            if (patterns is not { Count: > 0 })
            {
                return true;
            }

            given = true;
            return patterns.Any(pattern => Matching.Glob(pattern, value));
        }

        bool fits = Fits(scope.Clusters, identity.Cluster)
            & Fits(scope.Namespaces, identity.NamespaceName)
            & Fits(scope.Kinds, identity.Kind)
            & Fits(scope.Names, identity.Name);
        if (scope.Images is { Count: > 0 } images)
        {
            given = true;
            string[] used = [.. ImagesOf(subject.Any)];
            fits &= used.Length > 0 && used.All(image => images.Any(pinned => image == pinned || (pinned.StartsWith("sha256:", StringComparison.Ordinal) && image.EndsWith("@" + pinned, StringComparison.Ordinal))));
        }

        if (scope.Selector is { } selector && !selector.MatchesAll())
        {
            given = true;
            fits &= selector.Matches(Labels(subject.Any));
        }

        return given && fits;
    }

    /// <summary>The images of an object: of its pod, or of a release.</summary>
    public static IEnumerable<string> ImagesOf(JsonObject? @object)
    {
        if (@object is null)
        {
            return [];
        }

        if (PodPlace.Of(@object) is { } place)
        {
            JsonNode? pod = PodPlace.Find(@object, place.Field("spec"));
            return PodPlace.ContainerLists.SelectMany(list => pod.Array(list) ?? []).Select(container => container.Text("image")).OfType<string>();
        }

        return (@object["spec"].Array("images") ?? []).Select(image => $"{image.Text("name")}@{image.Text("digest")}");
    }

    private static Dictionary<string, string> Labels(JsonObject? @object)
        => (@object.Object("metadata").Object("labels") ?? []).ToDictionary(pair => pair.Key, pair => KubeJson.AsString(pair.Value) ?? "");

    private static string Days(TimeSpan span) => span.TotalDays >= 2 ? $"{(long)span.TotalDays} days"
        : span.TotalHours >= 2 ? $"{(long)span.TotalHours} hours"
        : span.TotalHours >= 1 ? "an hour"
        : "less than an hour";
}
