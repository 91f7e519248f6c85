using Fairway.Resources;
using Fairway.Workloads.Namespaces;

namespace Fairway.Workloads.Tests.Namespaces;

public sealed class NamespaceConditionsTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 14, 15, 9, 26, TimeSpan.Zero);
    private static readonly Dictionary<string, int> Nothing = [];

    [Fact]
    public void Of_SomethingLeftAndHeld_SaysWhatInTheOriginalsWords()
        => Told(NamespaceConditions.Of(null, new SortedDictionary<string, int> { ["configmaps"] = 2, ["deployments.apps"] = 1 }, new SortedDictionary<string, int> { ["example.com/hold"] = 2 }, [], Now)).ShouldBe(
        [
            "NamespaceDeletionDiscoveryFailure=False ResourcesDiscovered: All resources successfully discovered",
            "NamespaceDeletionGroupVersionParsingFailure=False ParsedGroupVersions: All legacy kube types successfully parsed",
            "NamespaceDeletionContentFailure=False ContentDeleted: All content successfully deleted, may be waiting on finalization",
            "NamespaceContentRemaining=True SomeResourcesRemain: Some resources are remaining: configmaps. has 2 resource instances, deployments.apps has 1 resource instances",
            "NamespaceFinalizersRemaining=True SomeFinalizersRemain: Some content in the namespace has finalizers remaining: example.com/hold in 2 resource instances",
        ]);

    [Fact]
    public void Of_DeletionRefused_NamesEveryRefusal()
    {
        IReadOnlyList<Condition> conditions = NamespaceConditions.Of(null, Nothing, Nothing, ["a webhook denied it", "b is busy"], Now);
        Told(conditions)[2].ShouldBe("NamespaceDeletionContentFailure=True ContentDeletionFailed: Failed to delete all resource types, 2 remaining: a webhook denied it, b is busy");
        Told(conditions)[3..].ShouldBe(
        [
            "NamespaceContentRemaining=False ContentRemoved: All content successfully removed",
            "NamespaceFinalizersRemaining=False ContentHasNoFinalizers: All content-preserving finalizers finished",
        ]);
        NamespaceConditions.Of(conditions, Nothing, Nothing, ["a webhook denied it", "b is busy"], Now.AddHours(1)).ShouldBe(conditions, "nothing new is said");
    }

    private static string[] Told(IReadOnlyList<Condition> conditions) => [.. conditions.Select(one => $"{one.Type}={one.Status} {one.Reason}: {one.Message}")];
}
