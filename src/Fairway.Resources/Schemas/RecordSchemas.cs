using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Fairway.Resources.Schemas;

/// <summary>Makes schemas from records and the attributes of <c>KindAttributes.cs</c>, each type once, on first use.</summary>
public static class RecordSchemas
{
    private static readonly ConcurrentDictionary<Type, ResourceSchema> ByType = new();

    /// <summary>Members that Kubernetes' own types always write, even empty, so that nobody owns their bare existence.</summary>
    private static readonly HashSet<string> PlainStructs = ["metadata", "spec", "status", "template", "strategy", "updateStrategy", "jobTemplate", "containers"];

    /// <summary>Kubernetes' structures that have one owner as a whole (<c>+structType=atomic</c>), but for a volume's claim.</summary>
    private static readonly HashSet<string> AtomicTypes =
    [
        "ObjectReference", "LocalObjectReference", "TypedLocalObjectReference", "SecretReference", "NodeSelector", "NodeSelectorTerm", "TopologySelectorTerm",
        "ObjectFieldSelector", "ResourceFieldSelector", "ScopeSelector", "KeySelector", "LabelSelectorSpec", "OwnerReference",
        "EndpointAddress", "EndpointPort", "EndpointSubsetPort", "ServiceBackendPort", "RoleRef", "Subject",
    ];

    private static readonly HashSet<string> MultiStrategy = ["volumes"];

    /// <summary>The schema of a record; cached.</summary>
    public static ResourceSchema Of(Type record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return ByType.GetOrAdd(record, Make);
    }

    /// <summary>The schema of a kind; cached.</summary>
    public static ResourceSchema Of(KindDefinition kind)
    {
        ArgumentNullException.ThrowIfNull(kind);
        return kind.Schema;
    }

    private static ResourceSchema Make(Type type)
    {
        Type plain = System.Nullable.GetUnderlyingType(type) ?? type;
        return Scalar(plain) ?? Collection(plain) ?? Record(plain);
    }

    private static ResourceSchema? Scalar(Type type)
    {
        if (type == typeof(string) || type == typeof(char) || type.IsEnum)
        {
            return new ResourceSchema { Type = SchemaType.String };
        }

        if (type == typeof(int) || type == typeof(short) || type == typeof(byte))
        {
            return new ResourceSchema { Type = SchemaType.Integer, Format = "int32" };
        }

        if (type == typeof(long) || type == typeof(uint))
        {
            return new ResourceSchema { Type = SchemaType.Integer, Format = "int64" };
        }

        if (type == typeof(double) || type == typeof(float) || type == typeof(decimal))
        {
            return new ResourceSchema { Type = SchemaType.Number, Format = "double" };
        }

        if (type == typeof(bool))
        {
            return new ResourceSchema { Type = SchemaType.Boolean };
        }

        if (type == typeof(DateTimeOffset) || type == typeof(DateTime))
        {
            return new ResourceSchema { Type = SchemaType.String, Format = "date-time" };
        }

        return type == typeof(IntOrString) ? new ResourceSchema { Type = SchemaType.IntOrString }
            : type == typeof(Quantity) ? new ResourceSchema { Type = SchemaType.Quantity }
            : type == typeof(byte[]) || type == typeof(ReadOnlyMemory<byte>) ? new ResourceSchema { Type = SchemaType.String, Format = "byte" }
            : type == typeof(JsonElement) || type == typeof(JsonNode) || type == typeof(object) ? ResourceSchema.FreeForm
            : type == typeof(JsonObject) ? ResourceSchema.FreeForm with { Type = SchemaType.Object }
            : null;
    }

    private static ResourceSchema? Collection(Type type)
    {
        if (Arguments(type, typeof(IReadOnlyDictionary<,>)) is { } pair)
        {
            return new ResourceSchema { Type = SchemaType.Object, Values = Of(pair[1]) };
        }

        return Arguments(type, typeof(IEnumerable<>)) is { } item
            ? new ResourceSchema { Type = SchemaType.Array, Items = Of(item[0]) }
            : null;
    }

    private static Type[]? Arguments(Type type, Type generic)
    {
        IEnumerable<Type> candidates = type.IsInterface ? type.GetInterfaces().Prepend(type) : type.GetInterfaces();
        return candidates.FirstOrDefault(each => each.IsGenericType && each.GetGenericTypeDefinition() == generic)?.GetGenericArguments();
    }

    private static ResourceSchema Record(Type type)
    {
        bool preserve = type.IsDefined(typeof(FreeFormAttribute)) || Properties(type).Any(property => property.IsDefined(typeof(JsonExtensionDataAttribute)));
        return new ResourceSchema
        {
            Type = SchemaType.Object,
            PreserveUnknown = preserve,
            Shape = new SchemaShape(SchemaNames.Of(type), type.Name, () => Members(type), () => RecordDocumentation.OfType(type)),
        };
    }

    private static ShapeMembers Members(Type type)
    {
        var members = new List<KeyValuePair<string, ResourceSchema>>();
        var required = new List<string>();
        foreach (PropertyInfo property in Properties(type))
        {
            if (property.IsDefined(typeof(JsonExtensionDataAttribute)))
            {
                continue;
            }

            string name = property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            members.Add(new(name, Member(type, property, name)));
            if (property.IsDefined(typeof(RequiredMemberAttribute)))
            {
                required.Add(name);
            }
        }

        return new ShapeMembers(members, required);
    }

    private static IEnumerable<PropertyInfo> Properties(Type type)
        => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetIndexParameters().Length == 0
                && property.Name != "EqualityContract"
                && property.GetCustomAttribute<JsonIgnoreAttribute>() is not { Condition: JsonIgnoreCondition.Always });

    private static ResourceSchema Member(Type owner, PropertyInfo property, string name)
    {
        ResourceSchema schema = Of(property.PropertyType) with { DescribedBy = () => RecordDocumentation.OfProperty(property) };
        schema = Sharing(schema, property, name);
        schema = Limits(schema, property);
        schema = !property.IsDefined(typeof(BytesAttribute)) ? schema
            : schema.Values is { } values ? schema with { Values = values with { Format = "byte" } }
            : schema with { Format = "byte" };
        schema = SchemaNames.IsFairway(owner) || name == "claimRef" ? schema : Atomic(schema);
        bool freeForm = property.IsDefined(typeof(FreeFormAttribute));
        return schema with
        {
            Shape = freeForm ? null : schema.Shape,
            PreserveUnknown = schema.PreserveUnknown || freeForm,
            Values = freeForm ? null : schema.Values,
            DefaultJson = property.GetCustomAttribute<DefaultAttribute>()?.Json,
            IsMicroTime = property.GetCustomAttribute<JsonConverterAttribute>()?.ConverterType == typeof(MicroTimeConverter),
            Immutable = property.IsDefined(typeof(ImmutableAttribute)),
            AlwaysPresent = name == "metadata" || (PlainStructs.Contains(name) && !SchemaNames.IsFairway(owner)),
        };
    }

    private static ResourceSchema Atomic(ResourceSchema schema)
        => schema.Shape is { } shape && AtomicTypes.Contains(shape.TypeName) ? schema with { AtomicMap = true }
            : schema.Items is { Shape: { } item } items && AtomicTypes.Contains(item.TypeName) ? schema with { Items = items with { AtomicMap = true } }
            : schema;

    private static ResourceSchema Sharing(ResourceSchema schema, PropertyInfo property, string name)
    {
        if (property.GetCustomAttribute<ListMapAttribute>() is { } map)
        {
            schema = schema with
            {
                Sharing = ListSharing.Map,
                ListMapKeys = map.Keys,
                PatchMergeKey = map.MergeKey ?? map.Keys[0],
                PatchStrategy = MultiStrategy.Contains(name) ? "merge,retainKeys" : "merge",
            };
        }

        if (property.IsDefined(typeof(ListSetAttribute)))
        {
            schema = schema with { Sharing = ListSharing.Set, PatchStrategy = "merge" };
        }

        if (property.GetCustomAttribute<MergeKeyAttribute>() is { } key)
        {
            schema = schema with { PatchMergeKey = key.Key, PatchStrategy = "merge" };
        }

        return property.IsDefined(typeof(AtomicAttribute)) && schema.Type == SchemaType.Object ? schema with { AtomicMap = true }
            : schema.Type == SchemaType.Object && name is "strategy" ? schema with { PatchStrategy = "retainKeys" }
            : schema;
    }

    private static ResourceSchema Limits(ResourceSchema schema, PropertyInfo property)
    {
        schema = schema with
        {
            Enum = property.GetCustomAttribute<OneOfAttribute>()?.Values ?? [],
            Pattern = property.GetCustomAttribute<PatternAttribute>()?.Regex,
        };
        return property.GetCustomAttribute<BoundsAttribute>() is not { } bounds ? schema : schema with
        {
            Minimum = double.IsNaN(bounds.Minimum) ? null : bounds.Minimum,
            Maximum = double.IsNaN(bounds.Maximum) ? null : bounds.Maximum,
            MinLength = bounds.MinLength < 0 ? null : bounds.MinLength,
            MaxLength = bounds.MaxLength < 0 ? null : bounds.MaxLength,
            MinItems = bounds.MinItems < 0 ? null : bounds.MinItems,
            MaxItems = bounds.MaxItems < 0 ? null : bounds.MaxItems,
        };
    }
}
