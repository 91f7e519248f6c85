namespace Fairway.PromQL;

/// <summary>Whose fault a failed query is; the HTTP API's <c>errorType</c>.</summary>
public enum QueryErrorKind
{
    /// <summary>The query does not parse or has wrong types.</summary>
    BadData,

    /// <summary>The query is well-formed and cannot be computed over this data.</summary>
    Execution,

    /// <summary>The query took too long.</summary>
    Timeout,

    /// <summary>The caller gave up.</summary>
    Canceled,

    /// <summary>The store failed.</summary>
    Internal,
}

/// <summary>A query that cannot be answered, with the reason in Prometheus' words.</summary>
public sealed class PromQLException : Exception
{
    /// <summary>Says why.</summary>
    public PromQLException(QueryErrorKind kind, string message)
        : base(message) => Kind = kind;

    /// <summary>Says why, with the cause.</summary>
    public PromQLException(QueryErrorKind kind, string message, Exception cause)
        : base(message, cause) => Kind = kind;

    /// <summary>Whose fault it is.</summary>
    public QueryErrorKind Kind { get; }

    internal static PromQLException Execution(string message) => new(QueryErrorKind.Execution, message);

    internal static PromQLException TooManySamples()
        => new(QueryErrorKind.Execution, "query processing would load too many samples into memory in query execution");
}
