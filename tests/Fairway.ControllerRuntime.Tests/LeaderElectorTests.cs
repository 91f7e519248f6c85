using Fairway.Resources.Kinds.Coordination;
using Fairway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.ControllerRuntime.Tests;

public sealed class LeaderElectorTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(null, 0, true)] // no lease yet
    [InlineData("", 0, true)] // given up
    [InlineData("me", 0, true)] // mine
    [InlineData("other", 14.9, false)] // may still be alive
    [InlineData("other", 15, true)] // silent for its whole duration
    public void Next_ByHolderAndSilence_TakesOrWaits(string? holder, double silent, bool takes)
    {
        LeaseSpec? current = holder is null ? null : new LeaseSpec { HolderIdentity = holder, LeaseDurationSeconds = 15, LeaseTransitions = 3 };
        LeaseSpec? next = LeaderElector.Next(current, TimeSpan.FromSeconds(silent), Options("me"), Noon);
        (next is not null).ShouldBe(takes);
        if (next is not null)
        {
            next.HolderIdentity.ShouldBe("me");
            next.LeaseTransitions.ShouldBe(holder switch { null => 0, "me" => 3, _ => 4 });
        }
    }

    [Fact]
    public async Task Elector_LeaderStops_TheOtherTakesOverWithoutWaitingTheLeaseOut()
    {
        var time = new ManualTime();
        var cluster = new MemoryCluster("hub", time);
        var first = new LeaderElector(cluster, Options("first"), time, NullLoggerFactory.Instance);
        var second = new LeaderElector(cluster, Options("second"), time, NullLoggerFactory.Instance);
        using var stopFirst = new CancellationTokenSource();
        using var stopSecond = new CancellationTokenSource();
        Task firstRun = first.RunAsync(cancellation => Task.Delay(Timeout.Infinite, cancellation), stopFirst.Token);
        await Eventually.Holds(() => first.IsLeading, "the first leads");
        Task secondRun = second.RunAsync(cancellation => Task.Delay(Timeout.Infinite, cancellation), stopSecond.Token);
        for (int tick = 0; tick < 20; tick++)
        {
            await Eventually.Holds(() => time.Waiting >= 2, "both wait");
            time.Advance(TimeSpan.FromSeconds(2));
        }

        second.IsLeading.ShouldBeFalse("the first renews");
        await stopFirst.CancelAsync();
        await firstRun;
        first.IsLeading.ShouldBeFalse();
        await Eventually.Holds(() => time.Waiting >= 1, "the second waits");
        time.Advance(TimeSpan.FromSeconds(2));
        await Eventually.Holds(() => second.IsLeading, "the second leads");
        await stopSecond.CancelAsync();
        await secondRun;
    }

    [Fact]
    public async Task Elector_ServerUnreachable_StopsLeadingBeforeAnotherMayStart()
    {
        var time = new ManualTime();
        var cluster = new MemoryCluster("hub", time);
        var elector = new LeaderElector(cluster, Options("only"), time, NullLoggerFactory.Instance);
        using var stop = new CancellationTokenSource();
        bool stopped = false;
        Task run = elector.RunAsync(
            async cancellation =>
            {
                try
                {
                    await Task.Delay(Timeout.Infinite, cancellation);
                }
                finally
                {
                    stopped = true;
                }
            },
            stop.Token);
        await Eventually.Holds(() => elector.IsLeading && time.Waiting > 0, "it leads");
        cluster.OnRequest = (_, _, _) => throw new HttpRequestException("unreachable");
        DateTimeOffset begin = time.GetUtcNow();
        while (!stopped)
        {
            await Eventually.Holds(() => time.Waiting > 0 || stopped, "it waits");
            if (!stopped)
            {
                time.Advance(TimeSpan.FromSeconds(2));
            }
        }

        (time.GetUtcNow() - begin).ShouldBeLessThan(TimeSpan.FromSeconds(15));
        await stop.CancelAsync();
        await run;
    }

    private static LeaderOptions Options(string identity) => new() { Namespace = "fairway-system", Name = "controllers", Identity = identity };
}
