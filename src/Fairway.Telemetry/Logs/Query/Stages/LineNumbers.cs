using System.Globalization;
using Fairway.Telemetry.Templates;

namespace Fairway.Telemetry.Logs.Query.Stages;

/// <summary>The functions of numbers that templates over lines have: whole ones and real ones apart, texts read as numbers.</summary>
internal static class LineNumbers
{
    public static Dictionary<string, TemplateFunction> All { get; } = new(StringComparer.Ordinal)
    {
        ["int"] = a => Whole(a, 0),
        ["float64"] = a => Real(a[0]),
        ["add"] = a => Fold(a, static (left, right) => left + right),
        ["sub"] = a => Whole(a, 0) - Whole(a, 1),
        ["mul"] = a => Fold(a, static (left, right) => left * right),
        ["div"] = a => Whole(a, 1) is not 0 and long by ? Whole(a, 0) / by : throw new TemplateException("error calling div: runtime error: integer divide by zero"),
        ["mod"] = a => Whole(a, 1) is not 0 and long by ? Whole(a, 0) % by : throw new TemplateException("error calling mod: runtime error: integer divide by zero"),
        ["addf"] = a => FoldReal(a, static (left, right) => left + right),
        ["subf"] = a => FoldReal(a, static (left, right) => left - right),
        ["mulf"] = a => FoldReal(a, static (left, right) => left * right),
        ["divf"] = a => FoldReal(a, static (left, right) => right == 0 ? throw new TemplateException("error calling divf: decimal division by 0") : left / right),
        ["max"] = a => a.Select((_, index) => Whole(a, index)).Max(),
        ["min"] = a => a.Select((_, index) => Whole(a, index)).Min(),
        ["maxf"] = a => a.Select(Real).Max(),
        ["minf"] = a => a.Select(Real).Min(),
        ["ceil"] = a => Math.Ceiling(Real(a[0])),
        ["floor"] = a => Math.Floor(Real(a[0])),
        ["round"] = a => Round(Real(a[0]), (int)Whole(a, 1), a.Count > 2 ? Real(a[2]) : 0.5),
        ["bytes"] = a => HumanBytes.TryParse(TemplateBuiltins.Text(a, 0), out ulong bytes, out string problem) ? (double)bytes : throw new TemplateException($"error calling bytes: {problem}"),
        ["duration"] = Duration,
        ["duration_seconds"] = Duration,
    };

    /// <summary>An argument as a whole number; what is none counts as 0.</summary>
    public static long Whole(IReadOnlyList<object?> arguments, int index)
        => index < arguments.Count
            ? arguments[index] switch
            {
                long whole => whole,
                int whole => whole,
                bool flag => flag ? 1 : 0,
                double real when Math.Abs(real) < 9e18 => (long)real,
                string text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long parsed) => parsed,
                _ => 0,
            }
            : throw new TemplateException($"wrong number of args: want at least {index + 1} got {arguments.Count}");

    private static double Real(object? value) => value switch
    {
        long whole => whole,
        int whole => whole,
        double real => real,
        bool flag => flag ? 1 : 0,
        string text when GoNumbers.TryParse(text, out double parsed, out _) => parsed,
        _ => 0,
    };

    private static object Fold(IReadOnlyList<object?> arguments, Func<long, long, long> by)
    {
        long total = Whole(arguments, 0);
        for (int index = 1; index < arguments.Count; index++)
        {
            total = by(total, Whole(arguments, index));
        }

        return total;
    }

    /// <summary>In decimals, so that 0.1 and 0.2 are 0.3, as long as the numbers are of usual size.</summary>
    private static object FoldReal(IReadOnlyList<object?> arguments, Func<decimal, decimal, decimal> by)
    {
        try
        {
            decimal total = (decimal)Real(arguments[0]);
            for (int index = 1; index < arguments.Count; index++)
            {
                total = by(total, (decimal)Real(arguments[index]));
            }

            return double.Parse(total.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        }
        catch (OverflowException)
        {
            throw new TemplateException("a number is too large for decimals");
        }
    }

    private static object Round(double value, int digits, double half)
    {
        double power = Math.Pow(10, digits);
        double scaled = value * power;
        double whole = Math.Truncate(scaled);
        return (scaled - whole >= half ? Math.Ceiling(scaled) : Math.Floor(scaled)) / power;
    }

    private static object? Duration(IReadOnlyList<object?> arguments)
        => GoDurations.TryParseGo(TemplateBuiltins.Text(arguments, 0), out long nanoseconds, out string problem)
            ? nanoseconds / 1e9
            : throw new TemplateException($"error calling duration: {problem}");
}
