using System.Collections.Frozen;
using static Fairway.PromQL.ValueType;

namespace Fairway.PromQL.Parsing;

/// <summary>What a function takes and yields.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Parameters">Types of its parameters.</param>
/// <param name="Variadic">How many of the last may be left out or added; -1 for any number.</param>
/// <param name="Returns">What it yields.</param>
/// <param name="Experimental">Whether it needs <see cref="ParserOptions.ExperimentalFunctions"/>.</param>
public sealed record FunctionSignature(string Name, IReadOnlyList<ValueType> Parameters, int Variadic, ValueType Returns, bool Experimental)
{
    /// <summary>All functions by name.</summary>
    public static readonly FrozenDictionary<string, FunctionSignature> All = Table().ToFrozenDictionary(one => one.Name, StringComparer.Ordinal);

    private static IEnumerable<FunctionSignature> Table() =>
    [
        .. Of([Vector], "abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor histogram_avg histogram_count histogram_sum"
            + " histogram_stddev histogram_stdvar ln log10 log2 rad sgn sin sinh sort sort_desc sqrt tan tanh timestamp"),
        .. Of([Matrix], "absent_over_time avg_over_time changes count_over_time delta deriv first_over_time idelta increase irate last_over_time"
            + " max_over_time min_over_time present_over_time rate resets stddev_over_time stdvar_over_time sum_over_time"),
        .. Of([Matrix], "mad_over_time ts_of_first_over_time ts_of_max_over_time ts_of_min_over_time ts_of_last_over_time", experimental: true),
        .. Of([Vector], "days_in_month day_of_month day_of_week day_of_year hour minute month year", variadic: 1),
        .. Of([Vector, Scalar, Scalar], "clamp"),
        .. Of([Vector, Scalar], "clamp_max clamp_min"),
        .. Of([Vector, Scalar], "round", variadic: 1),
        .. Of([Scalar, Scalar, Vector], "histogram_fraction"),
        .. Of([Scalar, Vector], "histogram_quantile"),
        .. Of([Vector, ValueType.String, Scalar, Scalar], "histogram_quantiles", variadic: 9, experimental: true),
        .. Of([Matrix, Scalar, Scalar], "double_exponential_smoothing", experimental: true),
        .. Of([Vector, Vector], "info", variadic: 1, experimental: true),
        .. Of([Vector, ValueType.String, ValueType.String, ValueType.String, ValueType.String], "label_replace"),
        .. Of([Vector, ValueType.String, ValueType.String, ValueType.String], "label_join", variadic: -1),
        .. Of([Vector, ValueType.String], "sort_by_label sort_by_label_desc", variadic: -1, experimental: true),
        .. Of([Matrix, Scalar], "predict_linear"),
        .. Of([Scalar, Matrix], "quantile_over_time"),
        .. Of([Scalar], "vector"),
        .. Of([Vector], "scalar", returns: Scalar),
        .. Of([], "pi time", returns: Scalar),
        .. Of([], "start end step range", returns: Scalar, experimental: true),
        .. Of([Scalar, Scalar], "max_of min_of", returns: Scalar, experimental: true),
    ];

    private static IEnumerable<FunctionSignature> Of(
        ValueType[] parameters, string names, int variadic = 0, ValueType returns = Vector, bool experimental = false)
        => names.Split(' ').Select(name => new FunctionSignature(name, parameters, variadic, returns, experimental));
}
