using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fairway.Resources;

/// <summary>
/// An amount as Kubernetes writes it: <c>250m</c>, <c>64Mi</c>, <c>1.5</c>, <c>2e3</c>. Keeps the text as written; arithmetic is
/// exact on nanounits, and what is finer is rounded up, as Kubernetes does.
/// </summary>
/// <remarks>Equality is by text; <see cref="CompareTo"/> is by value.</remarks>
[JsonConverter(typeof(QuantityConverter))]
public readonly record struct Quantity(string Text) : IComparable<Quantity>
{
    private const int Scale = 9;

    private static readonly BigInteger One = BigInteger.Pow(10, Scale);

    private static readonly (string Suffix, int Power)[] Binary = [("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];

    private static readonly (string Suffix, int Power)[] Decimal =
        [("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];

    /// <summary>The amount in units of 10^-9; zero when the text is not a quantity.</summary>
    public BigInteger Nanos => TryNanos(Text, out BigInteger nanos, out _) ? nanos : BigInteger.Zero;

    /// <summary>Rounded up to a whole number, as schedulers and limits read it; saturates.</summary>
    public long Value => Saturate(CeilingDivide(Nanos, One));

    /// <summary>In thousandths, rounded up; saturates.</summary>
    public long MilliValue => Saturate(CeilingDivide(Nanos, BigInteger.Pow(10, Scale - 3)));

    public static Quantity operator +(Quantity left, Quantity right) => left.Like(right).Combine(left.Nanos + right.Nanos);

    public static Quantity operator -(Quantity left, Quantity right) => left.Like(right).Combine(left.Nanos - right.Nanos);

    public static bool operator <(Quantity left, Quantity right) => left.CompareTo(right) < 0;

    public static bool operator >(Quantity left, Quantity right) => left.CompareTo(right) > 0;

    public static bool operator <=(Quantity left, Quantity right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Quantity left, Quantity right) => left.CompareTo(right) >= 0;

    /// <summary>Parses a quantity.</summary>
    /// <exception cref="FormatException">In Kubernetes' words.</exception>
    public static Quantity Parse(string text) => TryParse(text, out Quantity value)
        ? value
        : throw new FormatException("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");

    /// <summary>Why a text is no quantity, in Kubernetes' words; null for one that is.</summary>
    public static string? Problem(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryNanos(text, out _, out _) ? null
            : text.Length > 0 && text.TrimStart('+', '-').TrimStart("0123456789.".ToCharArray()) is { Length: > 0 } suffix && suffix.All(letter => "eEinumkKMGTP".Contains(letter, StringComparison.Ordinal))
                ? "unable to parse quantity's suffix"
                : "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    }

    public static bool TryParse(string? text, out Quantity value)
    {
        value = new Quantity(text ?? "0");
        return TryNanos(text, out _, out _);
    }

    /// <summary>A number of thousandths (CPU): 1500 is <c>1500m</c>.</summary>
    public static Quantity FromMilli(long thousandths) => Write(new BigInteger(thousandths) * BigInteger.Pow(10, Scale - 3), Format.DecimalSi);

    /// <summary>A number of bytes: 67108864 is <c>64Mi</c>.</summary>
    public static Quantity FromBytes(long bytes) => Write(new BigInteger(bytes) * One, Format.BinarySi);

    /// <summary>By amount: <c>1</c> and <c>1000m</c> compare equal.</summary>
    public int CompareTo(Quantity other) => Nanos.CompareTo(other.Nanos);

    /// <summary>
    /// The one way to write the amount in its own notation: no fraction, the largest suffix that leaves a whole number
    /// (<c>1000m</c> is <c>1</c>, <c>0.5</c> is <c>500m</c>, <c>1024Mi</c> is <c>1Gi</c>).
    /// </summary>
    public Quantity Canonical() => TryNanos(Text, out BigInteger nanos, out Format format) ? Write(nanos, format) : this;

    public override string ToString() => Text ?? "0";

    // Nothing has no notation of its own: a sum is written like what is added to it.
    private Quantity Like(Quantity other) => Nanos.IsZero ? other : this;

    private Quantity Combine(BigInteger nanos)
    {
        TryNanos(Text, out BigInteger own, out Format format);
        return Write(nanos, own.IsZero && Text is null ? Format.DecimalSi : format);
    }

    private static Quantity Write(BigInteger nanos, Format format)
    {
        if (nanos.IsZero)
        {
            return new Quantity("0");
        }

        return format == Format.BinarySi && nanos % One == 0 && BigInteger.Abs(nanos) >= One * 1024
            ? WriteBinary(nanos / One)
            : WriteDecimal(nanos, format == Format.Exponent);
    }

    private static Quantity WriteBinary(BigInteger whole)
    {
        for (int i = Binary.Length - 1; i >= 0; i--)
        {
            BigInteger unit = BigInteger.Pow(2, Binary[i].Power);
            if (whole % unit == 0)
            {
                return new Quantity($"{whole / unit}{Binary[i].Suffix}");
            }
        }

        return new Quantity(whole.ToString(CultureInfo.InvariantCulture));
    }

    private static Quantity WriteDecimal(BigInteger nanos, bool exponent)
    {
        for (int i = Decimal.Length - 1; i > 0; i--)
        {
            BigInteger unit = BigInteger.Pow(10, Scale + Decimal[i].Power);
            if (nanos % unit == 0)
            {
                string suffix = !exponent || Decimal[i].Power == 0 ? Decimal[i].Suffix : $"e{Decimal[i].Power}";
                return new Quantity($"{nanos / unit}{suffix}");
            }
        }

        return new Quantity($"{nanos}{(exponent ? "e-9" : "n")}");
    }

    private static bool TryNanos(string? text, out BigInteger nanos, out Format format)
    {
        nanos = BigInteger.Zero;
        format = Format.DecimalSi;
        if (text is null || text.Length is 0 or > 64)
        {
            return text is null;
        }

        int start = text[0] is '+' or '-' ? 1 : 0;
        int end = start;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == '.'))
        {
            end++;
        }

        ReadOnlySpan<char> number = text.AsSpan(start, end - start);
        if (!number.ContainsAnyInRange('0', '9') || number.Count('.') > 1 || !TryScale(text.AsSpan(end), out BigInteger times, out int power, out format))
        {
            return false;
        }

        int dot = number.IndexOf('.');
        int fraction = dot < 0 ? 0 : number.Length - dot - 1;
        BigInteger digits = BigInteger.Parse(number.ToString().Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        nanos = Shift(digits * times, power + Scale - fraction);
        nanos = text[0] == '-' ? -nanos : nanos;
        return true;
    }

    private static bool TryScale(ReadOnlySpan<char> suffix, out BigInteger times, out int power, out Format format)
    {
        times = BigInteger.One;
        power = 0;
        format = Format.DecimalSi;
        foreach ((string name, int binary) in Binary)
        {
            if (suffix.SequenceEqual(name))
            {
                times = BigInteger.Pow(2, binary);
                format = Format.BinarySi;
                return true;
            }
        }

        foreach ((string name, int ten) in Decimal)
        {
            if (suffix.SequenceEqual(name))
            {
                power = ten;
                return true;
            }
        }

        format = Format.Exponent;
        return suffix.Length is > 1 and < 6
            && suffix[0] is 'e' or 'E'
            && int.TryParse(suffix[1..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out power)
            && power is >= -99 and <= 99;
    }

    private static BigInteger Shift(BigInteger digits, int power)
        => power >= 0 ? digits * BigInteger.Pow(10, power) : CeilingDivide(digits, BigInteger.Pow(10, -power));

    private static BigInteger CeilingDivide(BigInteger value, BigInteger by)
    {
        var quotient = BigInteger.DivRem(value, by, out BigInteger rest);
        return rest.Sign > 0 ? quotient + 1 : quotient;
    }

    private static long Saturate(BigInteger value)
        => value > long.MaxValue ? long.MaxValue : value < long.MinValue ? long.MinValue : (long)value;

    private enum Format
    {
        DecimalSi,
        BinarySi,
        Exponent,
    }
}

internal sealed class QuantityConverter : JsonConverter<Quantity>
{
    public override Quantity Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => reader.TokenType == JsonTokenType.Number
            ? new Quantity(reader.GetDecimal().ToString(CultureInfo.InvariantCulture))
            : new Quantity(reader.GetString() ?? "0");

    public override void Write(Utf8JsonWriter writer, Quantity value, JsonSerializerOptions options)
        => writer.WriteStringValue(value.ToString());
}
