using Fairway.Resources.Kinds.Core;

namespace Fairway.ControllerRuntime.Tests;

public sealed class EventCorrelatorTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 14, 15, 9, 26, TimeSpan.Zero);

    private readonly EventCorrelator _correlator = new();

    [Fact]
    public void Observe_SameAgain_CountsInTheEventThatIsThere()
    {
        Correlated first = Tell("no", 0)!;
        _correlator.Created(first, "web.1");
        Correlated second = Tell("no", 60)!;
        (first.Name, first.Count, first.Message).ShouldBe((null, 1, "no"));
        (second.Name, second.Count, second.First).ShouldBe(("web.1", 2, Start));
    }

    [Fact]
    public void Observe_TenthMessageOfOneReason_IsCombinedWithThoseThatFollow()
    {
        for (int number = 1; number <= 9; number++)
        {
            Tell($"pod {number} refused", number)!.Message.ShouldBe($"pod {number} refused");
        }

        Correlated tenth = Tell("pod 10 refused", 10)!;
        _correlator.Created(tenth, "web.10");
        Correlated eleventh = Tell("pod 11 refused", 11)!;
        (tenth.Name, tenth.Count, tenth.Message).ShouldBe((null, 1, "(combined from similar events): pod 10 refused"));
        (eleventh.Name, eleventh.Count, eleventh.Message).ShouldBe(("web.10", 2, "(combined from similar events): pod 11 refused"));
        Tell("another", 12, reason: "Killing")!.Message.ShouldBe("another");
        Tell("another's", 12, name: "api")!.Message.ShouldBe("another's");
    }

    [Fact]
    public void Observe_NothingAlikeForTenMinutes_BeginsAnew()
    {
        for (int number = 1; number <= 12; number++)
        {
            Tell($"pod {number} refused", number);
        }

        Tell("pod 13 refused", 12 + 601)!.Message.ShouldBe("pod 13 refused");
    }

    [Fact]
    public void Observe_Flood_LetsABurstThroughAndThenOneInFiveMinutes()
    {
        int let = Enumerable.Range(0, 1000).Count(_ => Tell("no", 0) is not null);
        let.ShouldBe(25);
        Tell("no", 299).ShouldBeNull();
        Tell("no", 300)!.Count.ShouldBe(1002, "what was held back has been counted");
        Tell("no", 301).ShouldBeNull();
        Tell("no", 301, name: "api").ShouldNotBeNull("another object has its own measure");
        Tell("no", 301, host: "n2").ShouldNotBeNull("another source has its own measure");
    }

    [Fact]
    public void Observe_ManySubjects_RemembersSoManyOnly()
    {
        for (int number = 0; number < 5000; number++)
        {
            Tell("no", 0, name: $"web-{number}").ShouldNotBeNull();
        }

        Tell("no", 1, name: "web-0")!.Count.ShouldBe(1, "the oldest is forgotten");
        Tell("no", 1, name: "web-4999")!.Count.ShouldBe(2);
    }

    private Correlated? Tell(string message, int seconds, string reason = "FailedCreate", string name = "web", string? host = null)
    {
        var about = new ObjectReference { ApiVersion = "apps/v1", Kind = "ReplicaSet", Namespace = "shop", Name = name, Uid = $"uid-{name}" };
        return _correlator.Observe(new Occurrence(about, "Warning", reason, message, host, Start.AddSeconds(seconds)));
    }
}
