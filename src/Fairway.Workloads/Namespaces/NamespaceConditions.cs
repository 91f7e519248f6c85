using Fairway.ControllerRuntime;
using Fairway.Resources;

namespace Fairway.Workloads.Namespaces;

/// <summary>What a namespace says while it is being emptied, in the words and the order of kube-controller-manager. Pure.</summary>
internal static class NamespaceConditions
{
    /// <param name="before">The conditions so far.</param>
    /// <param name="left">Objects that are still there, by resource and group.</param>
    /// <param name="finalizers">What holds them, and how many.</param>
    /// <param name="failures">Why some were refused to go.</param>
    /// <param name="now">When this was seen.</param>
    public static IReadOnlyList<Condition> Of(
        IReadOnlyList<Condition>? before,
        IReadOnlyDictionary<string, int> left,
        IReadOnlyDictionary<string, int> finalizers,
        IReadOnlyCollection<string> failures,
        DateTimeOffset now)
    {
        string resources = string.Join(", ", left.Select(entry => $"{Qualified(entry.Key)} has {entry.Value} resource instances"));
        string holders = string.Join(", ", finalizers.Select(entry => $"{entry.Key} in {entry.Value} resource instances"));
        return before
            .With("NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered", "All resources successfully discovered", now)
            .With("NamespaceDeletionGroupVersionParsingFailure", false, "ParsedGroupVersions", "All legacy kube types successfully parsed", now)
            .With(failures.Count == 0
                ? Condition("NamespaceDeletionContentFailure", "False", "ContentDeleted", "All content successfully deleted, may be waiting on finalization")
                : Condition("NamespaceDeletionContentFailure", "True", "ContentDeletionFailed", $"Failed to delete all resource types, {failures.Count} remaining: {string.Join(", ", failures)}"), now)
            .With(left.Count == 0
                ? Condition("NamespaceContentRemaining", "False", "ContentRemoved", "All content successfully removed")
                : Condition("NamespaceContentRemaining", "True", "SomeResourcesRemain", $"Some resources are remaining: {resources}"), now)
            .With(finalizers.Count == 0
                ? Condition("NamespaceFinalizersRemaining", "False", "ContentHasNoFinalizers", "All content-preserving finalizers finished")
                : Condition("NamespaceFinalizersRemaining", "True", "SomeFinalizersRemain", $"Some content in the namespace has finalizers remaining: {holders}"), now);
    }

    /// <summary>Resource and group with a dot between them, also where the group is empty.</summary>
    private static string Qualified(string groupResource) => groupResource.Contains('.', StringComparison.Ordinal) ? groupResource : $"{groupResource}.";

    private static Condition Condition(string type, string status, string reason, string message) => new() { Type = type, Status = status, Reason = reason, Message = message };
}
