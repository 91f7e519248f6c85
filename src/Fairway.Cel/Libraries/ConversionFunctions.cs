using System.Globalization;
using System.Text;
using static Fairway.Cel.CelOverload;

namespace Fairway.Cel.Libraries;

/// <summary>int, uint, double, string, bytes, bool, timestamp and duration as functions.</summary>
internal static class ConversionFunctions
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static readonly CelFunction[] All =
    [
        new(
            "int",
            CelOverload.Of("int64_to_int64", CelType.Int, CelType.Int, a => a),
            CelOverload.Of("uint64_to_int64", CelType.Uint, CelType.Int, a => a.UintValue > long.MaxValue ? CelValue.Fail("integer overflow") : CelValue.Of((long)a.UintValue)),
            CelOverload.Of("double_to_int64", CelType.Double, CelType.Int, a => Numbers.ToInt(a.DoubleValue)),
            CelOverload.Of("string_to_int64", CelType.String, CelType.Int, ToInt),
            CelOverload.Of("timestamp_to_int64", CelType.Timestamp, CelType.Int, a => CelValue.Of(a.TimestampValue.Seconds)),
            CelOverload.Of("duration_to_int64", CelType.Duration, CelType.Int, a => a.DurationNanos < long.MinValue || a.DurationNanos > long.MaxValue ? CelValue.Fail("integer overflow") : CelValue.Of((long)a.DurationNanos))),
        new(
            "uint",
            CelOverload.Of("uint64_to_uint64", CelType.Uint, CelType.Uint, a => a),
            CelOverload.Of("int64_to_uint64", CelType.Int, CelType.Uint, a => a.IntValue < 0 ? CelValue.Fail("unsigned integer overflow") : CelValue.Of((ulong)a.IntValue)),
            CelOverload.Of("double_to_uint64", CelType.Double, CelType.Uint, a => Numbers.ToUint(a.DoubleValue)),
            CelOverload.Of("string_to_uint64", CelType.String, CelType.Uint, ToUint)),
        new(
            "double",
            CelOverload.Of("double_to_double", CelType.Double, CelType.Double, a => a),
            CelOverload.Of("int64_to_double", CelType.Int, CelType.Double, a => CelValue.Of((double)a.IntValue)),
            CelOverload.Of("uint64_to_double", CelType.Uint, CelType.Double, a => CelValue.Of((double)a.UintValue)),
            CelOverload.Of("string_to_double", CelType.String, CelType.Double, ToDouble)),
        new(
            "string",
            [
                .. new[] { CelType.String, CelType.Bool, CelType.Int, CelType.Uint, CelType.Double, CelType.Timestamp, CelType.Duration }
                    .Select(type => CelOverload.Of($"{type}_to_string", type, CelType.String, ToText)),
                CelOverload.Of("bytes_to_string", CelType.Bytes, CelType.String, BytesToText) with { Cost = (args, _) => Evaluation.OperatorCosts.Traversal(args[0].BytesValue.Length) },
            ]),
        new(
            "bytes",
            CelOverload.Of("bytes_to_bytes", CelType.Bytes, CelType.Bytes, a => a),
            CelOverload.Of("string_to_bytes", CelType.String, CelType.Bytes, a => CelValue.Of(Encoding.UTF8.GetBytes(a.StringValue))) with { Cost = (args, _) => Evaluation.OperatorCosts.Traversal(Evaluation.Access.Size(args[0])) }),
        new(
            "bool",
            CelOverload.Of("bool_to_bool", CelType.Bool, CelType.Bool, a => a),
            CelOverload.Of("string_to_bool", CelType.String, CelType.Bool, ToBool)),
        new(
            "timestamp",
            CelOverload.Of("timestamp_to_timestamp", CelType.Timestamp, CelType.Timestamp, a => a),
            CelOverload.Of("int64_to_timestamp", CelType.Int, CelType.Timestamp, a => CelValue.Timestamp(a.IntValue, 0)),
            CelOverload.Of("string_to_timestamp", CelType.String, CelType.Timestamp, ToTimestamp)),
        new(
            "duration",
            CelOverload.Of("duration_to_duration", CelType.Duration, CelType.Duration, a => a),
            CelOverload.Of("int64_to_duration", CelType.Int, CelType.Duration, a => CelValue.Duration(a.IntValue)),
            CelOverload.Of("string_to_duration", CelType.String, CelType.Duration, ToDuration)),
    ];

    internal static CelValue ToText(CelValue value) => value.Kind switch
    {
        CelKind.String => value,
        CelKind.Bool => CelValue.Of(value.BoolValue ? "true" : "false"),
        CelKind.Int => CelValue.Of(value.IntValue.ToString(CultureInfo.InvariantCulture)),
        CelKind.Uint => CelValue.Of(value.UintValue.ToString(CultureInfo.InvariantCulture)),
        CelKind.Double => CelValue.Of(Numbers.FormatDouble(value.DoubleValue)),
        CelKind.Timestamp => CelValue.Of(TimeText.Format(value.TimestampValue.Seconds, value.TimestampValue.Nanos)),
        CelKind.Duration => CelValue.Of(TimeText.FormatDuration(value.DurationNanos)),
        CelKind.Bytes => BytesToText(value),
        _ => CelValue.Fail("no such overload"),
    };

    private static CelValue BytesToText(CelValue value)
    {
        try
        {
            return CelValue.Of(StrictUtf8.GetString(value.BytesValue.Span));
        }
        catch (DecoderFallbackException)
        {
            return CelValue.Fail("invalid UTF-8 in bytes, cannot convert to string");
        }
    }

    private static CelValue ToInt(CelValue value)
        => long.TryParse(value.StringValue, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long parsed)
            ? CelValue.Of(parsed)
            : CelValue.Fail($"type conversion error from 'string' to 'int': {Quoting.Quote(value.StringValue)} is no 64-bit integer");

    private static CelValue ToUint(CelValue value)
        => ulong.TryParse(value.StringValue, NumberStyles.None, CultureInfo.InvariantCulture, out ulong parsed)
            ? CelValue.Of(parsed)
            : CelValue.Fail($"type conversion error from 'string' to 'uint': {Quoting.Quote(value.StringValue)} is no unsigned 64-bit integer");

    private static CelValue ToDouble(CelValue value)
    {
        string text = value.StringValue;
        double? named = text.ToLowerInvariant() switch
        {
            "nan" => double.NaN,
            "inf" or "+inf" or "infinity" or "+infinity" => double.PositiveInfinity,
            "-inf" or "-infinity" => double.NegativeInfinity,
            _ => null,
        };
        if (named is { } number)
        {
            return CelValue.Of(number);
        }

        return double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double parsed)
            && !double.IsInfinity(parsed)
            ? CelValue.Of(parsed)
            : CelValue.Fail($"type conversion error from 'string' to 'double': {Quoting.Quote(text)} is no number");
    }

    private static CelValue ToBool(CelValue value) => value.StringValue switch
    {
        "true" or "True" or "TRUE" or "t" or "T" or "1" => CelValue.True,
        "false" or "False" or "FALSE" or "f" or "F" or "0" => CelValue.False,
        _ => CelValue.Fail($"type conversion error from 'string' to 'bool': {Quoting.Quote(value.StringValue)} is neither true nor false"),
    };

    private static CelValue ToTimestamp(CelValue value)
        => TimeText.Parse(value.StringValue) is { } time
            ? CelValue.Of(time)
            : CelValue.Fail($"invalid timestamp {Quoting.Quote(value.StringValue)}: must be RFC 3339 within the range of years 1 to 9999");

    private static CelValue ToDuration(CelValue value)
        => TimeText.ParseDuration(value.StringValue) is { } nanos
            ? CelValue.Duration(nanos)
            : CelValue.Fail($"invalid duration {Quoting.Quote(value.StringValue)}: must be numbers with the units h, m, s, ms, us or ns, within the range of 64 bits as nanoseconds");
}
