using System.Text.Json.Serialization;

namespace Fairway.Resources.Kinds.Core;

/// <summary>Event tells of something that happened to an object.</summary>
[Kind("v1", "events", ShortNames = ["ev"])]
[FieldSelector("involvedObject.kind")]
[FieldSelector("involvedObject.namespace")]
[FieldSelector("involvedObject.name")]
[FieldSelector("involvedObject.uid")]
[FieldSelector("involvedObject.apiVersion")]
[FieldSelector("involvedObject.resourceVersion")]
[FieldSelector("involvedObject.fieldPath")]
[FieldSelector("reason")]
[FieldSelector("reportingComponent")]
[FieldSelector("source")]
[FieldSelector("type")]
public sealed record Event : IResource
{
    public string ApiVersion => "v1";

    public string Kind => "Event";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>What the event is about.</summary>
    public required ObjectReference InvolvedObject { get; init; }

    /// <summary>A CamelCase word for machines.</summary>
    public string? Reason { get; init; }

    /// <summary>A sentence for people.</summary>
    public string? Message { get; init; }

    public EventSource? Source { get; init; }

    public DateTimeOffset? FirstTimestamp { get; init; }

    public DateTimeOffset? LastTimestamp { get; init; }

    /// <summary>How often it happened.</summary>
    public int? Count { get; init; }

    /// <summary>Normal or Warning.</summary>
    public string? Type { get; init; }

    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? EventTime { get; init; }

    public EventSeries? Series { get; init; }

    public string? Action { get; init; }

    public ObjectReference? Related { get; init; }

    public string ReportingComponent { get; init; } = "";

    public string ReportingInstance { get; init; } = "";
}

/// <summary>Who tells.</summary>
public sealed record EventSource
{
    public string? Component { get; init; }

    public string? Host { get; init; }
}

/// <summary>Goes on happening.</summary>
public sealed record EventSeries
{
    public int? Count { get; init; }

    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? LastObservedTime { get; init; }
}
