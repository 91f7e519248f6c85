using Fairway.ControllerRuntime;
using Fairway.Resources;

namespace Fairway.Workloads.ReplicaSets;

/// <summary>The condition of sets that cannot make or remove their pods. Pure.</summary>
internal static class ReplicaFailure
{
    private const string Type = "ReplicaFailure";

    /// <summary>
    /// The conditions after an attempt. A failure that is on record stays as it was told first: what is refused names a pod that is never
    /// the same, and a status that changes with every attempt would be news to everyone who watches.
    /// </summary>
    public static IReadOnlyList<Condition>? Told(IReadOnlyList<Condition>? before, Exception? failure, ReplicaSetDecision decision, DateTimeOffset now)
    {
        Condition? known = before.Find(Type);
        if (failure is null)
        {
            return known is null ? before : before.Without(Type);
        }

        string reason = decision.Create > 0 ? "FailedCreate" : "FailedDelete";
        return known?.Reason == reason && known.Status == "True" ? before : before.With(Type, true, reason, failure.Message, now);
    }
}
