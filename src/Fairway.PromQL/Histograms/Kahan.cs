namespace Fairway.PromQL;

/// <summary>Summation that carries along what rounding loses (Neumaier's variant of Kahan's).</summary>
internal static class Kahan
{
    public static void Add(double value, ref double sum, ref double compensation)
    {
        double total = sum + value;
        if (double.IsInfinity(total))
        {
            compensation = 0;
        }
        else if (Math.Abs(sum) >= Math.Abs(value))
        {
            compensation += sum - total + value;
        }
        else
        {
            compensation += value - total + sum;
        }

        sum = total;
    }
}
