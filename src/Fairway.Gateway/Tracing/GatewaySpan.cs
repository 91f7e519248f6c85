namespace Fairway.Gateway.Tracing;

/// <summary>The gateway's part in a traced request. Ids are lower-case hexadecimal.</summary>
public sealed record GatewaySpan
{
    public required string TraceId { get; init; }

    public required string SpanId { get; init; }

    /// <summary>The caller's span; empty when the trace begins here.</summary>
    public required string ParentId { get; init; }

    public required DateTimeOffset Start { get; init; }

    public required TimeSpan Duration { get; init; }

    public required string Method { get; init; }

    public required string Host { get; init; }

    /// <summary>The path without its query.</summary>
    public required string Path { get; init; }

    /// <summary>The route that matched, and the Service, cluster and release that were asked; empty where there was none.</summary>
    public required string Route { get; init; }

    public required string Cluster { get; init; }

    public string Namespace { get; init; } = "";

    public string Service { get; init; } = "";

    public string Release { get; init; } = "";

    /// <summary>The status that the client saw.</summary>
    public required int Status { get; init; }

    /// <summary>The backend is to blame: it broke off, or answered 5xx.</summary>
    public required bool Failed { get; init; }
}
