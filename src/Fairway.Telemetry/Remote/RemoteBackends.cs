namespace Fairway.Telemetry.Remote;

/// <summary>Servers that a team has already and whose data the platform's screens and analyses show instead of its own stores.</summary>
public sealed record RemoteBackends
{
    /// <summary>A server of Prometheus' API, without <c>/api</c>.</summary>
    public Uri? Prometheus { get; init; }

    /// <summary>A server of Loki's API.</summary>
    public Uri? Loki { get; init; }

    /// <summary>A server of Jaeger's query API: Jaeger, or Tempo's form of it.</summary>
    public Uri? Jaeger { get; init; }
}
