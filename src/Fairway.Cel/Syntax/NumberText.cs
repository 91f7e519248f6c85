using System.Globalization;

namespace Fairway.Cel.Syntax;

/// <summary>Number literals to values; null when out of range.</summary>
internal static class NumberText
{
    public static CelValue? Parse(Token token, bool negative)
    {
        string text = token.Text;
        if (token.Kind == TokenKind.Double)
        {
            double value = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
            return double.IsInfinity(value) ? null : CelValue.Of(negative ? -value : value);
        }

        bool hex = text.Length > 2 && text[1] is 'x' or 'X';
        if (!UInt128.TryParse(hex ? text.AsSpan(2) : text, hex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out UInt128 magnitude))
        {
            return null;
        }

        if (token.Kind == TokenKind.Uint)
        {
            return magnitude <= ulong.MaxValue ? CelValue.Of((ulong)magnitude) : null;
        }

        if (negative)
        {
            return magnitude <= 1UL << 63 ? CelValue.Of((long)-(Int128)magnitude) : null;
        }

        return magnitude <= long.MaxValue ? CelValue.Of((long)magnitude) : null;
    }
}
