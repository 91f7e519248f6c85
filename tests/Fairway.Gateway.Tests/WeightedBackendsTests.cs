using Fairway.Gateway.Backends;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Gateway.Tests;

public sealed class WeightedBackendsTests
{
    /// <summary>After any number of requests every backend has its share to within a handful.</summary>
    [Fact]
    public void Next_AfterAnyNumberOfRequests_IsCloseToTheWeights()
        => Prop.ForAll(
            Gen.Choose(0, 100).ArrayOf(3).Where(weights => weights.Sum() > 0).ToArbitrary(),
            Gen.Choose(1, 3000).ToArbitrary(),
            (weights, requests) =>
            {
                BackendPool[] pools = [.. weights.Select((_, index) => Ready($"s{index}"))];
                var backends = new WeightedBackends([.. pools.Zip(weights)]);
                int[] served = new int[3];
                for (int request = 0; request < requests; request++)
                {
                    served[Array.IndexOf(pools, backends.Next())]++;
                }

                double total = weights.Sum();
                return Enumerable.Range(0, 3).All(index => Math.Abs(served[index] - (requests * weights[index] / total)) <= 6);
            }).ShouldHold();

    /// <summary>A table that is made anew before every request must not begin its sequence anew.</summary>
    [Fact]
    public void Next_AcrossRebuiltTables_KeepsTheWeights()
    {
        BackendPool stable = Ready("stable");
        BackendPool canary = Ready("canary");
        var cursor = new RuleCursor();
        int served = Enumerable.Range(0, 1000).Count(_ => new WeightedBackends([(stable, 90), (canary, 10)], cursor).Next() == canary);
        served.ShouldBeInRange(95, 105);
    }

    [Fact]
    public void Next_WithWeightZero_IsNeverThatOne()
    {
        BackendPool stable = Ready("stable");
        var backends = new WeightedBackends([(stable, 100), (Ready("canary"), 0)]);
        Enumerable.Range(0, 1000).ShouldAllBe(_ => backends.Next() == stable);
    }

    [Fact]
    public void Next_WhenTheChosenHasNoEndpoint_IsOneThatHas()
    {
        BackendPool stable = Ready("stable");
        var backends = new WeightedBackends([(stable, 1), (new BackendPool(new BackendId("c", "n", "canary", 80)), 99)]);
        Enumerable.Range(0, 1000).ShouldAllBe(_ => backends.Next() == stable);
    }

    [Fact]
    public void Take_SpreadsOverEndpoints_AndSkipsWhatWasTried()
    {
        var pool = new BackendPool(new BackendId("c", "n", "s", 80));
        BackendEndpoint[] endpoints = [new("127.0.0.1", 1, ""), new("127.0.0.1", 2, ""), new("127.0.0.1", 3, "")];
        pool.Update(true, endpoints);
        Enumerable.Range(0, 300).Select(_ => pool.Take(null)!).CountBy(endpoint => endpoint).ShouldAllBe(count => count.Value == 100);
        pool.Take([endpoints[0], endpoints[2]]).ShouldBe(endpoints[1]);
        pool.Take(endpoints).ShouldBeNull();
    }

    private static BackendPool Ready(string service)
    {
        var pool = new BackendPool(new BackendId("c", "n", service, 80));
        pool.Update(true, [new BackendEndpoint("127.0.0.1", 1, "")]);
        return pool;
    }
}
