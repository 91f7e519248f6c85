using Fairway.Resources;

namespace Fairway.Workloads.GarbageCollection;

/// <summary>What became of an owner.</summary>
internal enum OwnerState
{
    /// <summary>It is there and keeps its dependents.</summary>
    Solid,

    /// <summary>It is gone, or another object has its name now.</summary>
    Absent,

    /// <summary>It is being deleted in the foreground and waits for its dependents.</summary>
    Waiting,

    /// <summary>Nobody can say: its kind is not served.</summary>
    Unknown,
}

/// <summary>What to do with a dependent.</summary>
internal abstract record GarbageDecision
{
    public sealed record Keep : GarbageDecision;

    /// <summary>Owners that are gone or going are struck off; others keep the object.</summary>
    public sealed record KeepWithout(IReadOnlyList<OwnerReference> Owners) : GarbageDecision;

    /// <param name="Propagation">Background, Foreground or Orphan.</param>
    public sealed record Delete(string Propagation) : GarbageDecision;
}

/// <summary>Decides about objects by their owners. Pure.</summary>
internal static class GarbagePlanner
{
    public const string Foreground = "foregroundDeletion";
    public const string Orphan = "orphan";

    /// <param name="dependent">An object with owners.</param>
    /// <param name="owners">Its owners and what became of each.</param>
    /// <param name="hasDependents">Whether it owns objects itself.</param>
    public static GarbageDecision Decide(
        DocumentHeader dependent, IReadOnlyList<(OwnerReference Reference, OwnerState State)> owners, bool hasDependents)
    {
        if (owners.Count == 0 || dependent.IsDeleting)
        {
            return new GarbageDecision.Keep();
        }

        bool anySolid = owners.Any(owner => owner.State is OwnerState.Solid or OwnerState.Unknown);
        bool anyLoose = owners.Any(owner => owner.State is OwnerState.Absent or OwnerState.Waiting);
        if (anySolid)
        {
            return anyLoose
                ? new GarbageDecision.KeepWithout([.. owners.Where(owner => owner.State is OwnerState.Solid or OwnerState.Unknown).Select(owner => owner.Reference)])
                : new GarbageDecision.Keep();
        }

        // An owner that waits in the foreground wants the whole tree below it gone first.
        if (owners.Any(owner => owner.State == OwnerState.Waiting) && hasDependents)
        {
            return new GarbageDecision.Delete("Foreground");
        }

        return new GarbageDecision.Delete(
            dependent.Finalizers.Contains(Orphan) ? "Orphan"
            : dependent.Finalizers.Contains(Foreground) ? "Foreground"
            : "Background");
    }
}
