using Fairway.Cel.Syntax;

namespace Fairway.Cel.Costs;

/// <summary>Costs of calls before they are made, as kube-apiserver and cel-go reckon them: a tenth of a unit for each character gone through.</summary>
/// <param name="sizeOf">The size of a part, unknown when nothing bounds it.</param>
internal sealed class CallCosts(Func<CostNode, CostRange> sizeOf)
{
    private const double Traversal = 0.1;
    private const double RegexLength = 0.25;

    private static readonly CallCost Nominal = new(CostRange.One);
    private static readonly CostRange AddressBytes = new(4, 16);

    /// <summary>The cost of a Kubernetes function, or null when it is one of the language's own.</summary>
    public CallCost? Kubernetes(string function, string overload, CostNode? target, CostNode[] args)
    {
        switch (function)
        {
            case "check":
                return new CallCost(CostRange.Of(350_000));
            case "serviceAccount" or "path" or "group" or "resource" or "subresource" or "namespace" or "name" or "allowed" or "reason" or "error" or "errored":
                return Nominal;
            case "fieldSelector" or "labelSelector" when args.Length == 1:
                CostRange selector = sizeOf(args[0]);
                return new CallCost(CostRange.Of(10) + (selector * Traversal) + (selector * 0.5 * 50));
            case "isSorted" or "sum" or "max" or "min" or "indexOf" or "lastIndexOf" or "includes" when target is not null:
                return Lists(function, target);
            case "url" or "jsonpatch.escapeKey" when args.Length == 1:
                return new CallCost(sizeOf(args[0]) * Traversal, sizeOf(args[0]));
            case "lowerAscii" or "upperAscii" or "substring" or "trim" when target is not null:
                return new CallCost(sizeOf(target) * Traversal, sizeOf(target));
            case "replace" when target is not null && args.Length >= 2:
                return Replace(sizeOf(target), sizeOf(args[0]), sizeOf(args[1]));
            case "split" when target is not null:
                ulong most = args is [_, { Expr: ConstExpr { Value: { Kind: CelKind.Int } count } }, ..] ? (ulong)count.IntValue : sizeOf(target).Max;
                return new CallCost(sizeOf(target) * (2 * Traversal), new CostRange(0, most));
            case "join" when target is not null:
                return Join(target, args);
            case "find" or "findAll" when target is not null && args.Length >= 1:
                CostRange text = sizeOf(target);
                return new CallCost((text + CostRange.One) * Traversal * (sizeOf(args[0]) * RegexLength), new CostRange(0, text.Max));
            case "ip" when overload == "cidr_ip":
                return Nominal;
            case "ip" or "cidr" or "isIP" or "isCIDR" or "quantity" or "isQuantity" or "semver" or "isSemver" when args.Length >= 1:
                return new CallCost(sizeOf(args[0]) * Traversal);
            case "ip.isCanonical" when args.Length >= 1:
                return new CallCost(sizeOf(args[0]) * (2 * Traversal));
            case "masked" or "prefixLength" or "family" or "isUnspecified" or "isLoopback" or "isLinkLocalMulticast" or "isLinkLocalUnicast" or "isGlobalUnicast":
                return Nominal;
            case "containsIP" or "containsCIDR" when args.Length >= 1:
                CostRange contains = (AddressBytes + AddressBytes) * Traversal;
                contains = function == "containsCIDR" ? contains + (AddressBytes * Traversal) + CostRange.One : contains;
                return new CallCost(overload.EndsWith("_string", StringComparison.Ordinal) ? contains + (sizeOf(args[0]) * Traversal) : contains);
            case "validate" when args.Length >= 1:
                return new CallCost(sizeOf(args[0]) * Traversal * (128 * RegexLength));
            case "format.named" or "sign" or "asInteger" or "isInteger" or "asApproximateFloat" or "isGreaterThan" or "isLessThan" or "compareTo" or "add" or "sub" or "major" or "minor" or "patch":
                return Nominal;
            case "getScheme" or "getHostname" or "getHost" or "getPort" or "getEscapedPath" or "getQuery":
                return Nominal;
            case "sets.contains" or "sets.intersects" or "sets.equivalent" when args.Length == 2:
                return new CallCost((sizeOf(args[0]) * sizeOf(args[1]) * (function == "sets.equivalent" ? 2 : 1)) + CostRange.One);
            case Operators.Equals when args is [{ Type: { Kind: CelTypeKind.Opaque, IsOptional: false } type }, { } other] && type.Equals(other.Type):
                return Nominal;
            default:
                return null;
        }
    }

    /// <summary>The cost of a function of the language, its arguments' costs included; null: one unit and the arguments.</summary>
    public CallCost? Standard(string overload, CostNode? target, CostNode[] args, CostRange sum)
    {
        switch (overload)
        {
            case "string_format" when target is not null:
                return new CallCost((Bare(target) * Traversal) + sum);
            case "string_to_bytes" when args.Length == 1:
                return new CallCost((Bare(args[0]) * Traversal) + sum, Bare(args[0]) is var text ? new CostRange(text.Min, CostRange.Multiply(text.Max, 4)) : null);
            case "bytes_to_string" when args.Length == 1:
                return new CallCost((Bare(args[0]) * Traversal) + sum, Bare(args[0]) is var bytes ? new CostRange(bytes.Min / 4, bytes.Max) : null);
            case "strings_quote" when args.Length == 1:
                return new CallCost((Bare(args[0]) * Traversal) + sum, Bare(args[0]) is var quoted ? new CostRange(quoted.Min + 2, CostRange.Add(CostRange.Multiply(quoted.Max, 2), 2)) : null);
            case "starts_with_string" or "ends_with_string" when args.Length == 1:
                return new CallCost((Bare(args[0]) * Traversal) + sum);
            case "in_list" when args.Length == 2:
                return new CallCost((Bare(args[1]) * 1.0) + sum);
            case "matches_string" when target is not null && args.Length == 1:
                return new CallCost(((Bare(target) + CostRange.One) * Traversal * (Bare(args[0]) * RegexLength)) + sum);
            case "contains_string" when target is not null && args.Length == 1:
                return new CallCost((Bare(target) * Traversal * (Bare(args[0]) * Traversal)) + sum);
            case "add_list" when args.Length == 2:
                return new CallCost(CostRange.One + sum, Bare(args[0]) + Bare(args[1]));
            case "add_string" or "add_bytes" when args.Length == 2:
                return new CallCost(((Bare(args[0]) + Bare(args[1])) * Traversal) + sum, Bare(args[0]) + Bare(args[1]));
            case "equals" or "not_equals" when args.Length == 2:
                return new CallCost(Smaller(args) + sum);
            case "less_string" or "less_equals_string" or "greater_string" or "greater_equals_string" or "less_bytes" or "less_equals_bytes" or "greater_bytes" or "greater_equals_bytes" when args.Length == 2:
                return new CallCost(Smaller(args) + sum);
            default:
                return null;
        }
    }

    // The language's own reckoning asks for no bound beyond what is known of the part itself.
    private static CostRange Bare(CostNode node) => node.Size ?? CostRange.Unknown;

    private static CostRange Smaller(CostNode[] args)
    {
        ulong most = Math.Min(Bare(args[0]).Max, Bare(args[1]).Max);
        return new CostRange(most > 0 ? 1UL : 0UL, most) * Traversal;
    }

    private CallCost Lists(string function, CostNode target)
    {
        if (ElementOf(target) is not { } element)
        {
            return new CallCost(function == "includes" ? sizeOf(target) : sizeOf(target) * Traversal);
        }

        CostRange each = element.Type.Kind is CelTypeKind.String or CelTypeKind.Bytes ? CostRange.One + (sizeOf(element) * Traversal) : CostRange.One;
        return new CallCost(sizeOf(target) * each);
    }

    private CallCost Join(CostNode target, CostNode[] args)
    {
        CostRange list = sizeOf(target);
        CostRange size = ElementOf(target) is { } element ? list * sizeOf(element) : CostRange.Zero;
        if (args.Length > 0)
        {
            size += sizeOf(args[0]) * new CostRange(list.Min > 0 ? list.Min - 1 : 0, list.Max > 0 ? list.Max - 1 : 0);
        }

        return new CallCost(size * Traversal, size);
    }

    private static CallCost Replace(CostRange text, CostRange old, CostRange with)
    {
        (ulong Count, ulong Kept) most = old.Min == 0 ? (CostRange.Add(text.Max, 1), text.Max)
            : with.Max <= old.Min ? (0, text.Max)
            : (Quotient(text.Max, old.Min), 0);
        (ulong Count, ulong Kept) least = old.Max == 0 ? (CostRange.Add(text.Min, 1), text.Min)
            : old.Max <= with.Min ? (0, text.Min)
            : (Quotient(text.Min, old.Max), 0);
        CostRange size = (new CostRange(least.Count, most.Count) * with) + new CostRange(least.Kept, most.Kept);
        return new CallCost(text * (2 * Traversal), size);
    }

    private static ulong Quotient(ulong value, ulong by)
    {
        double quotient = Math.Ceiling(value / (double)by);
        return quotient >= 18446744073709551616.0 ? ulong.MaxValue : (ulong)quotient;
    }

    private static CostNode? ElementOf(CostNode list)
        => list.Type.Parameters.Length > 0 ? new CostNode(list.Path is { } path ? [.. path, "@items"] : null, list.Type.Parameters[0], null, null) : null;
}
