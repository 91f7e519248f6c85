namespace Fairway.PromQL;

/// <summary>
/// Where the engine reads series from: the seam between the language and a store. What an implementation promises:
/// <list type="bullet">
/// <item>Every series that fulfils all matchers and may have samples in the time range is given once, in any order.</item>
/// <item>No two series given have equal labels.</item>
/// <item>It is safe to call from several threads at once.</item>
/// <item>Reading happens on the caller's thread; a slow store looks at the token.</item>
/// </list>
/// </summary>
public interface ISeriesSource
{
    /// <summary>Finds series. Nothing is decoded before <see cref="ISeries.Read"/>.</summary>
    /// <exception cref="PromQLException">The store refuses (limits, corruption).</exception>
    IEnumerable<ISeries> Select(SeriesQuery query, CancellationToken cancellation);
}

/// <summary>One series of a store.</summary>
public interface ISeries
{
    /// <summary>Its identity, with the metric's name.</summary>
    Labels Labels { get; }

    /// <summary>
    /// Appends every sample with <c>from &lt;= timestamp &lt;= to</c> (milliseconds since 1970) to <paramref name="into"/>, in strictly
    /// rising time order, staleness markers included. Called at most a few times per query; the cost should be that of decoding.
    /// Histograms appended are never changed by the engine, so that a store may hand out shared ones.
    /// </summary>
    void Read(long from, long to, SampleBuffer into);
}

/// <summary>What the engine asks a source for.</summary>
/// <param name="Matchers">Conditions, all of which hold.</param>
/// <param name="From">First millisecond of interest, included.</param>
/// <param name="To">Last millisecond of interest, included.</param>
public sealed record SeriesQuery(IReadOnlyList<LabelMatcher> Matchers, long From, long To)
{
    /// <summary>The query's step in milliseconds; 0 for instant queries. A hint only.</summary>
    public long Step { get; init; }

    /// <summary>The width of the range selector in milliseconds; 0 for instant selectors. A hint only.</summary>
    public long Range { get; init; }

    /// <summary>The function or aggregation directly around the selector, or empty. A hint only.</summary>
    public string Function { get; init; } = string.Empty;

    /// <summary>The labels that the aggregation around the selector groups by (or without). A hint only.</summary>
    public IReadOnlyList<string> Grouping { get; init; } = [];

    /// <summary>Whether <see cref="Grouping"/> are labels to keep. A hint only.</summary>
    public bool By { get; init; }
}
