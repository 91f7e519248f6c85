using System.Globalization;
using System.Text;

namespace Fairway.Cel;

/// <summary>Writes values the way the language writes literals; used in messages and traces.</summary>
internal static class CelValueText
{
    public static string Render(in CelValue value)
    {
        var text = new StringBuilder();
        Write(text, value, 0);
        return text.ToString();
    }

    private static void Write(StringBuilder text, in CelValue value, int depth)
    {
        if (depth > 16 || text.Length > 10_000)
        {
            text.Append('…');
            return;
        }

        switch (value.Kind)
        {
            case CelKind.Null:
                text.Append("null");
                break;
            case CelKind.Bool:
                text.Append(value.BoolValue ? "true" : "false");
                break;
            case CelKind.Int:
                text.Append(value.IntValue);
                break;
            case CelKind.Uint:
                text.Append(value.UintValue).Append('u');
                break;
            case CelKind.Double:
                text.Append(Numbers.DoubleLiteral(value.DoubleValue));
                break;
            case CelKind.String:
                Quoting.Append(text, value.StringValue);
                break;
            case CelKind.Bytes:
                Quoting.AppendBytes(text, value.BytesValue.Span);
                break;
            case CelKind.Timestamp:
                text.Append("timestamp(\"").Append(TimeText.Format(value.TimestampValue.Seconds, value.TimestampValue.Nanos)).Append("\")");
                break;
            case CelKind.Duration:
                text.Append("duration(\"").Append(TimeText.FormatDuration(value.DurationNanos)).Append("\")");
                break;
            case CelKind.List:
                WriteList(text, value.ListValue, depth);
                break;
            case CelKind.Map:
                WriteMap(text, value.MapValue, depth);
                break;
            case CelKind.Struct:
                WriteStruct(text, value.StructValue, depth);
                break;
            case CelKind.Type:
                text.Append(value.TypeValue.Name);
                break;
            case CelKind.Optional:
                WriteOptional(text, value, depth);
                break;
            case CelKind.Enum:
                text.Append(CultureInfo.InvariantCulture, $"{value.EnumValue.TypeName}({value.EnumValue.Number})");
                break;
            case CelKind.Opaque:
                text.Append(value.OpaqueValue);
                break;
            default:
                text.Append("<error: ").Append(value.Error!.Message).Append('>');
                break;
        }
    }

    private static void WriteList(StringBuilder text, CelList list, int depth)
    {
        text.Append('[');
        for (int i = 0; i < list.Count && text.Length <= 10_000; i++)
        {
            text.Append(i == 0 ? "" : ", ");
            Write(text, list[i], depth + 1);
        }

        text.Append(']');
    }

    private static void WriteMap(StringBuilder text, CelMap map, int depth)
    {
        text.Append('{');
        bool first = true;
        foreach (CelValue key in map.Keys)
        {
            text.Append(first ? "" : ", ");
            first = false;
            Write(text, key, depth + 1);
            text.Append(": ");
            map.TryGet(key, out CelValue value);
            Write(text, value, depth + 1);
            if (text.Length > 10_000)
            {
                break;
            }
        }

        text.Append('}');
    }

    private static void WriteStruct(StringBuilder text, CelStruct value, int depth)
    {
        text.Append(value.Type.Name).Append('{');
        bool first = true;
        foreach (string field in value.Type.FieldNames)
        {
            if (value.Has(field) == true)
            {
                text.Append(first ? "" : ", ").Append(field).Append(": ");
                first = false;
                Write(text, value.Get(field), depth + 1);
            }
        }

        text.Append('}');
    }

    private static void WriteOptional(StringBuilder text, in CelValue value, int depth)
    {
        if (value.OptionalValue is { } inner)
        {
            text.Append("optional.of(");
            Write(text, inner, depth + 1);
            text.Append(')');
        }
        else
        {
            text.Append("optional.none()");
        }
    }
}
