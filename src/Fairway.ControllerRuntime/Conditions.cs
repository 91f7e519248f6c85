using Fairway.Resources;

namespace Fairway.ControllerRuntime;

/// <summary>Lists of conditions in which each type occurs once.</summary>
public static class Conditions
{
    public static Condition? Find(this IReadOnlyList<Condition>? conditions, string type)
        => conditions?.FirstOrDefault(condition => condition.Type == type);

    public static bool IsTrue(this IReadOnlyList<Condition>? conditions, string type) => conditions.Find(type)?.Status == "True";

    /// <summary>
    /// The list with this condition set. lastTransitionTime moves only when the status does; a condition that says what is
    /// there already leaves the list as it is.
    /// </summary>
    public static IReadOnlyList<Condition> With(this IReadOnlyList<Condition>? conditions, Condition wanted, DateTimeOffset now)
    {
        IReadOnlyList<Condition> existing = conditions ?? [];
        Condition? before = existing.Find(wanted.Type);
        DateTimeOffset? since = before?.Status == wanted.Status ? before.LastTransitionTime : now;
        Condition after = wanted with { LastTransitionTime = since ?? now };
        if (after == before)
        {
            return existing;
        }

        return before is null
            ? [.. existing, after]
            : [.. existing.Select(condition => condition.Type == wanted.Type ? after : condition)];
    }

    public static IReadOnlyList<Condition> With(
        this IReadOnlyList<Condition>? conditions, string type, bool status, string reason, string message, DateTimeOffset now)
        => conditions.With(new Condition { Type = type, Status = status ? "True" : "False", Reason = reason, Message = message }, now);

    public static IReadOnlyList<Condition> Without(this IReadOnlyList<Condition>? conditions, string type)
        => [.. (conditions ?? []).Where(condition => condition.Type != type)];
}
