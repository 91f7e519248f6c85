namespace Fairway.Telemetry.Logs.Query.Evaluation;

/// <summary>The operators of two numbers.</summary>
internal static class NumberOperators
{
    public static bool IsComparison(string sign) => sign is "==" or "!=" or ">" or ">=" or "<" or "<=";

    /// <summary>Two numbers of a query: comparisons give 0 or 1.</summary>
    public static double Reduce(string sign, double left, double right) => IsComparison(sign) ? (Compare(sign, left, right) ? 1 : 0) : Compute(sign, left, right);

    public static bool Compare(string sign, double left, double right) => sign switch
    {
        "==" => left == right,
        "!=" => left != right,
        ">" => left > right,
        ">=" => left >= right,
        "<" => left < right,
        _ => left <= right,
    };

    /// <summary>Division by zero is no number, as in Loki.</summary>
    public static double Compute(string sign, double left, double right) => sign switch
    {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" => right == 0 ? double.NaN : left / right,
        "%" => right == 0 ? double.NaN : left % right,
        _ => Math.Pow(left, right),
    };
}
