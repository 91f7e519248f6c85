namespace Fairway.Resources.Kinds.Core;

/// <summary>Binding ties one object to another; for example, a pod is bound to a node by a scheduler.</summary>
[Kind("v1", "bindings", CreateOnly = true)]
public sealed record Binding : IResource
{
    public string ApiVersion => "v1";

    public string Kind => "Binding";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>What it is bound to.</summary>
    public required ObjectReference Target { get; init; }
}
