using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds;

namespace Fairway.Workloads.Ownership;

/// <summary>Which objects are a controller's, which it takes in and which it lets go.</summary>
/// <param name="Owned">Controlled by it and matching.</param>
/// <param name="Adopt">Matching and controlled by nobody.</param>
/// <param name="Release">Controlled by it but no longer matching.</param>
/// <typeparam name="T">The record.</typeparam>
internal sealed record Claims<T>(IReadOnlyList<T> Owned, IReadOnlyList<T> Adopt, IReadOnlyList<T> Release)
    where T : class, IResource
{
    /// <summary>Sorts the objects of the owner's namespace. An owner that is being deleted adopts nothing.</summary>
    public static Claims<T> Of(IResource owner, LabelSelectorSpec selector, IEnumerable<T> candidates)
    {
        var owned = new List<T>();
        var adopt = new List<T>();
        var release = new List<T>();
        foreach (T candidate in candidates)
        {
            bool matches = selector.Matches(candidate.Metadata.Labels);
            OwnerReference? controller = candidate.Metadata.Controller();
            if (controller is null)
            {
                // A selector that matches everything adopts nothing: it would take over pods that nobody meant.
                bool mayAdopt = owner.Metadata.DeletionTimestamp is null && candidate.Metadata.DeletionTimestamp is null && !selector.MatchesAll();
                if (matches && mayAdopt)
                {
                    adopt.Add(candidate);
                }
            }
            else if (controller.Uid == owner.Metadata.Uid)
            {
                (matches || owner.Metadata.DeletionTimestamp is not null ? owned : release).Add(candidate);
            }
        }

        return new Claims<T>(owned, adopt, release);
    }
}
