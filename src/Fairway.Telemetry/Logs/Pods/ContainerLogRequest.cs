using Fairway.Resources.Kinds.Core;

namespace Fairway.Telemetry.Logs.Pods;

/// <summary>Which container's log the collector asks for.</summary>
/// <param name="Cluster">The pod's cluster.</param>
/// <param name="Pod">The pod.</param>
/// <param name="Container">One of its containers.</param>
/// <param name="Since">Only lines from then on.</param>
public sealed record ContainerLogRequest(string Cluster, Pod Pod, string Container, DateTimeOffset Since);

/// <summary>
/// Reads a container's log, from before its restarts too where that is kept, until the container ends: bytes as they come, each
/// line begun by its time in RFC 3339 with nanoseconds, a space, <c>stdout</c> or <c>stderr</c> and a space, and ended by a newline. Throws <see cref="Resources.StatusException"/> when there is no such log.
/// </summary>
public delegate IAsyncEnumerable<ReadOnlyMemory<byte>> ContainerLogReader(ContainerLogRequest request, CancellationToken cancellation);
