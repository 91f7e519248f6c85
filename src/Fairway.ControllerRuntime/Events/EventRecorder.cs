using System.Globalization;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Microsoft.Extensions.Logging;

namespace Fairway.ControllerRuntime;

/// <summary>
/// Tells of what happens to objects as core/v1 Events. The same thing told again raises the count of the event that is there,
/// many alike are told as one, and floods about one object are held back (<see cref="EventCorrelator"/> says by which rules).
/// Telling never waits and never fails: events are written behind, and given up when they cannot be.
/// </summary>
/// <remarks>Writes happen while <see cref="RunAsync"/> runs: add it to the <see cref="ControllerHost"/>.</remarks>
public sealed partial class EventRecorder(IClusterApi api, string component, TimeProvider time, ILoggerFactory logs)
{
    private readonly ILogger _log = logs.CreateLogger<EventRecorder>();
    private readonly Channel<Occurrence> _told = Channel.CreateBounded<Occurrence>(new BoundedChannelOptions(1000) { FullMode = BoundedChannelFullMode.DropOldest });

    // Only the writing loop touches these.
    private readonly EventCorrelator _correlator = new();
    private long _lastStamp;

    /// <summary>Tells of something that is as it should be.</summary>
    public void Normal(IResource about, string reason, string message) => Tell(about, "Normal", reason, message, null, null);

    /// <summary>Tells of something that someone may have to look at.</summary>
    public void Warning(IResource about, string reason, string message) => Tell(about, "Warning", reason, message, null, null);

    /// <summary>Writes events until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await foreach (Occurrence told in _told.Reader.ReadAllAsync(cancellation))
        {
            try
            {
                if (_correlator.Observe(told) is { } correlated)
                {
                    await WriteAsync(told, correlated, cancellation);
                }
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                LogLost(_log, told.Reason, told.About.Name ?? "", error.Message);
            }
        }
    }

    /// <summary>Tells of a part of an object, from a certain node.</summary>
    /// <param name="fieldPath">The part, like <c>spec.containers{web}</c>.</param>
    /// <param name="host">The node that tells.</param>
    public void Tell(IResource about, string type, string reason, string message, string? fieldPath, string? host)
    {
        var reference = new ObjectReference
        {
            ApiVersion = about.ApiVersion,
            Kind = about.Kind,
            Namespace = about.Metadata.Namespace,
            Name = about.Metadata.Name,
            Uid = about.Metadata.Uid,
            ResourceVersion = about.Metadata.ResourceVersion,
            FieldPath = fieldPath,
        };
        _told.Writer.TryWrite(new Occurrence(reference, type, reason, message, host, time.GetUtcNow()));
    }

    /// <summary>Tells of an object of which only the document is known.</summary>
    public void Warning(Document about, string reason, string message)
    {
        DocumentHeader header = about.Header;
        var reference = new ObjectReference
        {
            ApiVersion = header.ApiVersion,
            Kind = header.Kind,
            Namespace = header.Namespace.Length == 0 ? null : header.Namespace,
            Name = header.Name,
            Uid = header.Uid,
        };
        _told.Writer.TryWrite(new Occurrence(reference, "Warning", reason, message, null, time.GetUtcNow()));
    }

    private async Task WriteAsync(Occurrence told, Correlated correlated, CancellationToken cancellation)
    {
        if (correlated.Name is { } name)
        {
            try
            {
                await RaiseAsync(told, correlated, name, cancellation);
                return;
            }
            catch (StatusException refused) when (refused.IsNotFound)
            {
                // It has expired or was removed: tell it as new.
            }
        }

        Event written = await api.CreateAsync(NewEvent(told, correlated), cancellation);
        _correlator.Created(correlated, written.Metadata.Name);
    }

    private Task RaiseAsync(Occurrence told, Correlated correlated, string name, CancellationToken cancellation)
    {
        var patch = new JsonObject
        {
            ["count"] = correlated.Count,
            ["lastTimestamp"] = told.At.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            ["message"] = correlated.Message,
        };
        return api.PatchAsync(
            KindOf<Event>.Type, told.About.Namespace ?? "default", name, new PatchBody(PatchKind.Merge, patch), WriteOptions.Default, cancellation);
    }

    private Event NewEvent(Occurrence told, Correlated correlated) => new()
    {
        Metadata = new ObjectMeta { Name = $"{told.About.Name}.{Stamp(told.At):x}", Namespace = told.About.Namespace ?? "default" },
        InvolvedObject = told.About,
        Reason = told.Reason,
        Message = correlated.Message,
        Type = told.Type,
        Count = correlated.Count,
        FirstTimestamp = correlated.First,
        LastTimestamp = told.At,
        Source = new EventSource { Component = component, Host = told.Host },
        ReportingComponent = correlated.IsCombined ? "" : component,
        ReportingInstance = correlated.IsCombined ? "" : told.Host ?? "",
    };

    /// <summary>
    /// Nanoseconds since 1970, moved on where the clock did not move, so that every event has its own name; what the clock leaves
    /// open tells recorders of one moment apart.
    /// </summary>
    private long Stamp(DateTimeOffset at)
    {
        long stamp = ((at - DateTimeOffset.UnixEpoch).Ticks * 100) + (component.Aggregate(7, (hash, letter) => ((hash * 31) + letter) % 9973) % 100);
        _lastStamp = Math.Max(stamp, _lastStamp + 1);
        return _lastStamp;
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The event {Reason} about {Name} was not written: {Error}")]
    private static partial void LogLost(ILogger logger, string reason, string name, string error);
}
