using System.Globalization;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Microsoft.Extensions.Logging;

namespace Fairway.ControllerRuntime;

/// <summary>
/// Tells of what happens to objects as events of the newer form (events.k8s.io): a moment, an action, and a series for what goes on.
/// The same about the same state of an object within six minutes becomes a series of the event that is there, noted at its second
/// time; what comes after only counts, as in Kubernetes' client library. Telling never waits and never fails.
/// </summary>
/// <remarks>Writes happen while <see cref="RunAsync"/> runs: add it to the <see cref="ControllerHost"/>.</remarks>
public sealed partial class SeriesRecorder(IClusterApi api, string controller, TimeProvider time, ILoggerFactory logs)
{
    private const int Remembered = 4096;
    private const int NoteLength = 1024;

    private static readonly TimeSpan Lasting = TimeSpan.FromMinutes(6);

    private readonly ILogger _log = logs.CreateLogger<SeriesRecorder>();
    private readonly Channel<Told> _told = Channel.CreateBounded<Told>(new BoundedChannelOptions(1000) { FullMode = BoundedChannelFullMode.DropOldest });

    // Only the writing loop touches these.
    private readonly RecentlyUsed<Sameness, Series> _series = new(Remembered);
    private long _lastStamp;

    /// <summary>Tells of something.</summary>
    /// <param name="about">What it happened to.</param>
    /// <param name="related">What else has to do with it.</param>
    /// <param name="type">Normal or Warning.</param>
    /// <param name="reason">A CamelCase word for machines.</param>
    /// <param name="action">What was done or tried, such as Binding.</param>
    /// <param name="note">A sentence for people; cut where it is longer than the API takes.</param>
    public void Tell(IResource about, IResource? related, string type, string reason, string action, string note)
        => _told.Writer.TryWrite(new Told(
            new Sameness(Reference(about), related is null ? null : Reference(related), type, reason, action),
            note.Length <= NoteLength ? note : note[..(NoteLength - 4)] + " ...",
            time.GetUtcNow()));

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
                LogLost(_log, told.What.Reason, told.What.About.Name ?? "", error.Message);
            }
        }
    }

    private async Task WriteAsync(Told told, CancellationToken cancellation)
    {
        if (!_series.TryGet(told.What, out Series? series) || told.At - series.Last >= Lasting)
        {
            Event written = await api.CreateAsync(NewEvent(told), cancellation);
            _series.Set(told.What, new Series(written.Metadata.Name, 1, told.At));
            return;
        }

        _series.Set(told.What, series with { Count = series.Count + 1, Last = told.At });
        if (series.Count == 1)
        {
            var patch = new JsonObject
            {
                ["series"] = new JsonObject
                {
                    ["count"] = 2,
                    ["lastObservedTime"] = told.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
                },
            };
            await api.PatchAsync(
                KindOf<Event>.Type, told.What.About.Namespace ?? "default", series.Name, new PatchBody(PatchKind.Merge, patch), WriteOptions.Default, cancellation);
        }
    }

    private Event NewEvent(Told told) => new()
    {
        Metadata = new ObjectMeta { Name = $"{told.What.About.Name}.{Stamp(told.At):x}", Namespace = told.What.About.Namespace ?? "default" },
        InvolvedObject = told.What.About,
        Related = told.What.Related,
        Reason = told.What.Reason,
        Action = told.What.Action,
        Message = told.Note,
        Type = told.What.Type,
        EventTime = told.At,
        Source = new EventSource(),
        ReportingComponent = controller,
        ReportingInstance = $"{controller}-{Environment.MachineName}",
    };

    private static ObjectReference Reference(IResource about) => new()
    {
        ApiVersion = about.ApiVersion,
        Kind = about.Kind,
        Namespace = about.Metadata.Namespace,
        Name = about.Metadata.Name,
        Uid = about.Metadata.Uid,
        ResourceVersion = about.Metadata.ResourceVersion,
    };

    private long Stamp(DateTimeOffset at)
    {
        _lastStamp = Math.Max((at - DateTimeOffset.UnixEpoch).Ticks * 100, _lastStamp + 1);
        return _lastStamp;
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The event {Reason} about {Name} was not written: {Error}")]
    private static partial void LogLost(ILogger logger, string reason, string name, string error);

    private sealed record Sameness(ObjectReference About, ObjectReference? Related, string Type, string Reason, string Action);

    private sealed record Told(Sameness What, string Note, DateTimeOffset At);

    private sealed record Series(string Name, int Count, DateTimeOffset Last);
}
