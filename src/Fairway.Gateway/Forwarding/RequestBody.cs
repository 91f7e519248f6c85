using System.Net;

namespace Fairway.Gateway.Forwarding;

/// <summary>The client's request body on its way to a backend: streamed, never held, sent at most once.</summary>
internal sealed class RequestBody(Stream source, long? length, CancellationToken cancellation) : HttpContent
{
    /// <summary>Some of it may have left already, so that another attempt would send a torn request.</summary>
    public bool Started { get; private set; }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Started = true;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, cancellationToken);
        await StreamCopy.CopyAsync(source, stream, either.Token);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, cancellation);

    protected override bool TryComputeLength(out long computed)
    {
        computed = length ?? 0;
        return length is not null;
    }
}
