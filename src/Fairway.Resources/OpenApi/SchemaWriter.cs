using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.OpenApi;

/// <summary>The dialect that a schema is written in.</summary>
internal enum SchemaDialect
{
    /// <summary>Swagger 2: named types in <c>definitions</c>.</summary>
    V2,

    /// <summary>OpenAPI 3.0: named types in <c>components/schemas</c>.</summary>
    V3,

    /// <summary>A CRD's structural schema: everything in place.</summary>
    Structural,
}

/// <summary>Writes schemas as JSON and collects the named types that they need.</summary>
internal sealed class SchemaWriter(SchemaDialect dialect)
{
    private const string QuantityName = "io.k8s.apimachinery.pkg.api.resource.Quantity";

    private const string IntOrStringName = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";

    private const string TimeName = "io.k8s.apimachinery.pkg.apis.meta.v1.Time";

    private const string MicroTimeName = "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime";

    private readonly Queue<SchemaShape> _pending = new();

    // Of Kubernetes' own types clients are told the form only: what values are good is for the server to say.
    private bool _isKubernetes;

    /// <summary>Named types so far, by component name.</summary>
    public SortedDictionary<string, JsonObject?> Components { get; } = new(StringComparer.Ordinal);

    public string Prefix => dialect == SchemaDialect.V2 ? "#/definitions/" : "#/components/schemas/";

    /// <summary>Adds a named type and all that it needs.</summary>
    public void AddComponent(SchemaShape shape, JsonArray? groupVersionKinds = null)
    {
        JsonObject body = Shape(shape);
        if (groupVersionKinds is not null)
        {
            body["x-kubernetes-group-version-kind"] = groupVersionKinds;
        }

        Components[ComponentNames.Of(shape)] = body;
        while (_pending.TryDequeue(out SchemaShape? next))
        {
            if (Components.GetValueOrDefault(ComponentNames.Of(next)) is null)
            {
                Components[ComponentNames.Of(next)] = Shape(next);
            }
        }
    }

    public JsonObject Reference(string name) => new() { ["$ref"] = Prefix + name };

    /// <summary>A value's schema.</summary>
    public JsonObject Write(ResourceSchema schema)
    {
        JsonObject json = Body(schema);
        if (schema.DefaultJson is not null && !_isKubernetes)
        {
            json["default"] = schema.NewDefault();
        }

        AddLimits(json, schema);
        AddSharing(json, schema);
        return json;
    }

    private JsonObject Property(ResourceSchema schema)
    {
        JsonObject json = Write(schema);
        if (schema.Description is { Length: > 0 } description)
        {
            json["description"] = description;
        }

        return json;
    }

    private JsonObject Shape(SchemaShape shape)
    {
        bool before = _isKubernetes;
        _isKubernetes = dialect != SchemaDialect.Structural && ComponentNames.IsKubernetes(shape.Name);
        JsonObject json = Members(shape);
        _isKubernetes = before;
        return json;
    }

    private JsonObject Members(SchemaShape shape)
    {
        var properties = new JsonObject();
        foreach (string name in shape.Order.Order(StringComparer.Ordinal))
        {
            properties[name] = Property(shape.Properties[name]);
        }

        var json = new JsonObject { ["type"] = "object", ["properties"] = properties };
        if (shape.Description is { Length: > 0 } description)
        {
            json["description"] = description;
        }

        if (shape.Required.Any(name => !ComponentNames.IsOptional(shape, name)))
        {
            json["required"] = new JsonArray([.. shape.Required.Where(name => !ComponentNames.IsOptional(shape, name)).Order(StringComparer.Ordinal).Select(name => (JsonNode)name)]);
        }

        return json;
    }

    private JsonObject Body(ResourceSchema schema) => schema.Type switch
    {
        SchemaType.Object when schema.Shape is { } shape => Named(shape, schema),
        SchemaType.Object when schema.Values is { } values => new JsonObject { ["type"] = "object", ["additionalProperties"] = Write(values) },
        SchemaType.Object => FreeForm(new JsonObject { ["type"] = "object" }),
        SchemaType.Array => new JsonObject { ["type"] = "array", ["items"] = schema.Items is null ? new JsonObject() : Write(schema.Items) },
        SchemaType.Integer => Typed("integer", schema.Format),
        SchemaType.Number => Typed("number", schema.Format),
        SchemaType.Boolean => Typed("boolean", null),
        SchemaType.String when schema.Format == "date-time" && dialect != SchemaDialect.Structural => Time(schema.IsMicroTime ? MicroTimeName : TimeName),
        SchemaType.String => Typed("string", schema.Format),
        SchemaType.IntOrString => IntOrString(),
        SchemaType.Quantity => Amount(),
        _ => FreeForm([]),
    };

    private JsonObject Named(SchemaShape shape, ResourceSchema schema)
    {
        if (dialect == SchemaDialect.Structural || shape.Name is null)
        {
            JsonObject inline = Shape(shape);
            if (schema.PreserveUnknown)
            {
                inline["x-kubernetes-preserve-unknown-fields"] = true;
            }

            return inline;
        }

        string name = ComponentNames.Of(shape);
        if (Components.TryAdd(name, null))
        {
            _pending.Enqueue(shape);
        }

        return Named(name);
    }

    private JsonObject FreeForm(JsonObject json)
    {
        if (dialect == SchemaDialect.Structural || json.Count == 0)
        {
            json["x-kubernetes-preserve-unknown-fields"] = true;
        }

        return json;
    }

    private static JsonObject Typed(string type, string? format)
    {
        var json = new JsonObject { ["type"] = type };
        if (format is not null)
        {
            json["format"] = format;
        }

        return json;
    }

    private JsonObject IntOrString() => dialect == SchemaDialect.Structural
        ? new JsonObject
        {
            ["anyOf"] = new JsonArray(new JsonObject { ["type"] = "integer" }, new JsonObject { ["type"] = "string" }),
            ["x-kubernetes-int-or-string"] = true,
        }
        : Scalar(IntOrStringName, "IntOrString is a type that can hold an int32 or a string.", "integer");

    private JsonObject Amount() => dialect == SchemaDialect.Structural
        ? new JsonObject
        {
            ["anyOf"] = new JsonArray(new JsonObject { ["type"] = "integer" }, new JsonObject { ["type"] = "string" }),
            ["pattern"] = @"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$",
            ["x-kubernetes-int-or-string"] = true,
        }
        : Scalar(QuantityName, "Quantity is a fixed-point representation of a number, such as 250m, 64Mi or 1.5.", "number");

    private JsonObject Scalar(string name, string description, string alternative)
    {
        Components[name] = dialect == SchemaDialect.V2
            ? new JsonObject { ["description"] = description, ["type"] = "string", ["format"] = alternative == "integer" ? "int-or-string" : null }
            : new JsonObject
            {
                ["description"] = description,
                ["oneOf"] = new JsonArray(new JsonObject { ["type"] = alternative }, new JsonObject { ["type"] = "string" }),
            };
        if (Components[name]!["format"] is null)
        {
            Components[name]!.Remove("format");
        }

        return dialect == SchemaDialect.V2 ? Reference(name) : new JsonObject { ["allOf"] = new JsonArray(Reference(name)) };
    }

    private JsonObject Named(string name) => dialect == SchemaDialect.V2 ? Reference(name) : new JsonObject { ["allOf"] = new JsonArray(Reference(name)) };

    private JsonObject Time(string name)
    {
        Components[name] = new JsonObject
        {
            ["description"] = name == TimeName ? "A moment in RFC 3339, in whole seconds." : "A moment in RFC 3339, in microseconds.",
            ["type"] = "string",
            ["format"] = "date-time",
        };
        return Named(name);
    }

    private void AddLimits(JsonObject json, ResourceSchema schema)
    {
        if (schema.Enum.Count > 0)
        {
            IEnumerable<string> values = _isKubernetes ? schema.Enum.Order(StringComparer.Ordinal) : schema.Enum;
            json["enum"] = new JsonArray([.. values.Select(value => (JsonNode)value)]);
        }

        if (_isKubernetes)
        {
            return;
        }

        AddNumber(json, "minimum", schema.Minimum);
        AddNumber(json, "maximum", schema.Maximum);
        AddNumber(json, "minLength", schema.MinLength);
        AddNumber(json, "maxLength", schema.MaxLength);
        AddNumber(json, "minItems", schema.MinItems);
        AddNumber(json, "maxItems", schema.MaxItems);
        if (schema.Pattern is not null)
        {
            json["pattern"] = schema.Pattern;
        }

        if (schema.Nullable)
        {
            json["nullable"] = true;
        }
    }

    private void AddSharing(JsonObject json, ResourceSchema schema)
    {
        if (schema.Type == SchemaType.Array)
        {
            json["x-kubernetes-list-type"] = schema.Sharing.ToString().ToLower(CultureInfo.InvariantCulture);
        }

        if (schema.Sharing == ListSharing.Map)
        {
            json["x-kubernetes-list-map-keys"] = new JsonArray([.. schema.ListMapKeys.Select(key => (JsonNode)key)]);
        }

        if (schema.AtomicMap)
        {
            json["x-kubernetes-map-type"] = "atomic";
        }

        if (dialect != SchemaDialect.Structural && schema.PatchStrategy is not null)
        {
            json["x-kubernetes-patch-strategy"] = schema.PatchStrategy;
            if (schema.PatchMergeKey is not null)
            {
                json["x-kubernetes-patch-merge-key"] = schema.PatchMergeKey;
            }
        }

        if (dialect == SchemaDialect.Structural && schema.Immutable)
        {
            json["x-kubernetes-validations"] = new JsonArray(new JsonObject { ["rule"] = "self == oldSelf", ["message"] = "field is immutable" });
        }
    }

    private static void AddNumber(JsonObject json, string name, double? value)
    {
        if (value is { } number)
        {
            json[name] = number == Math.Floor(number) && Math.Abs(number) < 1e15 ? JsonValue.Create((long)number) : JsonValue.Create(number);
        }
    }
}
