namespace Fairway.Resources.Kinds.Core;

/// <summary>LimitRange sets resource usage limits for each kind of resource in a namespace.</summary>
[Kind("v1", "limitranges", ShortNames = ["limits"])]
public sealed record LimitRange : IResource
{
    public string ApiVersion => "v1";

    public string Kind => "LimitRange";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>The limits enforced.</summary>
    public LimitRangeSpec? Spec { get; init; }
}

/// <summary>A min/max usage limit for resources that match on kind.</summary>
public sealed record LimitRangeSpec
{
    [Atomic]
    public required IReadOnlyList<LimitRangeItem> Limits { get; init; }
}

/// <summary>A min/max usage limit for any resource that matches on kind.</summary>
public sealed record LimitRangeItem
{
    /// <summary><c>Container</c>, <c>Pod</c> or <c>PersistentVolumeClaim</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Max usage constraints on this kind by resource name.</summary>
    public IReadOnlyDictionary<string, Quantity>? Max { get; init; }

    /// <summary>Min usage constraints on this kind by resource name.</summary>
    public IReadOnlyDictionary<string, Quantity>? Min { get; init; }

    /// <summary>The limit that is filled in where none is given.</summary>
    public IReadOnlyDictionary<string, Quantity>? Default { get; init; }

    /// <summary>The request that is filled in where none is given.</summary>
    public IReadOnlyDictionary<string, Quantity>? DefaultRequest { get; init; }

    /// <summary>The most that a limit may be as a multiple of the request.</summary>
    public IReadOnlyDictionary<string, Quantity>? MaxLimitRequestRatio { get; init; }
}
