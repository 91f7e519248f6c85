namespace Fairway.Cel.Costs;

/// <summary>
/// How large data with a schema may be: the most elements of each part, and the fewest bytes that it can be written in, from which the
/// most elements of what holds it follow. Figures are those of kube-apiserver, which takes 3 MiB for the largest request.
/// </summary>
internal sealed class SizedType
{
    /// <summary>The largest request, in bytes.</summary>
    public const long LargestRequest = 3 * 1024 * 1024;

    private SizedType(long minBytes, long maxElements = 0)
    {
        MinBytes = minBytes;
        MaxElements = maxElements;
    }

    public long MinBytes { get; private init; }

    public long MaxElements { get; }

    private Dictionary<string, SizedType>? Fields { get; init; }

    private SizedType? Key { get; init; }

    private SizedType? Element { get; init; }

    /// <summary>The sizes of a schema; null when expressions cannot see it.</summary>
    public static SizedType? Of(CelSchema schema, int depth = 0)
    {
        if (schema.IntOrString || depth > 64)
        {
            return new SizedType(1, schema.MaxSize is { } most ? Math.Max(0, most) * 4 : LargestRequest - 2);
        }

        return schema.Type switch
        {
            "array" when schema.Items is { } items => OfList(schema, items, depth),
            "object" when schema.AdditionalProperties is { } values => OfMap(schema, values, depth),
            "object" => OfObject(schema.EmbeddedResource ? schema.WithObjectMetadata() : schema, depth),
            "string" => OfText(schema),
            "boolean" => new SizedType(4),
            "number" or "integer" => new SizedType(1),
            _ => null,
        };
    }

    /// <summary>What is at a path, or null.</summary>
    public SizedType? At(string step) => step switch
    {
        "@items" or "@values" => Element,
        "@keys" => Key,
        _ => Fields?.GetValueOrDefault(step),
    };

    /// <summary>How often data of this type can be in one object.</summary>
    public ulong MaxCardinality => (ulong)(LargestRequest / (MinBytes + 1));

    private static SizedType? OfList(CelSchema schema, CelSchema items, int depth)
        => Of(items, depth + 1) is { } item
            ? new SizedType(2, schema.MaxSize is { } most ? Math.Max(0, most) : (LargestRequest - 2) / (item.MinBytes + 1)) { Element = item }
            : null;

    private static SizedType? OfMap(CelSchema schema, CelSchema values, int depth)
        => Of(values, depth + 1) is { } value
            ? new SizedType(2, schema.MaxSize is { } most ? Math.Max(0, most) : (LargestRequest - 2) / (value.MinBytes + 6)) { Key = new SizedType(2), Element = value }
            : null;

    private static SizedType OfObject(CelSchema schema, int depth)
    {
        var fields = new Dictionary<string, SizedType>(StringComparer.Ordinal);
        long bytes = 2;
        foreach ((string name, CelSchema property) in schema.Properties)
        {
            if (Of(property, depth + 1) is not { } type)
            {
                continue;
            }

            if (CelSchemaTypes.Escape(name) is { } field)
            {
                fields[field] = type;
            }

            if (!property.HasDefault && schema.Required.Contains(name))
            {
                bytes += System.Text.Encoding.UTF8.GetByteCount(name) + type.MinBytes + 4;
            }
        }

        return new SizedType(bytes) { Fields = fields };
    }

    private static SizedType OfText(CelSchema schema) => schema.Format switch
    {
        "byte" => new SizedType(2, schema.MaxSize is { } most ? Math.Max(0, most) : LargestRequest - 2),
        "duration" => new SizedType(3, 32),
        "date" => new SizedType(12, 12),
        "date-time" => new SizedType(21, 32),
        _ => new SizedType(2, schema.MaxSize is { } most ? Math.Max(0, most) * 4 : schema.LongestEnum ?? LargestRequest - 2),
    };
}
