using static Fairway.Cel.CelOverload;

namespace Fairway.Cel.Libraries;

/// <summary>
/// Where Kubernetes' API server, and cel-go in it, do otherwise than the language's published cases say: the milliseconds of a
/// duration are all of them, searching from beyond a text's end finds nothing instead of failing, and <c>sign</c> is a function, not
/// a member. A policy has to mean here what it means there.
/// </summary>
internal static class KubernetesDialect
{
    private static readonly CelType S = CelType.String;

    public static readonly CelFunction[] Functions =
    [
        new("getMilliseconds", Member("duration_getMilliseconds", CelType.Duration, CelType.Int, span => CelValue.Of((long)(span.DurationNanos / 1_000_000)))),
        new("indexOf", Member("string_index_of_string_int", [S, S, CelType.Int], CelType.Int, args => From(args, StringsLibrary.IndexOf))),
        new("lastIndexOf", Member("string_last_index_of_string_int", [S, S, CelType.Int], CelType.Int, args => From(args, (text, part, from) => StringsLibrary.LastIndexOf(text, part, from)))),
        new("sign", CelOverload.Of("quantity_sign", QuantityLibrary.Type, CelType.Int, QuantityLibrary.Sign)),
    ];

    private static CelValue From(CelValue[] args, Func<CelValue, CelValue, long, CelValue> search)
    {
        long from = args[2].IntValue;
        return args[1].StringValue.Length == 0 ? CelValue.Of(from)
            : from >= 0 && from >= new CodePoints(args[0].StringValue).Count ? CelValue.Of(-1L)
            : search(args[0], args[1], from);
    }
}
