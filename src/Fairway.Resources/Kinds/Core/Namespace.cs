namespace Fairway.Resources.Kinds.Core;

/// <summary>Namespace provides a scope for names. Deleting it deletes everything in it.</summary>
[Kind("v1", "namespaces", Namespaced = false, Status = true, ShortNames = ["ns"])]
[FieldSelector("status.phase")]
public sealed record Namespace : IResource
{
    public string ApiVersion => "v1";

    public string Kind => "Namespace";

    public ObjectMeta Metadata { get; init; } = new();

    public NamespaceSpec? Spec { get; init; }

    [Default("{\"phase\":\"Active\"}")]
    public NamespaceStatus? Status { get; init; }
}

/// <summary>What holds a namespace.</summary>
public sealed record NamespaceSpec
{
    /// <summary>Must be empty before the namespace is removed; <c>kubernetes</c> stands for the emptying of the namespace.</summary>
    [Atomic]
    public IReadOnlyList<string>? Finalizers { get; init; }
}

/// <summary>Where a namespace is in its life.</summary>
public sealed record NamespaceStatus
{
    /// <summary><c>Active</c> or <c>Terminating</c>.</summary>
    [OneOf("Active", "Terminating")]
    public string? Phase { get; init; }

    /// <summary>What stands in the way of the namespace's removal.</summary>
    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}
