namespace Fairway.Cel.Costs;

/// <summary>The least and the most that something may be: a size or a cost. Sums and products stop at the largest number.</summary>
internal readonly record struct CostRange(ulong Min, ulong Max)
{
    public static CostRange Unknown { get; } = new(0, ulong.MaxValue);

    public static CostRange Zero { get; }

    public static CostRange One { get; } = new(1, 1);

    public static CostRange Of(ulong value) => new(value, value);

    public static CostRange operator +(CostRange a, CostRange b) => new(Add(a.Min, b.Min), Add(a.Max, b.Max));

    public static CostRange operator *(CostRange a, CostRange b) => new(Multiply(a.Min, b.Min), Multiply(a.Max, b.Max));

    /// <summary>Times a factor, rounded up.</summary>
    public static CostRange operator *(CostRange a, double factor) => new(Scale(a.Min, factor), Scale(a.Max, factor));

    /// <summary>A range that holds both.</summary>
    public CostRange Union(CostRange other) => new(Math.Min(Min, other.Min), Math.Max(Max, other.Max));

    public static ulong Add(ulong a, ulong b) => b > ulong.MaxValue - a ? ulong.MaxValue : a + b;

    public static ulong Multiply(ulong a, ulong b) => b != 0 && a > ulong.MaxValue / b ? ulong.MaxValue : a * b;

    private static ulong Scale(ulong value, double factor)
    {
        double scaled = Math.Ceiling(value * factor);
        return scaled >= 18446744073709551616.0 ? ulong.MaxValue : (ulong)scaled;
    }
}
