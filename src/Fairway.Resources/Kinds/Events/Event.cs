using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Resources.Kinds.Events;

/// <summary>Event tells of something that happened to an object: the newer form of the same events.</summary>
[Kind("events.k8s.io/v1", "events", ShortNames = ["ev"])]
[FieldSelector("regarding.kind")]
[FieldSelector("regarding.namespace")]
[FieldSelector("regarding.name")]
[FieldSelector("regarding.uid")]
[FieldSelector("regarding.apiVersion")]
[FieldSelector("reason")]
[FieldSelector("reportingController")]
[FieldSelector("type")]
public sealed record Event : IResource
{
    public string ApiVersion => "events.k8s.io/v1";

    public string Kind => "Event";

    public ObjectMeta Metadata { get; init; } = new();

    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? EventTime { get; init; }

    public EventSeries? Series { get; init; }

    public string? ReportingController { get; init; }

    public string? ReportingInstance { get; init; }

    public string? Action { get; init; }

    /// <summary>A CamelCase word for machines.</summary>
    public string? Reason { get; init; }

    /// <summary>What the event is about.</summary>
    public ObjectReference? Regarding { get; init; }

    public ObjectReference? Related { get; init; }

    /// <summary>A sentence for people.</summary>
    public string? Note { get; init; }

    /// <summary>Normal or Warning.</summary>
    public string? Type { get; init; }

    public EventSource? DeprecatedSource { get; init; }

    public DateTimeOffset? DeprecatedFirstTimestamp { get; init; }

    public DateTimeOffset? DeprecatedLastTimestamp { get; init; }

    public int? DeprecatedCount { get; init; }
}
