using System.Globalization;
using System.Text;

namespace Fairway.Telemetry.Prometheus;

/// <summary>Label names in addresses: <c>U__</c>, then legacy characters as they are, <c>_</c> doubled, others as <c>_hex_</c>.</summary>
internal static class LabelEscaping
{
    private const int MostDigits = 6;

    /// <summary>The name behind an escaped one; what is no valid escape stays as it is.</summary>
    public static string Unescape(string name)
    {
        if (!name.StartsWith("U__", StringComparison.Ordinal))
        {
            return name;
        }

        var plain = new StringBuilder();
        string escaped = name[3..];
        for (int at = 0; at < escaped.Length; at++)
        {
            if (escaped[at] != '_')
            {
                plain.Append(escaped[at]);
                continue;
            }

            if (at + 1 < escaped.Length && escaped[at + 1] == '_')
            {
                plain.Append('_');
                at++;
                continue;
            }

            int end = escaped.IndexOf('_', at + 1);
            if (end < 0
                || end - at - 1 is 0 or > MostDigits
                || !int.TryParse(escaped.AsSpan(at + 1, end - at - 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int rune)
                || !Rune.IsValid(rune))
            {
                return name;
            }

            plain.Append(new Rune(rune).ToString());
            at = end;
        }

        return plain.ToString();
    }
}
