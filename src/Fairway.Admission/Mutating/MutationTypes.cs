using System.Text.Json.Nodes;
using Fairway.Cel;

namespace Fairway.Admission.Evaluation;

/// <summary>The types that mutations construct: <c>Object{spec: Object.spec{replicas: 1}}</c> and <c>JSONPatch{op: "add", path: "/a", value: 1}</c>.</summary>
internal static class MutationTypes
{
    private const string Root = "Object";
    private const string PatchName = "JSONPatch";

    public static CelStructType Patch { get; } = new PatchType();

    /// <summary>What a configuration expression gives.</summary>
    public static CelType Configuration { get; } = CelType.Message(Root);

    /// <summary>What a patch expression gives.</summary>
    public static CelType PatchList { get; } = CelType.ListOf(CelType.Message(PatchName));

    /// <summary>Every name below Object is a type of any fields.</summary>
    public static CelStructType? Find(string name)
        => name == Root || name.StartsWith($"{Root}.", StringComparison.Ordinal) ? new ConfigurationType(name) : null;

    /// <summary>A constructed value as JSON.</summary>
    /// <param name="value">Of any type.</param>
    /// <param name="mismatches">Gets a sentence for each type that does not fit the field it is in.</param>
    /// <param name="path">The type name that the place calls for; null where any will do.</param>
    public static JsonNode? ToNode(CelValue value, ICollection<string> mismatches, string? path)
    {
        switch (value.Kind)
        {
            case CelKind.Struct when value.StructValue is Constructed constructed:
                string name = constructed.Type.Name;
                if (path is not null && path != name)
                {
                    mismatches.Add($"unexpected type name \"{name}\", expected \"{path}\", which matches field name path from root Object type");
                }

                var node = new JsonObject();
                foreach ((string field, CelValue held) in constructed.Fields)
                {
                    string plain = CelSchemaTypes.Unescape(field);
                    node[plain] = ToNode(held, mismatches, name == PatchName ? (held.Kind == CelKind.Struct ? held.StructValue.Type.Name : null) : $"{path ?? name}.{field}");
                }

                return node;
            case CelKind.List:
                CelList list = value.ListValue;
                return new JsonArray([.. Enumerable.Range(0, list.Count).Select(i => ToNode(list[i], mismatches, path))]);
            case CelKind.Map:
                var map = new JsonObject();
                foreach (CelValue key in value.MapValue.Keys)
                {
                    value.MapValue.TryGet(key, out CelValue held);
                    map[key.Kind == CelKind.String ? key.StringValue : key.ToString()] = ToNode(held, mismatches, path);
                }

                return map;
            default:
                return CelJson.ToNode(value);
        }
    }

    private sealed class PatchType : CelStructType
    {
        public override string Name => PatchName;

        public override IEnumerable<string> FieldNames => ["op", "path", "from", "value"];

        public override CelType? FieldType(string field) => field switch
        {
            "op" or "path" or "from" => CelType.String,
            "value" => CelType.Dyn,
            _ => null,
        };

        public override CelValue Construct(IReadOnlyList<KeyValuePair<string, CelValue>> fields)
        {
            foreach ((string name, CelValue value) in fields)
            {
                if (name != "value" && value.Kind != CelKind.String)
                {
                    return CelValue.Fail($"unexpected type {value.Type} for JSONPatchType '{name}' field");
                }
            }

            return CelValue.Of(new Constructed(this, fields));
        }
    }

    private sealed class ConfigurationType(string name) : CelStructType
    {
        public override string Name => name;

        public override IEnumerable<string> FieldNames => [];

        public override CelType? FieldType(string field) => CelType.Dyn;

        public override CelValue Construct(IReadOnlyList<KeyValuePair<string, CelValue>> fields) => CelValue.Of(new Constructed(this, fields));
    }

    private sealed class Constructed(CelStructType type, IReadOnlyList<KeyValuePair<string, CelValue>> fields) : CelStruct
    {
        public IReadOnlyList<KeyValuePair<string, CelValue>> Fields => fields;

        public override CelStructType Type => type;

        public override bool IsEmpty => fields.Count == 0;

        public override CelValue Get(string field)
        {
            foreach ((string name, CelValue value) in fields)
            {
                if (name == field)
                {
                    return value;
                }
            }

            return CelValue.Fail($"no such key: {field}");
        }

        public override bool? Has(string field) => fields.Any(one => one.Key == field);

        public override bool IsEqualTo(CelStruct other)
            => other is Constructed same && same.Type.Name == type.Name && same.Fields.Count == fields.Count
                && fields.All(one => same.Has(one.Key) == true && one.Value.Equals(same.Get(one.Key)));
    }
}
