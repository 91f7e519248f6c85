using System.Text;

namespace Fairway.Cel;

/// <summary>Types of the language for data with a schema: the type itself, and the object types that it is made of.</summary>
public sealed class CelSchemaTypes
{
    private static readonly HashSet<string> Reserved =
    [
        "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if",
        "import", "let", "loop", "package", "namespace", "return", "var", "void", "while",
    ];

    private readonly List<CelStructType> _types = [];

    private readonly bool _isDeclared;

    private CelSchemaTypes(string name, CelSchema schema, bool isRoot, bool isDeclared)
    {
        _isDeclared = isDeclared;
        Type = Declare(name, isRoot ? schema.WithObjectMetadata() : schema, 0) ?? CelType.Dyn;
    }

    public CelType Type { get; }

    public IReadOnlyList<CelStructType> StructTypes => _types;

    /// <summary>The type of data with the schema, its object types named from <paramref name="name"/> down.</summary>
    public static CelSchemaTypes Of(string name, CelSchema schema, bool isRoot) => new(name, schema, isRoot, isDeclared: false);

    /// <summary>
    /// The same for a type that the server declares by hand: its fields have their plain names, reserved words too
    /// (<c>request.namespace</c>).
    /// </summary>
    public static CelSchemaTypes Declared(string name, CelSchema schema) => new(name, schema, isRoot: false, isDeclared: true);

    private CelType? Declare(string name, CelSchema schema, int depth)
    {
        if (schema.IntOrString || depth > 64)
        {
            return CelType.Dyn;
        }

        schema = schema.EmbeddedResource ? schema.WithObjectMetadata() : schema;
        switch (schema.Type)
        {
            case "array":
                return schema.Items is { } items && Declare(name + ".@idx", items, depth + 1) is { } element ? CelType.ListOf(element) : null;
            case "object" when schema.AdditionalProperties is { } values:
                return Declare(name + ".@elem", values, depth + 1) is { } value ? CelType.MapOf(CelType.String, value) : null;
            case "object":
                return DeclareObject(name, schema, depth);
            case "string":
                return schema.Format switch
                {
                    "byte" => CelType.Bytes,
                    "duration" => CelType.Duration,
                    "date" or "date-time" => CelType.Timestamp,
                    _ => CelType.String,
                };
            case "boolean":
                return CelType.Bool;
            case "number":
                return CelType.Double;
            case "integer":
                return CelType.Int;
            default:
                return null;
        }
    }

    private CelType DeclareObject(string name, CelSchema schema, int depth)
    {
        var fields = new Dictionary<string, CelType>(StringComparer.Ordinal);
        foreach ((string property, CelSchema each) in schema.Properties)
        {
            if ((_isDeclared ? property : Escape(property)) is { } field && Declare($"{name}.{field}", each, depth + 1) is { } type)
            {
                fields[field] = type;
            }
        }

        _types.Add(new SchemaStructType(name, fields));
        return CelType.Message(name);
    }

    /// <summary>A property's name as an identifier (<c>a-b</c> is <c>a__dash__b</c>), or null when it has none.</summary>
    public static string? Escape(string property)
    {
        if (property.Length == 0 || !(char.IsAsciiLetter(property[0]) || property[0] is '_' or '.' or '-' or '/'))
        {
            return null;
        }

        if (Reserved.Contains(property))
        {
            return $"__{property}__";
        }

        var text = new StringBuilder(property.Length);
        for (int i = 0; i < property.Length; i++)
        {
            char c = property[i];
            switch (c)
            {
                case '.': text.Append("__dot__"); break;
                case '-': text.Append("__dash__"); break;
                case '/': text.Append("__slash__"); break;
                case '_' when i + 1 < property.Length && property[i + 1] == '_':
                    text.Append("__underscores__");
                    i++;
                    break;
                default:
                    if (!char.IsAsciiLetterOrDigit(c) && c != '_')
                    {
                        return null;
                    }

                    text.Append(c);
                    break;
            }
        }

        return text.ToString();
    }

    /// <summary>The property that an identifier stands for.</summary>
    public static string Unescape(string field)
    {
        if (!field.Contains("__", StringComparison.Ordinal))
        {
            return field;
        }

        if (field.Length > 4 && field.StartsWith("__", StringComparison.Ordinal) && field.EndsWith("__", StringComparison.Ordinal) && Reserved.Contains(field[2..^2]))
        {
            return field[2..^2];
        }

        return field.Replace("__dot__", ".", StringComparison.Ordinal)
            .Replace("__dash__", "-", StringComparison.Ordinal)
            .Replace("__slash__", "/", StringComparison.Ordinal)
            .Replace("__underscores__", "__", StringComparison.Ordinal);
    }

    private sealed class SchemaStructType(string name, Dictionary<string, CelType> fields) : CelStructType
    {
        public override string Name => name;

        public override IEnumerable<string> FieldNames => fields.Keys;

        public override bool CanConstruct => false;

        public override CelType? FieldType(string field) => fields.GetValueOrDefault(field);

        public override CelValue Construct(IReadOnlyList<KeyValuePair<string, CelValue>> fields) => CelValue.Fail($"values of '{name}' cannot be constructed");
    }
}
