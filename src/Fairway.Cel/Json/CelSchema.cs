namespace Fairway.Cel;

/// <summary>The shape of JSON data, as far as types of the language follow from it: a structural schema of OpenAPI v3.</summary>
public sealed record CelSchema
{
    /// <summary>object, array, string, integer, number or boolean; empty when any.</summary>
    public string Type { get; init; } = "";

    /// <summary>For strings: byte, date, date-time and duration become bytes, timestamps and durations.</summary>
    public string Format { get; init; } = "";

    public IReadOnlyDictionary<string, CelSchema> Properties { get; init; } = new Dictionary<string, CelSchema>();

    /// <summary>The type of a map's values; null when the object is no map.</summary>
    public CelSchema? AdditionalProperties { get; init; }

    public CelSchema? Items { get; init; }

    public bool IntOrString { get; init; }

    /// <summary>An object with apiVersion, kind and metadata of its own.</summary>
    public bool EmbeddedResource { get; init; }

    /// <summary>atomic, set or map; sets and maps are equal without regard to order, and adding merges.</summary>
    public string ListType { get; init; } = "";

    public IReadOnlyList<string> ListMapKeys { get; init; } = [];

    /// <summary>Bounds for the estimate of costs: characters, elements or entries.</summary>
    public long? MaxSize { get; init; }

    /// <summary>Properties that must be there.</summary>
    public IReadOnlyList<string> Required { get; init; } = [];

    /// <summary>It is filled in when it is missing.</summary>
    public bool HasDefault { get; init; }

    /// <summary>The bytes of the longest text allowed, where only some are.</summary>
    public long? LongestEnum { get; init; }

    /// <summary>What every object of the API has: its type, and the parts of its metadata that rules may read.</summary>
    public static CelSchema ObjectMetadata { get; } = new()
    {
        Type = "object",
        Properties = new Dictionary<string, CelSchema>(StringComparer.Ordinal)
        {
            ["name"] = new() { Type = "string" },
            ["generateName"] = new() { Type = "string" },
        },
    };

    /// <summary>The schema with apiVersion, kind and metadata added.</summary>
    public CelSchema WithObjectMetadata()
    {
        var properties = new Dictionary<string, CelSchema>(Properties, StringComparer.Ordinal)
        {
            ["apiVersion"] = new() { Type = "string" },
            ["kind"] = new() { Type = "string" },
            ["metadata"] = ObjectMetadata,
        };
        return this with { Type = "object", Properties = properties, EmbeddedResource = false };
    }
}
