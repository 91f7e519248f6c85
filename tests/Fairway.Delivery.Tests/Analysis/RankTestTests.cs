using Fairway.Delivery.Analysis;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Delivery.Tests.Analysis;

public sealed class RankTestTests
{
    /// <summary>By hand: of the C(6,3) = 20 ways to rank three of six, one has the sample on top, two have U of at least 8.</summary>
    [Theory]
    [InlineData(new double[] { 1, 2, 3 }, new double[] { 4, 5, 6 }, 1 / 20.0)]
    [InlineData(new double[] { 1, 2, 4 }, new double[] { 3, 5, 6 }, 2 / 20.0)]
    [InlineData(new double[] { 4, 5, 6 }, new double[] { 1, 2, 3 }, 1)]
    [InlineData(new double[] { }, new double[] { 1 }, 1)]
    [InlineData(new double[] { 7, 7, 7 }, new double[] { 7, 7, 7 }, 1)]
    public void MannWhitney_SmallSamples_IsExact(double[] baseline, double[] sample, double expected)
        => RankTest.MannWhitney(baseline, sample).ShouldBe(expected, 1e-9);

    /// <summary>Counting every arrangement of the pooled values, which is what the exact distribution promises.</summary>
    [Fact]
    public void MannWhitney_DistinctValues_AgreesWithCountingEveryArrangement()
    {
        Gen<(int[] Baseline, int[] Sample)> samples =
            from n in Gen.Choose(1, 5)
            from m in Gen.Choose(1, 5)
            from order in Gen.Shuffle(Enumerable.Range(0, n + m).ToArray())
            select (order.Take(m).ToArray(), order.Skip(m).ToArray());
        Prop.ForAll(samples.ToArbitrary(), one =>
        {
            double[] baseline = [.. one.Baseline.Select(value => (double)value)];
            double[] sample = [.. one.Sample.Select(value => (double)value)];
            RankTest.MannWhitney(baseline, sample).ShouldBe(Counted(baseline, sample), 1e-9);
        }).ShouldHold();
    }

    /// <summary>The larger the sample's values, the less likely by chance; the normal approximation continues the exact one.</summary>
    [Fact]
    public void MannWhitney_LargeSamples_ApproximatesTheExactDistribution()
    {
        double[] baseline = [.. Enumerable.Range(0, 25).Select(value => value * 2.0)];
        double[] sample = [.. Enumerable.Range(0, 25).Select(value => (value * 2.0) + 7)];
        double exact = RankTest.MannWhitney(baseline, sample);
        double approximate = RankTest.MannWhitney([.. baseline, -1, -3], [.. sample, 1000, 1002]);
        exact.ShouldBeInRange(0.05, 0.2);
        approximate.ShouldBeLessThan(exact);
        RankTest.MannWhitney([.. baseline, 24], [.. sample, 31]).ShouldBe(exact, 0.02);
    }

    /// <summary>Of four requests with two failures, both on the sample's two: one in C(4,2).</summary>
    [Theory]
    [InlineData(0, 2, 2, 2, 1 / 6.0)]
    [InlineData(1, 2, 1, 2, 5 / 6.0)]
    [InlineData(2, 2, 0, 2, 1)]
    [InlineData(0, 1000, 0, 10, 1)]
    [InlineData(0, 0, 0, 0, 1)]
    [InlineData(1, 10_000, 3, 20, 2.7172e-8)]
    public void Fisher_Counts_IsExact(long baselineFailures, long baselineRequests, long failures, long requests, double expected)
        => RankTest.Fisher(baselineFailures, baselineRequests, failures, requests).ShouldBe(expected, Math.Max(1e-9, expected * 0.02));

    private static double Counted(double[] baseline, double[] sample)
    {
        double[] pool = [.. baseline, .. sample];
        double U(IEnumerable<double> chosen, IEnumerable<double> rest) => chosen.Sum(one => rest.Count(other => other < one));
        double seen = U(sample, baseline);
        int total = 0;
        int above = 0;
        for (int mask = 0; mask < 1 << pool.Length; mask++)
        {
            if (System.Numerics.BitOperations.PopCount((uint)mask) == sample.Length)
            {
                double[] chosen = [.. pool.Where((_, index) => (mask & (1 << index)) != 0)];
                double[] rest = [.. pool.Where((_, index) => (mask & (1 << index)) == 0)];
                total++;
                above += U(chosen, rest) >= seen ? 1 : 0;
            }
        }

        return (double)above / total;
    }
}
