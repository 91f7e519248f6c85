namespace Fairway.Resources.Kinds.Core;

/// <summary>Secret holds small confidential data.</summary>
[Kind("v1", "secrets")]
[FieldSelector("type")]
public sealed record Secret : IResource
{
    public string ApiVersion => "v1";

    public string Kind => "Secret";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>Bytes by key, in base64.</summary>
    [Bytes]
    public IReadOnlyDictionary<string, string>? Data { get; init; }

    /// <summary>Write only: texts that are merged into data.</summary>
    public IReadOnlyDictionary<string, string>? StringData { get; init; }

    /// <summary>What the keys mean: <c>Opaque</c>, <c>kubernetes.io/tls</c>, …</summary>
    [Default("\"Opaque\"")]
    [Immutable]
    public string? Type { get; init; }

    /// <summary>Once true, neither data nor this can change.</summary>
    public bool? Immutable { get; init; }

    /// <summary>Never shows values.</summary>
    public override string ToString() => $"Secret {Metadata.Namespace}/{Metadata.Name}";
}
