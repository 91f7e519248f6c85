namespace Fairway.Resources.Kinds.Core;

/// <summary>A check that is made again and again. Exactly one of exec, httpGet, tcpSocket and grpc is set.</summary>
public sealed record Probe
{
    /// <summary>Succeeds when the command exits with 0.</summary>
    public ExecAction? Exec { get; init; }

    /// <summary>Succeeds when the answer's status is 200 to 399.</summary>
    public HttpGetAction? HttpGet { get; init; }

    /// <summary>Succeeds when the connection opens.</summary>
    public TcpSocketAction? TcpSocket { get; init; }

    /// <summary>Succeeds when the gRPC health service answers SERVING.</summary>
    public GrpcAction? Grpc { get; init; }

    /// <summary>Seconds after the container's start before the first check.</summary>
    [Bounds(Minimum = 0)]
    public int? InitialDelaySeconds { get; init; }

    /// <summary>Seconds after which a check counts as failed.</summary>
    [Default("1")]
    [Bounds(Minimum = 1)]
    public int? TimeoutSeconds { get; init; }

    /// <summary>Seconds from check to check.</summary>
    [Default("10")]
    [Bounds(Minimum = 1)]
    public int? PeriodSeconds { get; init; }

    /// <summary>Successes in a row, after a failure, that count as success.</summary>
    [Default("1")]
    [Bounds(Minimum = 1)]
    public int? SuccessThreshold { get; init; }

    /// <summary>Failures in a row, after a success, that count as failure.</summary>
    [Default("3")]
    [Bounds(Minimum = 1)]
    public int? FailureThreshold { get; init; }

    /// <summary>Replaces the pod's grace period when this probe's failure ends the container.</summary>
    [Bounds(Minimum = 1)]
    public long? TerminationGracePeriodSeconds { get; init; }
}

/// <summary>A command in the container, without a shell.</summary>
public sealed record ExecAction
{
    [Atomic]
    public IReadOnlyList<string>? Command { get; init; }
}

/// <summary>An HTTP GET request.</summary>
public sealed record HttpGetAction
{
    [Default("\"/\"")]
    public string? Path { get; init; }

    /// <summary>A number or the name of a container port.</summary>
    public required IntOrString Port { get; init; }

    /// <summary>The pod's address when absent.</summary>
    public string? Host { get; init; }

    [OneOf("HTTP", "HTTPS")]
    [Default("\"HTTP\"")]
    public string? Scheme { get; init; }

    [Atomic]
    public IReadOnlyList<HttpHeader>? HttpHeaders { get; init; }
}

/// <summary>A header of a probe's request.</summary>
public sealed record HttpHeader
{
    public required string Name { get; init; }

    public required string Value { get; init; }
}

/// <summary>A TCP connection.</summary>
public sealed record TcpSocketAction
{
    /// <summary>A number or the name of a container port.</summary>
    public required IntOrString Port { get; init; }

    public string? Host { get; init; }
}

/// <summary>A call of grpc.health.v1.Health/Check.</summary>
public sealed record GrpcAction
{
    [Bounds(Minimum = 1, Maximum = 65535)]
    public required int Port { get; init; }

    [Default("\"\"")]
    public string? Service { get; init; }
}

/// <summary>What runs after a container's start and before its end.</summary>
public sealed record Lifecycle
{
    /// <summary>Runs right after the start; failure ends the container.</summary>
    public LifecycleHandler? PostStart { get; init; }

    /// <summary>Runs before the signal to stop, within the grace period.</summary>
    public LifecycleHandler? PreStop { get; init; }

    public string? StopSignal { get; init; }
}

/// <summary>One action: exactly one member is set.</summary>
public sealed record LifecycleHandler
{
    public ExecAction? Exec { get; init; }

    public HttpGetAction? HttpGet { get; init; }

    public TcpSocketAction? TcpSocket { get; init; }

    public SleepAction? Sleep { get; init; }
}

/// <summary>Waiting.</summary>
public sealed record SleepAction
{
    [Bounds(Minimum = 0)]
    public required long Seconds { get; init; }
}
