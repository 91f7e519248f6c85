using System.Globalization;
using System.Numerics;
using static Fairway.Cel.CelOverload;

namespace Fairway.Cel.Libraries;

/// <summary>Kubernetes' semantic versions.</summary>
internal static class SemverLibrary
{
    internal static readonly CelType Type = CelType.Opaque("kubernetes.Semver");
    private static readonly CelType S = CelType.String;

    public static readonly CelLibrary Instance = new(
        "k8s.semver",
        new("semver", CelOverload.Of("string_to_semver", S, Type, a => Parse(a, false)), CelOverload.Of("string_bool_to_semver", S, CelType.Bool, Type, (a, b) => Parse(a, b.BoolValue))),
        new("isSemver", CelOverload.Of("is_semver_string", S, CelType.Bool, a => CelValue.Of(!Parse(a, false).IsError)), CelOverload.Of("is_semver_string_bool", S, CelType.Bool, CelType.Bool, (a, b) => CelValue.Of(!Parse(a, b.BoolValue).IsError))),
        new("isLessThan", Member("semver_is_less_than", Type, Type, CelType.Bool, (a, b) => CelValue.Of(Of(a).Order(Of(b)) < 0))),
        new("isGreaterThan", Member("semver_is_greater_than", Type, Type, CelType.Bool, (a, b) => CelValue.Of(Of(a).Order(Of(b)) > 0))),
        new("compareTo", Member("semver_compare_to", Type, Type, CelType.Int, (a, b) => CelValue.Of((long)Of(a).Order(Of(b))))),
        new("major", Member("semver_major", Type, CelType.Int, a => CelValue.Of(Of(a).Major))),
        new("minor", Member("semver_minor", Type, CelType.Int, a => CelValue.Of(Of(a).Minor))),
        new("patch", Member("semver_patch", Type, CelType.Int, a => CelValue.Of(Of(a).Patch))))
    {
        Constants = new Dictionary<string, CelValue>(StringComparer.Ordinal) { ["kubernetes.Semver"] = CelValue.Of(Type) },
    };

    private static SemverValue Of(CelValue value) => (SemverValue)value.OpaqueValue;

    private static CelValue Parse(CelValue text, bool normalize)
        => SemverValue.TryParse(text.StringValue, normalize) is { } version ? CelValue.Of(version) : CelValue.Fail($"Invalid semantic version: \"{text.StringValue}\"");
}

internal sealed class SemverValue(long major, long minor, long patch, string[] pre, string build) : CelOpaque
{
    public override CelType Type => SemverLibrary.Type;

    public long Major => major;

    public long Minor => minor;

    public long Patch => patch;

    public override bool IsEqualTo(CelOpaque other) => other is SemverValue version && Order(version) == 0;

    public int Order(SemverValue other)
    {
        int order = (major, minor, patch).CompareTo((other.Major, other.Minor, other.Patch));
        return order != 0 ? Math.Sign(order) : ComparePre(pre, other.Pre);
    }

    private string[] Pre => pre;

    private static int ComparePre(string[] a, string[] b)
    {
        if (a.Length == 0 || b.Length == 0)
        {
            return b.Length.CompareTo(a.Length) == 0 ? 0 : a.Length == 0 ? 1 : -1;
        }

        for (int i = 0; i < Math.Min(a.Length, b.Length); i++)
        {
            bool aNumber = a[i].All(char.IsAsciiDigit);
            bool bNumber = b[i].All(char.IsAsciiDigit);
            int order = (aNumber, bNumber) switch
            {
                (true, true) => BigInteger.Parse(a[i], CultureInfo.InvariantCulture).CompareTo(BigInteger.Parse(b[i], CultureInfo.InvariantCulture)),
                (true, false) => -1,
                (false, true) => 1,
                _ => string.CompareOrdinal(a[i], b[i]),
            };
            if (order != 0)
            {
                return Math.Sign(order);
            }
        }

        return a.Length.CompareTo(b.Length);
    }

    /// <summary>Strict, or with a leading v, missing parts and leading zeros allowed.</summary>
    public static SemverValue? TryParse(string text, bool normalize)
    {
        string rest = normalize && text.StartsWith('v') ? text[1..] : text;
        int plus = rest.IndexOf('+', StringComparison.Ordinal);
        string build = plus < 0 ? "" : rest[(plus + 1)..];
        rest = plus < 0 ? rest : rest[..plus];
        int dash = rest.IndexOf('-', StringComparison.Ordinal);
        string[] pre = dash < 0 ? [] : rest[(dash + 1)..].Split('.');
        string[] parts = (dash < 0 ? rest : rest[..dash]).Split('.');
        if (normalize && parts.Length < 3)
        {
            parts = [.. parts, .. Enumerable.Repeat("0", 3 - parts.Length)];
        }

        if (parts.Length != 3 || !Array.TrueForAll(parts, part => IsNumber(part, normalize)) || !Array.TrueForAll(pre, IsIdentifier)
            || (plus >= 0 && !Array.TrueForAll(build.Split('.'), part => part.Length > 0 && part.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))))
        {
            return null;
        }

        return new SemverValue(long.Parse(parts[0], CultureInfo.InvariantCulture), long.Parse(parts[1], CultureInfo.InvariantCulture), long.Parse(parts[2], CultureInfo.InvariantCulture), pre, build);
    }

    private static bool IsNumber(string part, bool normalize)
        => part.Length is > 0 and <= 18 && part.All(char.IsAsciiDigit) && (normalize || part.Length == 1 || part[0] != '0');

    private static bool IsIdentifier(string part)
        => part.Length > 0 && part.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') && !(part.Length > 1 && part[0] == '0' && part.All(char.IsAsciiDigit));

    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"{major}.{minor}.{patch}{(pre.Length > 0 ? "-" : "")}{string.Join('.', pre)}{(build.Length > 0 ? "+" : "")}{build}");
}
