using System.Globalization;

namespace Fairway.Pipelines.Expressions;

/// <summary>
/// A value of the workflow expression language: a closed set. Arrays and objects are compared by identity, everything else by
/// value after coercion (<see cref="Coercion"/>).
/// </summary>
public abstract class ExpressionValue
{
    private ExpressionValue()
    {
    }

    public static ExpressionValue Null { get; } = new NullValue();

    public static ExpressionValue True { get; } = new BooleanValue(true);

    public static ExpressionValue False { get; } = new BooleanValue(false);

    public static ExpressionValue Empty { get; } = new TextValue("");

    public static ExpressionValue Of(bool value) => value ? True : False;

    public static ExpressionValue Of(double value) => new NumberValue(value);

    /// <summary>The text, or null for none.</summary>
    public static ExpressionValue Of(string? value) => value is null ? Null : new TextValue(value);

    /// <summary>An object whose values are texts.</summary>
    public static ExpressionValue Of(IEnumerable<KeyValuePair<string, string>> values)
        => new ObjectValue(values.Select(pair => KeyValuePair.Create(pair.Key, Of(pair.Value))));

    /// <summary>What <c>if</c> and the logical operators see.</summary>
    public abstract bool IsTruthy { get; }

    /// <summary>The text as templates and functions see it; arrays and objects have none of their own.</summary>
    public abstract string AsText();

    /// <summary>The number as comparisons see it; NaN when it is none.</summary>
    public abstract double AsNumber();

    public override string ToString() => AsText();

    public sealed class NullValue : ExpressionValue
    {
        public override bool IsTruthy => false;

        public override string AsText() => "";

        public override double AsNumber() => 0;
    }

    public sealed class BooleanValue(bool value) : ExpressionValue
    {
        public bool Value => value;

        public override bool IsTruthy => value;

        public override string AsText() => value ? "true" : "false";

        public override double AsNumber() => value ? 1 : 0;
    }

    public sealed class NumberValue(double value) : ExpressionValue
    {
        public double Value => value;

        public override bool IsTruthy => value != 0 && !double.IsNaN(value);

        // Zero has one text, whatever its sign.
        public override string AsText() => value == 0 ? "0" : value.ToString("G15", CultureInfo.InvariantCulture);

        public override double AsNumber() => value;
    }

    public sealed class TextValue(string value) : ExpressionValue
    {
        public string Value => value;

        public override bool IsTruthy => value.Length > 0;

        public override string AsText() => value;

        public override double AsNumber() => NumberText.Parse(value);
    }

    public sealed class ArrayValue(IReadOnlyList<ExpressionValue> items, bool filtered = false) : ExpressionValue
    {
        public IReadOnlyList<ExpressionValue> Items => items;

        /// <summary>Made by <c>.*</c>: the next access applies to each item.</summary>
        public bool IsFiltered => filtered;

        public override bool IsTruthy => true;

        public override string AsText() => "Array";

        public override double AsNumber() => double.NaN;
    }

    /// <summary>Names ignore case; the order is the one of the source; of two entries with one name the last counts.</summary>
    public sealed class ObjectValue : ExpressionValue
    {
        private readonly Dictionary<string, int> _index = new(StringComparer.OrdinalIgnoreCase);
        private readonly List<KeyValuePair<string, ExpressionValue>> _entries = [];

        public ObjectValue(IEnumerable<KeyValuePair<string, ExpressionValue>> entries)
        {
            foreach (KeyValuePair<string, ExpressionValue> entry in entries)
            {
                if (_index.TryGetValue(entry.Key, out int at))
                {
                    _entries[at] = entry;
                }
                else
                {
                    _index[entry.Key] = _entries.Count;
                    _entries.Add(entry);
                }
            }
        }

        public IReadOnlyList<KeyValuePair<string, ExpressionValue>> Entries => _entries;

        public override bool IsTruthy => true;

        public ExpressionValue? Find(string name) => _index.TryGetValue(name, out int at) ? _entries[at].Value : null;

        public override string AsText() => "Object";

        public override double AsNumber() => double.NaN;
    }
}

/// <summary>Numbers as expressions write them.</summary>
internal static class NumberText
{
    /// <summary>Decimal with sign and exponent, <c>0x</c> and <c>0o</c> without a sign, <c>Infinity</c>; blank is 0, all else NaN.</summary>
    public static double Parse(string text)
    {
        string trimmed = text.Trim();
        return trimmed switch
        {
            "" => 0,
            "Infinity" or "+Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            _ when trimmed.StartsWith("0x", StringComparison.Ordinal) => Radix(trimmed[2..], 16),
            _ when trimmed.StartsWith("0o", StringComparison.Ordinal) => Radix(trimmed[2..], 8),
            _ => Decimal(trimmed),
        };
    }

    private static double Decimal(string text)
    {
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        bool plain = text.All(c => char.IsAsciiDigit(c) || c is '+' or '-' or '.' or 'e' or 'E');
        return plain && double.TryParse(text, style, CultureInfo.InvariantCulture, out double value) ? value : double.NaN;
    }

    private static double Radix(string digits, int radix)
    {
        if (digits.Length is 0 or > 256)
        {
            return double.NaN;
        }

        double value = 0;
        foreach (char digit in digits)
        {
            int worth = char.IsAsciiHexDigit(digit) ? Convert.ToInt32(digit.ToString(), 16) : int.MaxValue;
            if (worth >= radix)
            {
                return double.NaN;
            }

            value = (value * radix) + worth;
        }

        return value;
    }
}
