namespace Fairway.Delivery.Analysis;

/// <summary>
/// Statistical tests that assume nothing about how measurements are distributed. One-sided: how likely would the second sample look
/// at least this much larger by chance, if both came from the same source?
/// </summary>
internal static class RankTest
{
    // Up to here the exact distribution is cheap: below half a million additions.
    private const int ExactLimit = 25;

    /// <summary>
    /// Mann–Whitney U: exact for small samples without ties, otherwise the normal approximation with corrections for ties and
    /// continuity. Cost: n log n, exact n·m·(n·m) at most 25 each.
    /// </summary>
    /// <returns>The probability; 1 when a sample is empty.</returns>
    public static double MannWhitney(IReadOnlyList<double> baseline, IReadOnlyList<double> sample)
    {
        int n = sample.Count;
        int m = baseline.Count;
        if (n == 0 || m == 0)
        {
            return 1;
        }

        (double u, double ties) = Statistic(baseline, sample);
        return ties == 0 && n <= ExactLimit && m <= ExactLimit ? Exact(n, m, (int)u) : Approximate(n, m, u, ties);
    }

    /// <summary>
    /// Fisher's exact test on failures of two versions: how likely are this many failures or more among the sample's requests, when
    /// failures fell on all requests alike? Cost: linear in the failures of the sample.
    /// </summary>
    public static double Fisher(long baselineFailures, long baselineRequests, long sampleFailures, long sampleRequests)
    {
        long failures = baselineFailures + sampleFailures;
        long requests = baselineRequests + sampleRequests;
        double sum = 0;
        double all = LogChoose(requests, failures);
        long most = Math.Min(failures, sampleRequests);
        for (long count = sampleFailures; count <= most; count++)
        {
            double term = Math.Exp(LogChoose(sampleRequests, count) + LogChoose(baselineRequests, failures - count) - all);
            sum += term;
            if (term < 1e-18 && count > sampleFailures + 8)
            {
                break;
            }
        }

        return Math.Min(1, sum);
    }

    /// <summary>The smallest probability that samples of these sizes could ever show.</summary>
    public static double Smallest(int baseline, int sample) => Math.Exp(-LogChoose(baseline + sample, sample));

    /// <summary>The middle value; the mean of the two middle ones.</summary>
    public static double Median(IReadOnlyList<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length == 0 ? double.NaN : sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>U of the sample, and the sum over groups of equal values of t³ − t.</summary>
    private static (double U, double Ties) Statistic(IReadOnlyList<double> baseline, IReadOnlyList<double> sample)
    {
        (double Value, bool IsSample)[] all = [.. baseline.Select(value => (value, false)), .. sample.Select(value => (value, true))];
        Array.Sort(all, (left, right) => left.Value.CompareTo(right.Value));
        double rankSum = 0;
        double ties = 0;
        for (int begin = 0; begin < all.Length;)
        {
            int end = begin;
            while (end < all.Length && all[end].Value.Equals(all[begin].Value))
            {
                end++;
            }

            double rank = (begin + 1 + end) / 2.0;
            for (int index = begin; index < end; index++)
            {
                rankSum += all[index].IsSample ? rank : 0;
            }

            double count = end - begin;
            ties += (count * count * count) - count;
            begin = end;
        }

        return (rankSum - (sample.Count * (sample.Count + 1) / 2.0), ties);
    }

    // The number of ways to reach each U, one element at a time (the recurrence of Mann and Whitney).
    private static double Exact(int n, int m, int u)
    {
        int most = n * m;
        double[] ways = new double[most + 1];
        ways[0] = 1;

        // The generating function is the Gaussian binomial: multiply by (1 - x^(m+i)), divide by (1 - x^i).
        for (int i = 1; i <= n; i++)
        {
            for (int value = most; value >= m + i; value--)
            {
                ways[value] -= ways[value - m - i];
            }

            for (int value = i; value <= most; value++)
            {
                ways[value] += ways[value - i];
            }
        }

        double above = 0;
        for (int value = u; value <= most; value++)
        {
            above += ways[value];
        }

        return Math.Min(1, above / ways.Sum());
    }

    private static double Approximate(int n, int m, double u, double ties)
    {
        double all = n + m;
        double variance = n * m / 12.0 * (all + 1 - (ties / (all * (all - 1))));
        return variance <= 0 ? 1 : UpperTail((u - (n * m / 2.0) - 0.5) / Math.Sqrt(variance));
    }

    // The normal distribution's upper tail; absolute error below 7.5e-8 (Abramowitz and Stegun 26.2.17).
    private static double UpperTail(double z)
    {
        if (z < 0)
        {
            return 1 - UpperTail(-z);
        }

        double t = 1 / (1 + (0.2316419 * z));
        double polynomial = t * (0.319381530 + (t * (-0.356563782 + (t * (1.781477937 + (t * (-1.821255978 + (t * 1.330274429))))))));
        return Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI) * polynomial;
    }

    private static double LogChoose(long n, long k)
        => k < 0 || k > n ? double.NegativeInfinity : LogFactorial(n) - LogFactorial(k) - LogFactorial(n - k);

    // Stirling's series above a small table's worth; relative error below 1e-12.
    private static double LogFactorial(long n)
    {
        if (n < 32)
        {
            double product = 1;
            for (long factor = 2; factor <= n; factor++)
            {
                product *= factor;
            }

            return Math.Log(product);
        }

        double x = n + 1.0;
        double square = x * x;
        return ((x - 0.5) * Math.Log(x)) - x + (0.5 * Math.Log(2 * Math.PI)) + (1 / (12 * x)) - (1 / (360 * x * square)) + (1 / (1260 * x * square * square));
    }
}
