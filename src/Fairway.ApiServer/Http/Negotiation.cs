using Microsoft.Net.Http.Headers;

namespace Fairway.ApiServer;

internal enum BodyFormat
{
    Json,
    Yaml,
}

internal enum Shape
{
    /// <summary>The object or list as it is.</summary>
    Full,

    /// <summary>meta.k8s.io/v1 Table.</summary>
    Table,

    /// <summary>meta.k8s.io/v1 PartialObjectMetadata or its list.</summary>
    Metadata,
}

/// <summary>What a client takes, chosen from its Accept header.</summary>
/// <param name="Pretty">Indented, for people.</param>
internal readonly record struct Negotiated(BodyFormat Format, Shape Shape, bool Pretty)
{
    public string ContentType => Format == BodyFormat.Yaml ? "application/yaml" : "application/json";
}

/// <summary>Reads Accept headers as Kubernetes does: media types with <c>as</c>, <c>g</c> and <c>v</c> parameters, by quality.</summary>
internal static class Negotiation
{
    public const string Offered = "application/json, application/yaml";

    /// <summary>The best of what is accepted and can be given, or null.</summary>
    /// <param name="allowShapes">Tables and metadata make sense here.</param>
    public static Negotiated? Choose(IReadOnlyList<string> accept, bool allowShapes, bool pretty)
    {
        var header = string.Join(',', accept);
        if (string.IsNullOrWhiteSpace(header))
        {
            return new Negotiated(BodyFormat.Json, Shape.Full, pretty);
        }

        if (!MediaTypeHeaderValue.TryParseList([header], out IList<MediaTypeHeaderValue>? types))
        {
            return null;
        }

        foreach (MediaTypeHeaderValue type in types.OrderByDescending(type => type.Quality ?? 1))
        {
            if (FormatOf(type) is { } format && ShapeOf(type, allowShapes) is { } shape)
            {
                return new Negotiated(format, shape, pretty || Parameter(type, "pretty") == "1");
            }
        }

        return null;
    }

    /// <summary>The value of a parameter of a media type, unquoted; null when it is absent.</summary>
    public static string? Parameter(MediaTypeHeaderValue type, string name)
        => type.Parameters.FirstOrDefault(parameter => parameter.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.GetUnescapedValue().ToString();

    private static BodyFormat? FormatOf(MediaTypeHeaderValue type) => type.MediaType.ToString().ToLowerInvariant() switch
    {
        "application/json" or "application/*" or "*/*" => BodyFormat.Json,
        "application/yaml" => BodyFormat.Yaml,
        _ => null,
    };

    private static Shape? ShapeOf(MediaTypeHeaderValue type, bool allowShapes)
    {
        string? shape = Parameter(type, "as");
        if (shape is null)
        {
            return Shape.Full;
        }

        bool isMeta = allowShapes && Parameter(type, "g") == "meta.k8s.io" && Parameter(type, "v") is "v1" or "v1beta1";
        return shape switch
        {
            "Table" when isMeta => Shape.Table,
            "PartialObjectMetadata" or "PartialObjectMetadataList" when isMeta => Shape.Metadata,
            _ => null,
        };
    }
}
