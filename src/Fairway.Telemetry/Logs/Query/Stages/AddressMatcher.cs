using System.Net;
using System.Numerics;
using Fairway.PromQL;

namespace Fairway.Telemetry.Logs.Query.Stages;

/// <summary>Addresses of the Internet: one, a network, or all from one to another.</summary>
internal sealed class AddressMatcher
{
    private const string FourCharacters = "0123456789.";
    private const string SixCharacters = "0123456789abcdefABCDEF:.";

    private readonly BigInteger _first;
    private readonly BigInteger _last;
    private readonly int _length;

    private AddressMatcher(IPAddress first, IPAddress last)
    {
        (_first, _last) = (Number(first), Number(last));
        _length = first.GetAddressBytes().Length;
    }

    /// <exception cref="FormatException">It is none of these.</exception>
    public static AddressMatcher Parse(string text)
    {
        if (Address(text) is { } one)
        {
            return new AddressMatcher(one, one);
        }

        if (text.Split('/') is [string prefix, string bits] && Address(prefix) is { } network && int.TryParse(bits, out int length)
            && length >= 0 && length <= network.GetAddressBytes().Length * 8)
        {
            byte[] low = network.GetAddressBytes();
            byte[] high = (byte[])low.Clone();
            for (int bit = length; bit < low.Length * 8; bit++)
            {
                low[bit / 8] &= (byte)~(0x80 >> (bit % 8));
                high[bit / 8] |= (byte)(0x80 >> (bit % 8));
            }

            return new AddressMatcher(new IPAddress(low), new IPAddress(high));
        }

        return text.Split('-') is [string from, string to] && Address(from) is { } first && Address(to) is { } last && first.AddressFamily == last.AddressFamily
            && Number(first) <= Number(last)
            ? new AddressMatcher(first, last)
            : throw new FormatException($"ip: invalid pattern: {GoText.Quote(text)}");
    }

    /// <summary>Whether one of them stands somewhere in a text.</summary>
    public bool FoundIn(string text)
    {
        for (int at = 0; at < text.Length; at++)
        {
            string? characters = IsFour(text, at) ? FourCharacters : IsSix(text, at) ? SixCharacters : null;
            if (characters is null)
            {
                continue;
            }

            int end = at;
            while (end < text.Length && characters.Contains(text[end], StringComparison.Ordinal))
            {
                end++;
            }

            if (Address(text[at..end]) is { } address && Contains(address))
            {
                return true;
            }

            at = end;
        }

        return false;
    }

    private bool Contains(IPAddress address) => address.GetAddressBytes().Length == _length && Number(address) is var number && number >= _first && number <= _last;

    private static bool IsFour(string text, int at)
        => at + 3 < text.Length && char.IsAsciiDigit(text[at]) && (text[at + 1] == '.' || text[at + 2] == '.' || text[at + 3] == '.');

    private static bool IsSix(string text, int at)
    {
        if (At(0) == ':' && At(1) == ':' && char.IsAsciiHexDigit(At(2)))
        {
            return true;
        }

        int digits = 0;
        while (digits < 4 && char.IsAsciiHexDigit(At(digits)))
        {
            digits++;
        }

        return digits > 0 && At(digits) == ':';

        char At(int offset) => at + offset < text.Length ? text[at + offset] : '\0';
    }

    /// <summary>.NET reads shortened forms and octal numbers too, which are no addresses here.</summary>
    private static IPAddress? Address(string text)
        => IPAddress.TryParse(text, out IPAddress? address) && (text.Contains(':', StringComparison.Ordinal)
            ? text[0] != '['
            : text.Split('.') is { Length: 4 } parts && Array.TrueForAll(parts, part => part.Length > 0 && (part.Length == 1 || part[0] != '0') && part.All(char.IsAsciiDigit)))
            ? address
            : null;

    private static BigInteger Number(IPAddress address) => new(address.GetAddressBytes(), isUnsigned: true, isBigEndian: true);
}
