using System.Globalization;

namespace Fairway.Cel.Messages;

/// <summary>A pool of message and enum types that refer to one another, with the well-known types.</summary>
public sealed class MessageTypes
{
    private readonly Dictionary<string, CelStructType> _messages = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, int>> _enums = new(StringComparer.Ordinal);

    /// <param name="strongEnums">Enum values are of their enum's own type rather than ints.</param>
    public MessageTypes(bool strongEnums = false)
    {
        StrongEnums = strongEnums;
        foreach (string name in WellKnown.Names)
        {
            _messages[name] = new WellKnownType(name, this);
        }

        _enums[WellKnown.NullValue] = new(StringComparer.Ordinal) { ["NULL_VALUE"] = 0 };
        Add("google.protobuf.FieldMask", "paths 1 repeated string");
        Add("google.protobuf.Empty", "");
    }

    public bool StrongEnums { get; }

    public IEnumerable<CelStructType> All => _messages.Values;

    internal MessageType? Find(string name) => _messages.GetValueOrDefault(name) as MessageType;

    internal IReadOnlyDictionary<string, int>? FindEnum(string name) => _enums.GetValueOrDefault(name);

    public CelStructType? FindType(string name) => _messages.GetValueOrDefault(name);

    /// <summary>
    /// Adds a message from lines of <c>name number [optional|implicit|repeated|oneof GROUP] type [= default]</c>, where a type is
    /// a scalar of protobuf, a full name (<c>enum NAME</c> for enums), or <c>map KEY VALUE</c>.
    /// </summary>
    public void Add(string name, string fields)
        => _messages[name] = new MessageType(name, this, [.. fields.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(ReadField)]);

    /// <summary>Adds an enum with its values' names and numbers.</summary>
    public void AddEnum(string name, IReadOnlyDictionary<string, int> values) => _enums[name] = new(values, StringComparer.Ordinal);

    /// <summary>Adds the enum's values as constants (<c>Name.VALUE</c>) to an environment that has these types.</summary>
    public CelEnvironment AddTo(CelEnvironment environment)
    {
        var constants = new Dictionary<string, CelValue>(StringComparer.Ordinal);
        var functions = new List<CelFunction>();
        foreach ((string name, Dictionary<string, int> values) in _enums)
        {
            foreach ((string value, int number) in values)
            {
                constants[$"{name}.{value}"] = name == WellKnown.NullValue ? CelValue.Null : EnumValue(name, number);
            }

            if (StrongEnums && name != WellKnown.NullValue)
            {
                CelType type = CelType.Opaque(name);
                constants[name] = CelValue.Of(type);
                functions.Add(EnumConversion(name, type, values));
                functions.Add(new CelFunction("int", CelOverload.Of($"{name}_to_int", type, CelType.Int, value => CelValue.Of((long)value.EnumValue.Number))));
            }
        }

        return environment.WithTypes(All).WithConstants(constants).WithFunctions(functions);
    }

    private static CelFunction EnumConversion(string name, CelType type, Dictionary<string, int> values) => new(
        name,
        CelOverload.Of($"int_to_{name}", CelType.Int, type, value => value.IntValue is < int.MinValue or > int.MaxValue
            ? CelValue.Fail($"integer overflow: {value.IntValue} is out of the range of enum {name}")
            : CelValue.EnumOf(name, (int)value.IntValue)),
        CelOverload.Of($"string_to_{name}", CelType.String, type, value => values.TryGetValue(value.StringValue, out int number)
            ? CelValue.EnumOf(name, number)
            : CelValue.Fail($"invalid enum name: {value.StringValue} is no value of {name}")));

    internal CelValue EnumValue(string name, int number) => StrongEnums ? CelValue.EnumOf(name, number) : CelValue.Of((long)number);

    private static MessageField ReadField(string line)
    {
        string[] sides = line.Split(" = ", 2);
        var words = new Queue<string>(sides[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        string name = words.Dequeue();
        int number = int.Parse(words.Dequeue(), CultureInfo.InvariantCulture);
        bool repeated = false;
        bool isImplicit = false;
        string oneOf = "";
        switch (words.Peek())
        {
            case "repeated":
                words.Dequeue();
                repeated = true;
                break;
            case "implicit":
                words.Dequeue();
                isImplicit = true;
                break;
            case "optional":
                words.Dequeue();
                break;
            case "oneof":
                words.Dequeue();
                oneOf = words.Dequeue();
                break;
        }

        FieldValueType? key = null;
        if (words.Peek() == "map")
        {
            words.Dequeue();
            key = ReadType(words);
        }

        FieldValueType type = ReadType(words);
        bool presence = key is null && !repeated && (!isImplicit || type.Kind is FieldKind.Message or FieldKind.Group);
        CelValue? @default = sides.Length == 2 ? ReadDefault(type, sides[1]) : null;
        return new MessageField(name, number, type, repeated, key, presence, @default, oneOf);
    }

    private static FieldValueType ReadType(Queue<string> words)
    {
        string word = words.Dequeue();
        if (word is "enum")
        {
            return new FieldValueType(FieldKind.Enum, words.Dequeue());
        }

        if (word is "group")
        {
            return new FieldValueType(FieldKind.Group, words.Dequeue());
        }

        return Enum.TryParse(word, ignoreCase: true, out FieldKind kind) && kind < FieldKind.Enum ? new FieldValueType(kind) : new FieldValueType(FieldKind.Message, word);
    }

    private static CelValue ReadDefault(FieldValueType type, string text) => type.Kind switch
    {
        FieldKind.Bool => CelValue.Of(text == "true"),
        FieldKind.String => CelValue.Of(text),
        FieldKind.Bytes => CelValue.Of(System.Text.Encoding.UTF8.GetBytes(text)),
        FieldKind.Float or FieldKind.Double => CelValue.Of(double.Parse(text, CultureInfo.InvariantCulture)),
        FieldKind.Uint32 or FieldKind.Uint64 or FieldKind.Fixed32 or FieldKind.Fixed64 => CelValue.Of(ulong.Parse(text, CultureInfo.InvariantCulture)),
        _ => CelValue.Of(long.Parse(text, CultureInfo.InvariantCulture)),
    };
}
