using System.Text;
using Fairway.Cel.Evaluation;

namespace Fairway.Cel.Libraries;

/// <summary>What calls cost at run time in Kubernetes' API server, which charges its own libraries otherwise than the language does.</summary>
internal static class KubernetesCosts
{
    private const int FormatRegexLength = 128;

    private static readonly Func<CelValue[], CelValue, long> One = static (_, _) => 1;

    /// <summary>The cost of an overload, or null when it costs what the language says.</summary>
    public static Func<CelValue[], CelValue, long>? Of(string function, string overload) => function switch
    {
        "check" => static (_, _) => 350_000,
        "serviceAccount" or "path" or "group" or "resource" or "subresource" or "namespace" or "name" or "allowed" or "reason" or "error" or "errored" => One,
        "fieldSelector" or "labelSelector" => static (args, _) => Access.Size(args[1]) is var length ? 10 + Tenths(length) + ((length + 1) / 2 * 50) : 0,
        "isSorted" or "sum" or "max" or "min" or "indexOf" or "lastIndexOf" or "includes" => static (args, _) => Traverse(args[0]),
        "url" or "lowerAscii" or "upperAscii" or "substring" or "trim" or "jsonpatch.escapeKey" => static (args, _) => Tenths(Access.Size(args[0])),
        "replace" or "split" => static (args, _) => Tenths(2 * Access.Size(args[0])),
        "join" => static (_, result) => Tenths(2 * Access.Size(result)),
        "find" or "findAll" => static (args, _) => Tenths(1 + Access.Size(args[0])) * Quarters(Access.Size(args[1])),
        "ip" when overload == "cidr_ip" => One,
        "ip" or "cidr" or "isIP" or "isCIDR" or "quantity" or "isQuantity" or "semver" or "isSemver" => static (args, _) => Tenths(Access.Size(args[0])),
        "ip.isCanonical" => static (args, _) => Tenths(2 * Access.Size(args[0])),
        "containsIP" or "containsCIDR" => Contains(function == "containsCIDR", overload.EndsWith("_string", StringComparison.Ordinal)),
        "validate" => static (args, _) => Tenths(1 + Access.Size(args[1])) * Quarters(FormatRegexLength),
        "sets.contains" or "sets.intersects" => static (args, _) => 1 + (Access.Size(args[0]) * Access.Size(args[1])),
        "sets.equivalent" => static (args, _) => 1 + (2 * Access.Size(args[0]) * Access.Size(args[1])),
        "charAt" or "reverse" or "format.named" => One,
        _ => null,
    };

    private static Func<CelValue[], CelValue, long> Contains(bool isBlock, bool isText) => (args, _) =>
    {
        long size = NetworkLibrary.PrefixBytes(args[0]);
        long cost = Tenths(2 * size) + (isBlock ? Tenths(size) + 1 : 0);
        return isText ? cost + Tenths(Access.Size(args[1])) : cost;
    };

    private static long Tenths(long size) => (size + 9) / 10;

    private static long Quarters(long size) => (size + 3) / 4;

    /// <summary>Going through a value and all that is in it; a tenth of a unit for each byte of text.</summary>
    private static long Traverse(CelValue value)
    {
        switch (value.Kind)
        {
            case CelKind.String:
                return Encoding.UTF8.GetByteCount(value.StringValue) / 10;
            case CelKind.Bytes:
                return value.BytesValue.Length / 10;
            case CelKind.List:
                long sum = 0;
                CelList list = value.ListValue;
                for (int i = 0; i < list.Count; i++)
                {
                    sum += Traverse(list[i]);
                }

                return sum;
            case CelKind.Map:
                return value.MapValue.Keys.Sum(key => Traverse(key) + (value.MapValue.TryGet(key, out CelValue held) ? Traverse(held) : 0));
            default:
                return 1;
        }
    }
}
