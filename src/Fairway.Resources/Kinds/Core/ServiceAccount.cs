namespace Fairway.Resources.Kinds.Core;

/// <summary>ServiceAccount is an identity for the processes of pods.</summary>
[Kind("v1", "serviceaccounts", ShortNames = ["sa"])]
public sealed record ServiceAccount : IResource
{
    public string ApiVersion => "v1";

    public string Kind => "ServiceAccount";

    public ObjectMeta Metadata { get; init; } = new();

    [ListMap("name")]
    public IReadOnlyList<ObjectReference>? Secrets { get; init; }

    [Atomic]
    public IReadOnlyList<LocalObjectReference>? ImagePullSecrets { get; init; }

    public bool? AutomountServiceAccountToken { get; init; }
}

/// <summary>Points at an object, or at a field of one.</summary>
public sealed record ObjectReference
{
    public string? Kind { get; init; }

    public string? Namespace { get; init; }

    public string? Name { get; init; }

    public string? Uid { get; init; }

    public string? ApiVersion { get; init; }

    public string? ResourceVersion { get; init; }

    /// <summary><c>spec.containers{web}</c></summary>
    public string? FieldPath { get; init; }
}
