using System.Globalization;
using System.Threading.Channels;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Microsoft.Extensions.Logging;

namespace Fairway.ControllerRuntime;

/// <summary>
/// Tells of what happens to objects as core/v1 Events. The same thing told again raises the count of the event that is there.
/// Telling never waits and never fails: events are written behind, and given up when they cannot be.
/// </summary>
/// <remarks>Writes happen while <see cref="RunAsync"/> runs: add it to the <see cref="ControllerHost"/>.</remarks>
public sealed partial class EventRecorder(IClusterApi api, string component, TimeProvider time, ILoggerFactory logs)
{
    private const int Remembered = 4096;

    private readonly ILogger _log = logs.CreateLogger<EventRecorder>();
    private readonly Channel<Told> _told = Channel.CreateBounded<Told>(new BoundedChannelOptions(1000) { FullMode = BoundedChannelFullMode.DropOldest });

    // Only the writing loop touches these.
    private readonly Dictionary<Sameness, Event> _known = [];
    private readonly Queue<Sameness> _order = new();
    private long _number;

    /// <summary>Tells of something that is as it should be.</summary>
    public void Normal(IResource about, string reason, string message) => Tell(about, "Normal", reason, message, null, null);

    /// <summary>Tells of something that someone may have to look at.</summary>
    public void Warning(IResource about, string reason, string message) => Tell(about, "Warning", reason, message, null, null);

    /// <summary>Writes events until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await foreach (Told told in _told.Reader.ReadAllAsync(cancellation))
        {
            try
            {
                await WriteAsync(told, cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                LogLost(_log, told.Key.Reason, told.About.Name ?? "", error.Message);
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
        var key = new Sameness(about.Kind, about.Metadata.Uid ?? about.Metadata.Name, type, reason, message, fieldPath);
        _told.Writer.TryWrite(new Told(reference, key, time.GetUtcNow(), host));
    }

    private async Task WriteAsync(Told told, CancellationToken cancellation)
    {
        if (_known.TryGetValue(told.Key, out Event? known))
        {
            try
            {
                Event repeated = known with { Count = (known.Count ?? 1) + 1, LastTimestamp = told.At };
                _known[told.Key] = await api.WriteAsync(known, repeated, cancellation);
                return;
            }
            catch (StatusException refused) when (refused.IsNotFound || refused.IsConflict)
            {
                // It was removed or changed by another: tell it as new.
                _known.Remove(told.Key);
            }
        }

        Event written = await api.CreateAsync(NewEvent(told), cancellation);
        Remember(told.Key, written);
    }

    private Event NewEvent(Told told)
    {
        long number = Interlocked.Increment(ref _number);
        string suffix = (told.At.UtcTicks + number).ToString("x16", CultureInfo.InvariantCulture);
        return new Event
        {
            Metadata = new ObjectMeta { Name = $"{told.About.Name}.{suffix}", Namespace = told.About.Namespace ?? "default" },
            InvolvedObject = told.About,
            Reason = told.Key.Reason,
            Message = told.Key.Message,
            Type = told.Key.Type,
            Count = 1,
            FirstTimestamp = told.At,
            LastTimestamp = told.At,
            Source = new EventSource { Component = component, Host = told.Host },
            ReportingComponent = component,
            ReportingInstance = told.Host ?? "",
        };
    }

    private void Remember(Sameness key, Event written)
    {
        if (_known.TryAdd(key, written))
        {
            _order.Enqueue(key);
            if (_order.Count > Remembered)
            {
                _known.Remove(_order.Dequeue());
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The event {Reason} about {Name} was not written: {Error}")]
    private static partial void LogLost(ILogger logger, string reason, string name, string error);

    /// <summary>What makes two events the same one.</summary>
    private readonly record struct Sameness(string Kind, string Uid, string Type, string Reason, string Message, string? FieldPath);

    private sealed record Told(ObjectReference About, Sameness Key, DateTimeOffset At, string? Host);
}
