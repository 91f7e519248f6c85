using System.Buffers.Binary;
using System.Text;

namespace Fairway.Cel.Messages;

/// <summary>Messages packed into Any: their wire form read by their descriptors.</summary>
internal static class AnyValue
{
    private const int MaxDepth = 100;

    public static CelValue Unpack(MessageTypes types, string typeUrl, ReadOnlyMemory<byte> data)
    {
        string name = typeUrl[(typeUrl.LastIndexOf('/') + 1)..];
        if (name.Length == 0)
        {
            return CelValue.Fail("conversion error: got Any with empty type-url");
        }

        try
        {
            return Decode(types, name, data.Span, 0);
        }
        catch (FormatException failure)
        {
            return CelValue.Fail($"conversion error: {failure.Message}");
        }
    }

    private static CelValue Decode(MessageTypes types, string name, ReadOnlySpan<byte> data, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new FormatException("message nests too deeply");
        }

        if (types.Find(name) is { } message)
        {
            var values = new Dictionary<string, CelValue>(StringComparer.Ordinal);
            var lists = new Dictionary<MessageField, List<CelValue>>();
            var maps = new Dictionary<MessageField, Dictionary<CelValue, CelValue>>();
            var reader = new WireReader(data);
            while (reader.Next(out int number, out int wireType))
            {
                if (!message.ByNumber.TryGetValue(number, out MessageField? field))
                {
                    reader.Skip(wireType);
                    continue;
                }

                if (field.MapKey is not null)
                {
                    AddEntry(types, field, reader.Bytes(), maps, depth);
                }
                else if (field.Repeated)
                {
                    AddItems(types, field, ref reader, wireType, lists, depth);
                }
                else
                {
                    message.Set(values, field, ReadOne(types, field.Type, ref reader, depth));
                }
            }

            foreach ((MessageField field, List<CelValue> items) in lists)
            {
                values[field.Name] = CelValue.Of(items);
            }

            foreach ((MessageField field, Dictionary<CelValue, CelValue> entries) in maps)
            {
                values[field.Name] = CelValue.Of(new HashMap(entries));
            }

            return CelValue.Of(new DynamicMessage(message, values));
        }

        return WellKnown.IsKnown(name) ? DecodeKnown(types, name, data, depth) : throw new FormatException($"unknown type: '{name}'");
    }

    private static void AddItems(MessageTypes types, MessageField field, ref WireReader reader, int wireType, Dictionary<MessageField, List<CelValue>> lists, int depth)
    {
        if (!lists.TryGetValue(field, out List<CelValue>? items))
        {
            lists[field] = items = [];
        }

        bool packable = field.Type.Kind is not (FieldKind.String or FieldKind.Bytes or FieldKind.Message or FieldKind.Group);
        if (wireType != 2 || !packable)
        {
            items.Add(ReadOne(types, field.Type, ref reader, depth));
            return;
        }

        var packed = new WireReader(reader.Bytes());
        while (!packed.AtEnd)
        {
            items.Add(ReadOne(types, field.Type, ref packed, depth));
        }
    }

    private static void AddEntry(MessageTypes types, MessageField field, ReadOnlySpan<byte> data, Dictionary<MessageField, Dictionary<CelValue, CelValue>> maps, int depth)
    {
        if (!maps.TryGetValue(field, out Dictionary<CelValue, CelValue>? entries))
        {
            maps[field] = entries = new Dictionary<CelValue, CelValue>(MapKeyComparer.Instance);
        }

        var key = new MessageField("key", 1, field.MapKey!, false, null, false);
        var value = new MessageField("value", 2, field.Type, false, null, false);
        CelValue readKey = FieldConversion.Default(types, key);
        CelValue readValue = FieldConversion.Default(types, value);
        var reader = new WireReader(data);
        while (reader.Next(out int number, out int wireType))
        {
            switch (number)
            {
                case 1:
                    readKey = ReadOne(types, key.Type, ref reader, depth);
                    break;
                case 2:
                    readValue = ReadOne(types, value.Type, ref reader, depth);
                    break;
                default:
                    reader.Skip(wireType);
                    break;
            }
        }

        entries[readKey] = readValue;
    }

    private static CelValue ReadOne(MessageTypes types, FieldValueType type, ref WireReader reader, int depth)
    {
        switch (type.Kind)
        {
            case FieldKind.Int32:
                return CelValue.Of((long)(int)reader.Varint());
            case FieldKind.Int64:
                return CelValue.Of((long)reader.Varint());
            case FieldKind.Sint32 or FieldKind.Sint64:
                ulong zigzag = reader.Varint();
                return CelValue.Of((long)(zigzag >> 1) ^ -(long)(zigzag & 1));
            case FieldKind.Uint32 or FieldKind.Uint64:
                return CelValue.Of(reader.Varint());
            case FieldKind.Fixed32:
                return CelValue.Of((ulong)reader.Fixed32());
            case FieldKind.Sfixed32:
                return CelValue.Of((long)(int)reader.Fixed32());
            case FieldKind.Fixed64:
                return CelValue.Of(reader.Fixed64());
            case FieldKind.Sfixed64:
                return CelValue.Of((long)reader.Fixed64());
            case FieldKind.Float:
                return CelValue.Of((double)BitConverter.UInt32BitsToSingle(reader.Fixed32()));
            case FieldKind.Double:
                return CelValue.Of(BitConverter.UInt64BitsToDouble(reader.Fixed64()));
            case FieldKind.Bool:
                return CelValue.Of(reader.Varint() != 0);
            case FieldKind.Enum:
                int number = (int)reader.Varint();
                return type.TypeName == WellKnown.NullValue ? CelValue.Null : types.EnumValue(type.TypeName, number);
            case FieldKind.String:
                return CelValue.Of(Encoding.UTF8.GetString(reader.Bytes()));
            case FieldKind.Bytes:
                return CelValue.Of(reader.Bytes().ToArray());
            case FieldKind.Group:
                throw new FormatException("groups are not read");
            default:
                return Decode(types, type.TypeName, reader.Bytes(), depth + 1);
        }
    }

    private static CelValue DecodeKnown(MessageTypes types, string name, ReadOnlySpan<byte> data, int depth)
    {
        CelStructType type = types.FindType(name)!;
        var fields = new List<KeyValuePair<string, CelValue>>();
        var inner = new MessageType(name, types, [.. WellKnownType.Shape(name)]);
        var reader = new WireReader(data);
        var lists = new Dictionary<MessageField, List<CelValue>>();
        var maps = new Dictionary<MessageField, Dictionary<CelValue, CelValue>>();
        while (reader.Next(out int number, out int wireType))
        {
            if (!inner.ByNumber.TryGetValue(number, out MessageField? field))
            {
                reader.Skip(wireType);
            }
            else if (field.MapKey is not null)
            {
                AddEntry(types, field, reader.Bytes(), maps, depth);
            }
            else if (field.Repeated)
            {
                AddItems(types, field, ref reader, wireType, lists, depth);
            }
            else
            {
                fields.Add(KeyValuePair.Create(field.Name, ReadOne(types, field.Type, ref reader, depth)));
            }
        }

        fields.AddRange(lists.Select(list => KeyValuePair.Create(list.Key.Name, CelValue.Of(list.Value))));
        fields.AddRange(maps.Select(map => KeyValuePair.Create(map.Key.Name, CelValue.Of(new HashMap(map.Value)))));
        CelValue made = type.Construct(fields);
        return made.IsError && name == WellKnown.Any ? CelValue.Of(new DynamicMessage(inner, fields.ToDictionary(StringComparer.Ordinal))) : made;
    }

    private ref struct WireReader(ReadOnlySpan<byte> data)
    {
        private readonly ReadOnlySpan<byte> _data = data;
        private int _at;

        public readonly bool AtEnd => _at >= _data.Length;

        public bool Next(out int number, out int wireType)
        {
            number = wireType = 0;
            if (AtEnd)
            {
                return false;
            }

            ulong tag = Varint();
            number = (int)(tag >> 3);
            wireType = (int)(tag & 7);
            return true;
        }

        public ulong Varint()
        {
            ulong value = 0;
            for (int shift = 0; shift < 70; shift += 7)
            {
                if (AtEnd)
                {
                    break;
                }

                byte b = _data[_at++];
                value |= shift > 63 ? 0 : (ulong)(b & 0x7f) << shift;
                if (b < 0x80)
                {
                    return value;
                }
            }

            throw new FormatException("unexpected end of a number");
        }

        public uint Fixed32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

        public ulong Fixed64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

        public ReadOnlySpan<byte> Bytes()
        {
            ulong length = Varint();
            return length > (ulong)(_data.Length - _at) ? throw new FormatException("unexpected end of bytes") : Take((int)length);
        }

        private ReadOnlySpan<byte> Take(int count)
        {
            if (_data.Length - _at < count)
            {
                throw new FormatException("unexpected end of message");
            }

            _at += count;
            return _data.Slice(_at - count, count);
        }

        public void Skip(int wireType)
        {
            switch (wireType)
            {
                case 0: Varint(); break;
                case 1: Take(8); break;
                case 2: Bytes(); break;
                case 5: Take(4); break;
                default: throw new FormatException($"wire type {wireType} is not read");
            }
        }
    }
}
