using System.Collections.Frozen;

namespace Fairway.Cel.Messages;

/// <summary>A message type made of its descriptor.</summary>
internal sealed class MessageType : CelStructType
{
    private readonly FrozenDictionary<string, MessageField> _fields;

    public MessageType(string name, MessageTypes types, IReadOnlyList<MessageField> fields)
    {
        Name = name;
        Types = types;
        Fields = fields;
        _fields = fields.ToFrozenDictionary(field => field.Name, StringComparer.Ordinal);
        ByNumber = fields.ToFrozenDictionary(field => field.Number);
    }

    public override string Name { get; }

    public MessageTypes Types { get; }

    public IReadOnlyList<MessageField> Fields { get; }

    public FrozenDictionary<int, MessageField> ByNumber { get; }

    public override IEnumerable<string> FieldNames => Fields.Select(each => each.Name);

    public MessageField? Field(string name) => _fields.GetValueOrDefault(name);

    public override CelType? FieldType(string field) => Field(field)?.CelType(Types);

    public override CelValue Construct(IReadOnlyList<KeyValuePair<string, CelValue>> fields)
    {
        var values = new Dictionary<string, CelValue>(StringComparer.Ordinal);
        foreach ((string name, CelValue value) in fields)
        {
            if (Field(name) is not { } field)
            {
                return CelValue.Fail($"no such field: {name} in {Name}");
            }

            CelValue? stored = FieldConversion.Store(Types, field, value);
            if (stored is { IsError: true })
            {
                return stored.Value;
            }

            if (stored is { } kept)
            {
                Set(values, field, kept);
            }
        }

        return CelValue.Of(new DynamicMessage(this, values));
    }

    /// <summary>Sets a field; the others of its group are unset, and a default without presence is not kept.</summary>
    public void Set(Dictionary<string, CelValue> values, MessageField field, CelValue value)
    {
        if (field.OneOf.Length > 0)
        {
            foreach (MessageField other in Fields)
            {
                if (other.OneOf == field.OneOf)
                {
                    values.Remove(other.Name);
                }
            }
        }

        if (!field.HasPresence && value.Equals(FieldConversion.Default(Types, field)) && !IsNegativeZero(value))
        {
            values.Remove(field.Name);
            return;
        }

        values[field.Name] = value;
    }

    private static bool IsNegativeZero(CelValue value) => value.Kind == CelKind.Double && value.DoubleValue == 0 && double.IsNegative(value.DoubleValue);
}

/// <summary>A message: the fields that are set, as values of the language.</summary>
internal sealed class DynamicMessage(MessageType type, Dictionary<string, CelValue> values) : CelStruct, IJsonWritable
{
    public override MessageType Type => type;

    public override bool IsEmpty => values.Count == 0;

    public IReadOnlyDictionary<string, CelValue> Values => values;

    public override CelValue Get(string field)
    {
        if (values.TryGetValue(field, out CelValue value))
        {
            return value;
        }

        return type.Field(field) is { } known ? FieldConversion.Default(type.Types, known) : CelValue.Fail($"no such field '{field}'");
    }

    public override bool? Has(string field) => values.ContainsKey(field) ? true : type.Field(field) is null ? null : false;

    public override bool IsEqualTo(CelStruct other)
    {
        if (other is not DynamicMessage message || message.Type.Name != type.Name || message.Values.Count != values.Count)
        {
            return false;
        }

        foreach ((string name, CelValue value) in values)
        {
            if (!message.Values.TryGetValue(name, out CelValue theirs) || !CelEquality.AreEqual(value, theirs))
            {
                return false;
            }
        }

        return true;
    }

    public System.Text.Json.Nodes.JsonNode? ToNode(int depth) => MessageJson.Write(this, depth);
}
