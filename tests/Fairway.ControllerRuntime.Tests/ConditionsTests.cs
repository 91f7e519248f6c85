using Fairway.Resources;

namespace Fairway.ControllerRuntime.Tests;

public sealed class ConditionsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void With_SameStatusOtherMessage_KeepsTheTransitionTime()
    {
        IReadOnlyList<Condition> first = Conditions.With(null, "Ready", true, "Ok", "fine", Noon);
        IReadOnlyList<Condition> second = first.With("Ready", true, "Ok", "still fine", Noon.AddHours(1));
        second.Single().LastTransitionTime.ShouldBe(Noon);
        second.Single().Message.ShouldBe("still fine");
    }

    [Fact]
    public void With_OtherStatus_MovesTheTransitionTime()
    {
        IReadOnlyList<Condition> first = Conditions.With(null, "Ready", true, "Ok", "fine", Noon);
        first.With("Ready", false, "Broken", "", Noon.AddHours(1)).Single().LastTransitionTime.ShouldBe(Noon.AddHours(1));
    }

    [Fact]
    public void With_NothingNew_ReturnsTheSameList()
    {
        IReadOnlyList<Condition> first = Conditions.With(null, "Ready", true, "Ok", "fine", Noon);
        first.With("Ready", true, "Ok", "fine", Noon.AddHours(1)).ShouldBeSameAs(first);
    }
}
