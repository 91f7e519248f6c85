using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Fairway.Cel.Cases;
using Fairway.Cel.Messages;

namespace Fairway.Cel.Tests.Conformance;

/// <summary>One published case, written over into the JSON form of <c>fairway cel eval --json-lines</c>.</summary>
internal sealed record PublishedCase(string File, string Section, string Name, string Line, JsonNode? Expected, string? ExpectedType, bool ExpectsError)
{
    public static IEnumerable<PublishedCase> ReadAll(string directory, MessageTypes types)
    {
        foreach (string path in Directory.EnumerateFiles(directory, "*.textproto").Order(StringComparer.Ordinal))
        {
            TextProto file = TextProto.Parse(System.IO.File.ReadAllText(path));
            foreach (TextProto section in file.Messages("section"))
            {
                foreach (TextProto test in section.Messages("test"))
                {
                    yield return Read(types, Path.GetFileNameWithoutExtension(path), section.Text("name")!, test);
                }
            }
        }
    }

    private static PublishedCase Read(MessageTypes types, string file, string section, TextProto test)
    {
        var line = new JsonObject { ["name"] = $"{file}/{section}/{test.Text("name")}", ["expr"] = test.Text("expr") };
        foreach (string flag in new[] { "disable_check", "disable_macros", "check_only" })
        {
            if (test.Text(flag) == "true")
            {
                line[flag] = true;
            }
        }

        if (test.Text("container") is { } container)
        {
            line["container"] = container;
        }

        if (test.Has("type_env"))
        {
            line["type_env"] = new JsonArray([.. test.Messages("type_env").Select(declaration => Declaration(declaration))]);
        }

        var bindings = new JsonObject();
        foreach (TextProto binding in test.Messages("bindings"))
        {
            bindings[binding.Text("key")!] = binding.Message("value")!.Message("value") is { } bound ? Value(types, bound) : new JsonObject { ["type"] = "error", ["value"] = "bound error" };
        }

        line["bindings"] = bindings;
        TextProto? typed = test.Message("typed_result");
        TextProto? value = test.Message("value") ?? typed?.Message("result");
        bool fails = test.Has("eval_error") || test.Has("any_eval_errors");
        JsonNode? expected = value is not null ? Value(types, value) : fails || typed is not null ? null : new JsonObject { ["type"] = "bool", ["value"] = true };
        string? type = typed?.Message("deduced_type") is { } deduced ? Type(deduced) : null;
        return new PublishedCase(file, section, test.Text("name")!, line.ToJsonString(), expected, type, fails);
    }

    private static JsonNode Declaration(TextProto declaration)
    {
        var node = new JsonObject { ["name"] = declaration.Text("name") };
        if (declaration.Message("ident") is { } ident)
        {
            node["ident"] = Type(ident.Message("type")!);
        }
        else
        {
            node["function"] = new JsonArray(
            [
                .. declaration.Message("function")!.Messages("overloads").Select(overload => new JsonObject
                {
                    ["id"] = overload.Text("overload_id"),
                    ["params"] = new JsonArray([.. overload.Messages("params").Select(parameter => (JsonNode)Type(parameter))]),
                    ["result"] = Type(overload.Message("result_type")!),
                    ["member"] = overload.Text("is_instance_function") == "true",
                }),
            ]);
        }

        return node;
    }

    private static string Primitive(string name) => name switch { "INT64" => "int", "UINT64" => "uint", _ => name.ToLowerInvariant() };

    private static string Type(TextProto type)
    {
        (string kind, object value) = type.Fields[0];
        return kind switch
        {
            "primitive" => Primitive((string)value),
            "wrapper" => $"wrapper({Primitive((string)value)})",
            "null" => "null",
            "dyn" => "dyn",
            "well_known" => ((string)value).ToLowerInvariant(),
            "list_type" => $"list({Type(((TextProto)value).Message("elem_type")!)})",
            "map_type" => $"map({Type(((TextProto)value).Message("key_type")!)}, {Type(((TextProto)value).Message("value_type")!)})",
            "type" => ((TextProto)value).Fields.Count == 0 ? "type" : $"type({Type((TextProto)value)})",
            "abstract_type" => ((TextProto)value).Messages("parameter_types").Any()
                ? $"{((TextProto)value).Text("name")}({string.Join(", ", ((TextProto)value).Messages("parameter_types").Select(Type))})"
                : ((TextProto)value).Text("name")!,
            _ => Encoding.UTF8.GetString((byte[])value),
        };
    }

    private static JsonObject Tagged(string type, JsonNode? value) => new() { ["type"] = type, ["value"] = value };

    private static JsonNode Value(MessageTypes types, TextProto value)
    {
        (string kind, object content) = value.Fields[0];
        string text = content is byte[] bytes ? Encoding.UTF8.GetString(bytes) : content as string ?? "";
        return kind switch
        {
            "null_value" => Tagged("null", null),
            "bool_value" => Tagged("bool", text == "true"),
            "int64_value" => Tagged("int", Whole(text)),
            "uint64_value" => Tagged("uint", Whole(text)),
            "double_value" => Tagged("double", Number(text)),
            "string_value" => Tagged("string", text),
            "bytes_value" => Tagged("bytes", Convert.ToBase64String((byte[])content)),
            "type_value" => Tagged("type", text),
            "list_value" => Tagged("list", new JsonArray([.. ((TextProto)content).Messages("values").Select(item => Value(types, item))])),
            "map_value" => Tagged("map", new JsonArray([.. ((TextProto)content).Messages("entries").Select(entry => new JsonArray(Value(types, entry.Message("key")!), Value(types, entry.Message("value")!)))])),
            "enum_value" => Tagged("enum", new JsonObject { ["name"] = ((TextProto)content).Text("type"), ["value"] = int.Parse(((TextProto)content).Text("value") ?? "0", CultureInfo.InvariantCulture) }),
            "object_value" => Any(types, (TextProto)content) is var (name, message) ? Message(types, name, message) : Tagged("null", null),
            _ => throw new FormatException(kind),
        };
    }

    private static JsonNode Message(MessageTypes types, string name, TextProto message) => name switch
    {
        "google.protobuf.Timestamp" => Tagged("timestamp", TimeText.Format(long.Parse(message.Text("seconds") ?? "0", CultureInfo.InvariantCulture), int.Parse(message.Text("nanos") ?? "0", CultureInfo.InvariantCulture))),
        "google.protobuf.Duration" => Tagged("duration", TimeText.FormatDuration(((Int128)long.Parse(message.Text("seconds") ?? "0", CultureInfo.InvariantCulture) * 1_000_000_000) + long.Parse(message.Text("nanos") ?? "0", CultureInfo.InvariantCulture))),
        _ => new JsonObject { ["type"] = "message", ["name"] = name, ["value"] = Fields(types, name, message) },
    };

    private static string Whole(string text) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? Convert.ToUInt64(text, 16).ToString(CultureInfo.InvariantCulture)
        : text.StartsWith("-0x", StringComparison.OrdinalIgnoreCase) ? "-" + Convert.ToUInt64(text[1..], 16).ToString(CultureInfo.InvariantCulture) : text;

    private static JsonNode Number(string text) => text.ToLowerInvariant() switch
    {
        "inf" or "infinity" => "Infinity",
        "-inf" or "-infinity" => "-Infinity",
        "nan" => "NaN",
        var number => double.Parse(number.TrimEnd('f'), CultureInfo.InvariantCulture),
    };

    private static (string Name, TextProto Message) Any(MessageTypes types, TextProto any)
    {
        _ = types;
        (string key, object value) = any.Fields[0];
        return (key[(key.LastIndexOf('/') + 1)..^1], (TextProto)value);
    }

    /// <summary>The JSON mapping of a message, by its descriptor where that matters.</summary>
    private static JsonObject Fields(MessageTypes types, string name, TextProto message)
    {
        var node = new JsonObject();
        IEnumerable<MessageField> known = types.Find(name)?.Fields ?? (types.FindType(name) is WellKnownType ? WellKnownType.Shape(name) : []);
        foreach (IGrouping<string, (string Name, object Value)> group in message.Fields.GroupBy(field => field.Name))
        {
            if (name == "google.protobuf.Any" && group.Key.StartsWith('['))
            {
                (string inner, TextProto content) = Any(types, message);
                JsonObject packed = Fields(types, inner, content);
                packed.Insert(0, "@type", "type.googleapis.com/" + inner);
                if (WellKnown.IsKnown(inner))
                {
                    JsonObject fields = Fields(types, inner, content);
                    packed = new JsonObject { ["@type"] = "type.googleapis.com/" + inner, ["value"] = fields };
                }

                return packed;
            }

            MessageField? field = known.FirstOrDefault(each => each.Name == group.Key.Trim('[', ']') || each.Name == group.Key.ToLowerInvariant());
            JsonNode?[] items = [.. group.Select(each => Scalar(types, field, each.Value))];
            node[field?.Name is { } proper && !group.Key.StartsWith('[') ? proper : group.Key] = field is { Repeated: true } or { MapKey: not null } || items.Length > 1 ? new JsonArray(items) : items[0];
        }

        return node;
    }

    private static JsonNode? Scalar(MessageTypes types, MessageField? field, object value)
    {
        if (field?.MapKey is { } key && value is TextProto entry)
        {
            return new JsonObject
            {
                ["key"] = entry.One("key") is { } written ? Scalar(types, field with { MapKey = null, Type = key }, written) : null,
                ["value"] = entry.One("value") is { } item ? Scalar(types, field with { MapKey = null }, item) : null,
            };
        }

        return value switch
        {
            TextProto message => Fields(types, field?.Type.TypeName ?? "", message),
            byte[] bytes => field?.Type.Kind == FieldKind.Bytes ? Convert.ToBase64String(bytes) : Encoding.UTF8.GetString(bytes),
            string text when field?.Type.Kind is FieldKind.Float or FieldKind.Double => Number(text),
            string text when text is "true" or "false" => text == "true",
            string text => Whole(text),
            _ => null,
        };
    }
}
