namespace Fairway.PromQL;

/// <summary>The NaN with a bit pattern of its own that says "this series has ended here"; other NaNs are ordinary values.</summary>
public static class StaleMarker
{
    private const ulong Bits = 0x7ff0000000000002;

    /// <summary>The marker. Comparisons with it are always false: use <see cref="Is"/>.</summary>
    public static readonly double Value = BitConverter.UInt64BitsToDouble(Bits);

    /// <summary>Whether a value is the marker.</summary>
    public static bool Is(double value) => BitConverter.DoubleToUInt64Bits(value) == Bits;
}
