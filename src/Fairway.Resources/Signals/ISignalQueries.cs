namespace Fairway.Resources.Signals;

/// <summary>The narrow question that delivery and autoscaling ask of telemetry: what does a query say?</summary>
public interface ISignalQueries
{
    /// <summary>Asks once. Bounded by the store's own limits of time and samples.</summary>
    /// <returns>The values of all series (and, with a window, of all moments in it) that are numbers; none when nothing was measured.</returns>
    /// <exception cref="SignalQueryException">The query is wrong, or its source cannot be reached; the message says which.</exception>
    Task<IReadOnlyList<double>> AskAsync(SignalQuestion question, CancellationToken cancellation);

    /// <summary>Asks the platform's own metrics for this moment, by PromQL.</summary>
    /// <returns>Each series of the answer that is a number; a scalar has no labels.</returns>
    /// <exception cref="SignalQueryException">The query is wrong.</exception>
    Task<IReadOnlyList<SignalSeries>> AskSeriesAsync(string query, CancellationToken cancellation);
}

/// <summary>A value of one series.</summary>
/// <param name="Labels">The series' labels.</param>
/// <param name="Value">Its value; finite.</param>
public sealed record SignalSeries(IReadOnlyDictionary<string, string> Labels, double Value);

/// <summary>Where an answer comes from.</summary>
public enum SignalSource
{
    /// <summary>Metrics, by PromQL.</summary>
    Metrics,

    /// <summary>Logs, by a LogQL metric query.</summary>
    Logs,

    /// <summary>Traces, by a search; the answer is how many match.</summary>
    Traces,
}

/// <summary>A query, and from where to where.</summary>
/// <param name="Source">What is asked.</param>
/// <param name="Query">In the source's language.</param>
/// <param name="Address">Base URL of another server of the same API; null for Fairway's own store.</param>
/// <param name="Window">Null asks for this moment; otherwise for every step of a window that ends now.</param>
/// <param name="Step">Between two moments of a window.</param>
public sealed record SignalQuestion(SignalSource Source, string Query, string? Address = null, TimeSpan? Window = null, TimeSpan? Step = null);

/// <summary>A question that has no answer.</summary>
public sealed class SignalQueryException : Exception
{
    /// <summary>With words for whoever wrote the query.</summary>
    public SignalQueryException(string message)
        : base(message)
    {
    }

    /// <summary>With what lies beneath.</summary>
    public SignalQueryException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>For serializers.</summary>
    public SignalQueryException()
    {
    }
}
