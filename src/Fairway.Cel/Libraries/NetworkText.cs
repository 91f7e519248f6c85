using System.Globalization;
using System.Net;
using System.Text;

namespace Fairway.Cel.Libraries;

/// <summary>
/// Addresses and blocks as text, read and written as Go's package netip does: the same texts are taken, and what is wrong with others
/// is said in the same words. The framework's own reader takes more, and its writer shows some addresses with dots.
/// </summary>
internal static class NetworkText
{
    /// <summary>Reads an address.</summary>
    /// <returns>The address and its zone, or what is wrong.</returns>
    public static (IPAddress? Address, string Zone, string? Problem) Address(string text)
    {
        foreach (char c in text)
        {
            switch (c)
            {
                case '.':
                    byte[] four = new byte[4];
                    return Fields(text, text, four) is { } wrong ? (null, "", wrong) : (new IPAddress(four), "", null);
                case ':':
                    return Six(text);
                case '%':
                    return (null, "", Wrong(text, "missing IPv6 address"));
            }
        }

        return (null, "", Wrong(text, "unable to parse IP"));
    }

    /// <summary>Reads a block.</summary>
    /// <returns>The address and the length of its prefix, or what is wrong.</returns>
    public static (IPAddress? Address, int Bits, string? Problem) Block(string text)
    {
        string Bad(string what) => $"netip.ParsePrefix({Quote(text)}): {what}";
        int slash = text.LastIndexOf('/');
        if (slash < 0)
        {
            return (null, 0, Bad("no '/'"));
        }

        (IPAddress? address, string zone, string? problem) = Address(text[..slash]);
        if (address is null)
        {
            return (null, 0, Bad(problem!));
        }

        if (zone.Length > 0)
        {
            return (null, 0, Bad("IPv6 zones cannot be present in a prefix"));
        }

        string bits = text[(slash + 1)..];
        bool plain = bits.Length > 0 && bits.All(char.IsAsciiDigit) && (bits.Length == 1 || bits[0] != '0');
        if (!plain || !long.TryParse(bits, NumberStyles.None, CultureInfo.InvariantCulture, out long length))
        {
            return (null, 0, Bad("bad bits after slash: " + Quote(bits)));
        }

        return length > address.GetAddressBytes().Length * 8 ? (null, 0, Bad("prefix length out of range")) : (address, (int)length, null);
    }

    /// <summary>The canonical text: the longest run of zeros (of two groups or more, the first of equals) is left out.</summary>
    public static string Write(IPAddress address)
    {
        byte[] bytes = address.GetAddressBytes();
        if (bytes.Length == 4)
        {
            return address.ToString();
        }

        int[] groups = [.. Enumerable.Range(0, 8).Select(i => (bytes[2 * i] << 8) | bytes[(2 * i) + 1])];
        int start = -1;
        int length = 1;
        for (int i = 0; i < 8; i++)
        {
            int end = i;
            while (end < 8 && groups[end] == 0)
            {
                end++;
            }

            if (end - i > length)
            {
                (start, length) = (i, end - i);
            }
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return "::ffff:" + address.MapToIPv4();
        }

        var text = new StringBuilder();
        for (int i = 0; i < 8; i++)
        {
            if (i == start)
            {
                text.Append("::");
                i += length - 1;
                continue;
            }

            text.Append(i > 0 && i != start + length ? ":" : "").Append(groups[i].ToString("x", CultureInfo.InvariantCulture));
        }

        return text.ToString();
    }

    /// <summary>Four decimal numbers between dots.</summary>
    private static string? Fields(string whole, string part, Span<byte> fields)
    {
        int value = 0;
        int digits = 0;
        int position = 0;
        for (int i = 0; i < part.Length; i++)
        {
            char c = part[i];
            if (char.IsAsciiDigit(c))
            {
                if (digits == 1 && value == 0)
                {
                    return Wrong(whole, "IPv4 field has octet with leading zero");
                }

                value = (value * 10) + c - '0';
                digits++;
                if (value > 255)
                {
                    return Wrong(whole, "IPv4 field has value >255");
                }
            }
            else if (c == '.')
            {
                if (i == 0 || i == part.Length - 1 || part[i - 1] == '.')
                {
                    return Wrong(whole, "IPv4 field must have at least one digit", part[i..]);
                }

                if (position == 3)
                {
                    return Wrong(whole, "IPv4 address too long");
                }

                fields[position++] = (byte)value;
                (value, digits) = (0, 0);
            }
            else
            {
                return Wrong(whole, "unexpected character", part[i..]);
            }
        }

        if (position < 3)
        {
            return Wrong(whole, "IPv4 address too short");
        }

        fields[3] = (byte)value;
        return null;
    }

    private static (IPAddress? Address, string Zone, string? Problem) Six(string text)
    {
        (IPAddress?, string, string?) Bad(string what, string at = "") => (null, "", Wrong(text, what, at));
        string rest = text;
        string zone = "";
        int percent = text.IndexOf('%', StringComparison.Ordinal);
        if (percent >= 0)
        {
            (rest, zone) = (text[..percent], text[(percent + 1)..]);
            if (zone.Length == 0)
            {
                return Bad("zone must be a non-empty string");
            }
        }

        string unzoned = rest;
        byte[] bytes = new byte[16];
        int ellipsis = -1;
        if (rest.StartsWith("::", StringComparison.Ordinal))
        {
            ellipsis = 0;
            rest = rest[2..];
            if (rest.Length == 0)
            {
                return (new IPAddress(bytes), zone, null);
            }
        }

        int index = 0;
        while (index < 16)
        {
            int digits = 0;
            int value = 0;
            while (digits < rest.Length && char.IsAsciiHexDigit(rest[digits]))
            {
                if (digits > 3)
                {
                    return Bad("each group must have 4 or less digits", rest);
                }

                value = (value << 4) + Convert.ToInt32(rest[digits].ToString(), 16);
                digits++;
            }

            if (digits == 0)
            {
                return Bad("each colon-separated field must have at least one digit", rest);
            }

            if (digits < rest.Length && rest[digits] == '.')
            {
                if (ellipsis < 0 && index != 12)
                {
                    return Bad("embedded IPv4 address must replace the final 2 fields of the address", rest);
                }

                if (index + 4 > 16)
                {
                    return Bad("too many hex fields to fit an embedded IPv4 at the end of the address", rest);
                }

                if (Fields(text, unzoned[^rest.Length..], bytes.AsSpan(index, 4)) is { } wrong)
                {
                    return (null, "", wrong);
                }

                rest = "";
                index += 4;
                break;
            }

            bytes[index++] = (byte)(value >> 8);
            bytes[index++] = (byte)value;
            rest = rest[digits..];
            if (rest.Length == 0)
            {
                break;
            }

            if (rest[0] != ':')
            {
                return Bad("unexpected character, want colon", rest);
            }

            if (rest.Length == 1)
            {
                return Bad("colon must be followed by more characters", rest);
            }

            rest = rest[1..];
            if (rest[0] == ':')
            {
                if (ellipsis >= 0)
                {
                    return Bad("multiple :: in address", rest);
                }

                ellipsis = index;
                rest = rest[1..];
                if (rest.Length == 0)
                {
                    break;
                }
            }
        }

        if (rest.Length > 0)
        {
            return Bad("trailing garbage after address", rest);
        }

        if (index < 16)
        {
            if (ellipsis < 0)
            {
                return Bad("address string too short");
            }

            int missing = 16 - index;
            Array.Copy(bytes, ellipsis, bytes, ellipsis + missing, index - ellipsis);
            Array.Clear(bytes, ellipsis, missing);
        }
        else if (ellipsis >= 0)
        {
            return Bad("the :: must expand to at least one field of zeros");
        }

        return (new IPAddress(bytes), zone, null);
    }

    private static string Wrong(string whole, string what, string at = "") => $"ParseAddr({Quote(whole)}): {what}{(at.Length == 0 ? "" : $" (at {Quote(at)})")}";

    /// <summary>A text in quotes as Go writes one.</summary>
    public static string Quote(string text) => Quoting.Quote(text);
}
