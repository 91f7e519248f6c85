namespace Fairway.Resources.Kinds.Core;

/// <summary>ConfigMap holds configuration for pods.</summary>
[Kind("v1", "configmaps", ShortNames = ["cm"])]
public sealed record ConfigMap : IResource
{
    public string ApiVersion => "v1";

    public string Kind => "ConfigMap";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>Texts by key.</summary>
    public IReadOnlyDictionary<string, string>? Data { get; init; }

    /// <summary>Bytes by key, in base64; no key may be in both.</summary>
    [Bytes]
    public IReadOnlyDictionary<string, string>? BinaryData { get; init; }

    /// <summary>Once true, neither data nor this can change.</summary>
    public bool? Immutable { get; init; }
}
