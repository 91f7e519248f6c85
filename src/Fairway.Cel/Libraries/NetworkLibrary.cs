using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Fairway.Cel.Evaluation;
using static Fairway.Cel.CelOverload;

namespace Fairway.Cel.Libraries;

/// <summary>IP addresses and CIDR blocks.</summary>
internal static class NetworkLibrary
{
    internal static readonly CelType Ip = CelType.Opaque("net.IP");
    internal static readonly CelType Cidr = CelType.Opaque("net.CIDR");
    private static readonly CelType S = CelType.String;

    /// <summary>As the language's own cases have it: the hexadecimal form of a mapped IPv4 address is that address.</summary>
    public static readonly CelLibrary Instance = Make(text => ParseIp(text, mapped: true));

    /// <summary>As Kubernetes has it: a mapped address is refused in every form.</summary>
    public static readonly CelLibrary Kubernetes = Make(text => ParseIp(text, mapped: false));

    private static CelLibrary Make(Func<CelValue, CelValue> parseIp) => new(
        "network",
        new("ip", CelOverload.Of("string_to_ip", S, Ip, parseIp), Member("cidr_ip", Cidr, Ip, a => CelValue.Of(new IpValue(Block(a).Address)))),
        new("isIP", CelOverload.Of("is_ip", S, CelType.Bool, a => CelValue.Of(!parseIp(a).IsError))),
        new("ip.isCanonical", CelOverload.Of("ip_is_canonical", S, CelType.Bool, a => IsCanonical(a, parseIp(a)))),
        new("family", Member("ip_family", Ip, CelType.Int, a => CelValue.Of(Address(a).AddressFamily == AddressFamily.InterNetwork ? 4L : 6L))),
        Test("isUnspecified", address => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)),
        Test("isLoopback", IPAddress.IsLoopback),
        Test("isLinkLocalMulticast", address => Bytes(address) is var b && (b.Length == 4 ? b[0] == 224 && b[1] == 0 && b[2] == 0 : b[0] == 0xff && (b[1] & 0x0f) == 2)),
        Test("isLinkLocalUnicast", IsLinkLocal),
        Test("isGlobalUnicast", IsGlobalUnicast),
        new("cidr", CelOverload.Of("string_to_cidr", S, Cidr, ParseCidr)),
        new("isCIDR", CelOverload.Of("is_cidr", S, CelType.Bool, a => CelValue.Of(!ParseCidr(a).IsError))),
        new(
            "containsIP",
            Member("cidr_contains_ip_ip", Cidr, Ip, CelType.Bool, (a, b) => CelValue.Of(Block(a).Contains(Address(b)))),
            Member("cidr_contains_ip_string", Cidr, S, CelType.Bool, (a, b) => parseIp(b) is var ip && ip.IsError ? ip : CelValue.Of(Block(a).Contains(Address(ip))))),
        new(
            "containsCIDR",
            Member("cidr_contains_cidr", Cidr, Cidr, CelType.Bool, (a, b) => CelValue.Of(Block(a).Contains(Block(b)))),
            Member("cidr_contains_cidr_string", Cidr, S, CelType.Bool, (a, b) => ParseCidr(b) is var block && block.IsError ? block : CelValue.Of(Block(a).Contains(Block(block))))),
        new("masked", Member("cidr_masked", Cidr, Cidr, a => CelValue.Of(Block(a).Masked()))),
        new("prefixLength", Member("cidr_prefix_length", Cidr, CelType.Int, a => CelValue.Of((long)Block(a).Prefix))),
        new("string", CelOverload.Of("ip_to_string", Ip, S, a => CelValue.Of(a.ToString())), CelOverload.Of("cidr_to_string", Cidr, S, a => CelValue.Of(a.ToString()))))
    {
        Constants = new Dictionary<string, CelValue>(StringComparer.Ordinal) { ["net.IP"] = CelValue.Of(Ip), ["net.CIDR"] = CelValue.Of(Cidr) },
    };

    private static IPAddress Address(CelValue value) => ((IpValue)value.OpaqueValue).Address;

    private static CidrValue Block(CelValue value) => (CidrValue)value.OpaqueValue;

    /// <summary>The bytes that a block's prefix reaches into: what comparing with it costs by.</summary>
    internal static long PrefixBytes(CelValue block) => (Block(block).Prefix + 7) / 8;

    private static byte[] Bytes(IPAddress address) => address.GetAddressBytes();

    private static CelFunction Test(string name, Func<IPAddress, bool> body) => new(name, Member("ip_" + name, Ip, CelType.Bool, a => CelValue.Of(body(Address(a)))));

    private static bool IsLinkLocal(IPAddress address)
    {
        byte[] b = Bytes(address);
        return b.Length == 4 ? b[0] == 169 && b[1] == 254 : b[0] == 0xfe && (b[1] & 0xc0) == 0x80;
    }

    private static bool IsGlobalUnicast(IPAddress address)
    {
        byte[] b = Bytes(address);
        bool multicast = b.Length == 4 ? (b[0] & 0xf0) == 0xe0 : b[0] == 0xff;
        bool broadcast = b.Length == 4 && Array.TrueForAll(b, part => part == 255);
        return !multicast && !broadcast && !IPAddress.IsLoopback(address) && !IsLinkLocal(address) && Array.Exists(b, part => part != 0);
    }

    private static CelValue IsCanonical(CelValue text, CelValue parsed)
        => parsed.IsError ? parsed : CelValue.Of(NetworkText.Write(Address(parsed)) == text.StringValue);

    private static CelValue ParseIp(CelValue text, bool mapped)
    {
        string value = text.StringValue;
        (IPAddress? address, string zone, string? problem) = NetworkText.Address(value);
        if (address is null)
        {
            return CelValue.Fail($"IP Address {NetworkText.Quote(value)} parse error during conversion from string: {problem}");
        }

        if (zone.Length > 0)
        {
            return CelValue.Fail($"IP address {NetworkText.Quote(value)} with zone value is not allowed");
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return !mapped || value.Contains('.', StringComparison.Ordinal)
                ? CelValue.Fail($"IPv4-mapped IPv6 address {NetworkText.Quote(value)} is not allowed")
                : CelValue.Of(new IpValue(address.MapToIPv4()));
        }

        return CelValue.Of(new IpValue(address));
    }

    private static CelValue ParseCidr(CelValue text)
    {
        string value = text.StringValue;
        (IPAddress? address, int prefix, string? problem) = NetworkText.Block(value);
        return address is null ? CelValue.Fail($"network address parse error during conversion from string: network address parse error during conversion from string: {problem}")
            : address.IsIPv4MappedToIPv6 ? CelValue.Fail($"network address parse error during conversion from string: IPv4-mapped IPv6 address {NetworkText.Quote(value)} is not allowed")
            : CelValue.Of(new CidrValue(address, prefix));
    }
}

internal sealed class IpValue(IPAddress address) : CelOpaque
{
    public IPAddress Address { get; } = address;

    public override CelType Type => NetworkLibrary.Ip;

    public override bool IsEqualTo(CelOpaque other) => other is IpValue ip && ip.Address.Equals(Address);

    public override string ToString() => NetworkText.Write(Address);
}

internal sealed class CidrValue(IPAddress address, int prefix) : CelOpaque
{
    public IPAddress Address { get; } = address;

    public int Prefix { get; } = prefix;

    public override CelType Type => NetworkLibrary.Cidr;

    public override bool IsEqualTo(CelOpaque other) => other is CidrValue block && block.Prefix == Prefix && block.Address.Equals(Address);

    public CidrValue Masked() => new(new IPAddress(Mask(Address)), Prefix);

    public bool Contains(IPAddress candidate) => candidate.AddressFamily == Address.AddressFamily && Mask(candidate).AsSpan().SequenceEqual(Mask(Address));

    public bool Contains(CidrValue candidate) => candidate.Prefix >= Prefix && Contains(candidate.Address);

    private byte[] Mask(IPAddress candidate)
    {
        byte[] bytes = candidate.GetAddressBytes();
        for (int i = 0; i < bytes.Length; i++)
        {
            int keep = Math.Clamp(Prefix - (i * 8), 0, 8);
            bytes[i] &= (byte)(0xff << (8 - keep));
        }

        return bytes;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{NetworkText.Write(Address)}/{Prefix}");
}
