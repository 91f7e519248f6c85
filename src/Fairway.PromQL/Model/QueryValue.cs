namespace Fairway.PromQL;

/// <summary>What an expression yields.</summary>
public enum ValueType
{
    /// <summary>Nothing (only inside the parser).</summary>
    None,

    /// <summary>Series with one sample each.</summary>
    Vector,

    /// <summary>A number.</summary>
    Scalar,

    /// <summary>Series with many samples each.</summary>
    Matrix,

    /// <summary>A text.</summary>
    String,
}

/// <summary>A value at a time: a number, or a histogram when <paramref name="Histogram"/> is not null.</summary>
/// <param name="Time">Milliseconds since 1970.</param>
/// <param name="Value">The number; 0 for histograms.</param>
/// <param name="Histogram">The histogram.</param>
public readonly record struct Point(long Time, double Value, FloatHistogram? Histogram = null);

/// <summary>One element of an instant vector.</summary>
/// <param name="Labels">Its identity.</param>
/// <param name="Time">Milliseconds since 1970.</param>
/// <param name="Value">The number; 0 for histograms.</param>
/// <param name="Histogram">The histogram, when it is one.</param>
public readonly record struct Sample(Labels Labels, long Time, double Value, FloatHistogram? Histogram = null);

/// <summary>One series of a result, points in time order. Float and histogram points may be mixed.</summary>
public sealed record SeriesResult(Labels Labels, IReadOnlyList<Point> Points);

/// <summary>The value of a query; one of <see cref="VectorValue"/>, <see cref="MatrixValue"/>, <see cref="ScalarValue"/>, <see cref="StringValue"/>.</summary>
public abstract record QueryValue
{
    private protected QueryValue()
    {
    }

    /// <summary>Which kind it is.</summary>
    public abstract ValueType Type { get; }
}

/// <summary>An instant vector.</summary>
public sealed record VectorValue(IReadOnlyList<Sample> Samples) : QueryValue
{
    /// <inheritdoc/>
    public override ValueType Type => ValueType.Vector;
}

/// <summary>Series over time, sorted by labels.</summary>
public sealed record MatrixValue(IReadOnlyList<SeriesResult> Series) : QueryValue
{
    /// <inheritdoc/>
    public override ValueType Type => ValueType.Matrix;
}

/// <summary>A number.</summary>
public sealed record ScalarValue(long Time, double Value) : QueryValue
{
    /// <inheritdoc/>
    public override ValueType Type => ValueType.Scalar;
}

/// <summary>A text.</summary>
public sealed record StringValue(long Time, string Value) : QueryValue
{
    /// <inheritdoc/>
    public override ValueType Type => ValueType.String;
}

/// <summary>What a query yields: its value, and what the user should know about it.</summary>
/// <param name="Value">The value.</param>
/// <param name="Warnings">Likely wrong results, in Prometheus' words with the position in the query.</param>
/// <param name="Infos">Possible misunderstandings, in Prometheus' words with the position in the query.</param>
/// <param name="Statistics">What it cost.</param>
public sealed record QueryResult(QueryValue Value, IReadOnlyList<string> Warnings, IReadOnlyList<string> Infos, QueryStatistics Statistics);

/// <summary>What a query cost.</summary>
/// <param name="TotalSamples">Samples looked at, counted once for every step that looks at them.</param>
/// <param name="PeakSamples">Most samples held at once.</param>
public sealed record QueryStatistics(long TotalSamples, long PeakSamples);
