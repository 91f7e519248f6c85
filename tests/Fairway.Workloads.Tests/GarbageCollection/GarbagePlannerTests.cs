using Fairway.Resources;
using Fairway.Workloads.GarbageCollection;

namespace Fairway.Workloads.Tests.GarbageCollection;

public sealed class GarbagePlannerTests
{
    [Theory]
    [InlineData("Solid", false, "keep")]
    [InlineData("Unknown", false, "keep")]
    [InlineData("Absent", false, "Background")]
    [InlineData("Absent,Absent", true, "Background")]
    [InlineData("Waiting", false, "Background")]
    [InlineData("Waiting", true, "Foreground")]
    [InlineData("Absent,Waiting", true, "Foreground")]
    [InlineData("Absent,Solid", true, "strike off 1")]
    [InlineData("Waiting,Solid", false, "strike off 1")]
    [InlineData("Absent,Unknown", false, "strike off 1")]
    public void Decide_ByWhatBecameOfTheOwners(string states, bool hasDependents, string expected)
    {
        (OwnerReference, OwnerState)[] owners =
        [
            .. states.Split(',').Select((state, number) => (
                new OwnerReference { ApiVersion = "v1", Kind = "ConfigMap", Name = $"o{number}", Uid = $"u{number}" }, Enum.Parse<OwnerState>(state))),
        ];
        string decided = GarbagePlanner.Decide(DocumentHeader.Read("{}"u8), owners, hasDependents) switch
        {
            GarbageDecision.KeepWithout kept => $"strike off {owners.Length - kept.Owners.Count}",
            GarbageDecision.Delete delete => delete.Propagation,
            _ => "keep",
        };
        decided.ShouldBe(expected);
    }

    [Fact]
    public void Decide_DependentWithAnOrphanFinalizer_KeepsItsOwnDependents()
        => GarbagePlanner.Decide(DocumentHeader.Read("""{"metadata":{"finalizers":["orphan"]}}"""u8), [(new OwnerReference { ApiVersion = "v1", Kind = "K", Name = "n", Uid = "u" }, OwnerState.Absent)], true)
            .ShouldBe(new GarbageDecision.Delete("Orphan"));
}
