namespace Fairway.Resources.Kinds.Autoscaling;

/// <summary>One thing that is measured and the value it should have. The member of the type's name is set.</summary>
public sealed record MetricSpec
{
    [OneOf("ContainerResource", "External", "Object", "Pods", "Resource")]
    public required string Type { get; init; }

    /// <summary>A metric of one other object.</summary>
    public ObjectMetricSource? Object { get; init; }

    /// <summary>A metric of each pod, averaged.</summary>
    public PodsMetricSource? Pods { get; init; }

    /// <summary>CPU or memory of the pods, against what they request.</summary>
    public ResourceMetricSource? Resource { get; init; }

    /// <summary>CPU or memory of one container in each pod.</summary>
    public ContainerResourceMetricSource? ContainerResource { get; init; }

    /// <summary>A metric that belongs to no object of the cluster.</summary>
    public ExternalMetricSource? External { get; init; }
}

public sealed record ObjectMetricSource
{
    public required CrossVersionObjectReference DescribedObject { get; init; }

    public required MetricTarget Target { get; init; }

    public required MetricIdentifier Metric { get; init; }
}

public sealed record PodsMetricSource
{
    public required MetricIdentifier Metric { get; init; }

    public required MetricTarget Target { get; init; }
}

public sealed record ResourceMetricSource
{
    /// <summary><c>cpu</c> or <c>memory</c>.</summary>
    public required string Name { get; init; }

    public required MetricTarget Target { get; init; }
}

public sealed record ContainerResourceMetricSource
{
    /// <summary><c>cpu</c> or <c>memory</c>.</summary>
    public required string Name { get; init; }

    public required MetricTarget Target { get; init; }

    public required string Container { get; init; }
}

public sealed record ExternalMetricSource
{
    public required MetricIdentifier Metric { get; init; }

    public required MetricTarget Target { get; init; }
}

/// <summary>Names a metric, and which series of it count.</summary>
public sealed record MetricIdentifier
{
    public required string Name { get; init; }

    [Atomic]
    public LabelSelectorSpec? Selector { get; init; }
}

/// <summary>The value that a metric should have.</summary>
public sealed record MetricTarget
{
    [OneOf("Utilization", "Value", "AverageValue")]
    public required string Type { get; init; }

    /// <summary>Of the metric as a whole.</summary>
    public Quantity? Value { get; init; }

    /// <summary>For each pod.</summary>
    public Quantity? AverageValue { get; init; }

    /// <summary>Percent of what the pods request, averaged.</summary>
    public int? AverageUtilization { get; init; }
}

/// <summary>What a metric was when it was last looked at.</summary>
public sealed record MetricStatus
{
    public required string Type { get; init; }

    public ObjectMetricStatus? Object { get; init; }

    public PodsMetricStatus? Pods { get; init; }

    public ResourceMetricStatus? Resource { get; init; }

    public ContainerResourceMetricStatus? ContainerResource { get; init; }

    public ExternalMetricStatus? External { get; init; }
}

public sealed record ObjectMetricStatus
{
    public required MetricIdentifier Metric { get; init; }

    public required MetricValueStatus Current { get; init; }

    public required CrossVersionObjectReference DescribedObject { get; init; }
}

public sealed record PodsMetricStatus
{
    public required MetricIdentifier Metric { get; init; }

    public required MetricValueStatus Current { get; init; }
}

public sealed record ResourceMetricStatus
{
    public required string Name { get; init; }

    public required MetricValueStatus Current { get; init; }
}

public sealed record ContainerResourceMetricStatus
{
    public required string Name { get; init; }

    public required MetricValueStatus Current { get; init; }

    public required string Container { get; init; }
}

public sealed record ExternalMetricStatus
{
    public required MetricIdentifier Metric { get; init; }

    public required MetricValueStatus Current { get; init; }
}

public sealed record MetricValueStatus
{
    public Quantity? Value { get; init; }

    public Quantity? AverageValue { get; init; }

    public int? AverageUtilization { get; init; }
}
