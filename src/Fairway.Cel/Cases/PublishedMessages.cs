using System.Globalization;
using System.Text;
using Fairway.Cel.Messages;

namespace Fairway.Cel.Cases;

/// <summary>
/// The message types that the language's published conformance cases are written in: their field names, numbers and types,
/// as facts in a table, for cel.expr.conformance.proto2 and .proto3.
/// </summary>
public static class PublishedMessages
{
    private static readonly string[] Scalars = ["int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "sfixed32", "sfixed64", "float", "double", "bool", "string", "bytes"];
    private static readonly string[] Defaults = ["-32", "-64", "32", "64", "", "", "", "", "", "", "3.0", "6.4", "true", "empty", "none"];

    private static readonly (string Suffix, string Type)[] WellKnownFields =
    [
        ("any", "google.protobuf.Any"), ("duration", "google.protobuf.Duration"), ("timestamp", "google.protobuf.Timestamp"), ("struct", "google.protobuf.Struct"),
        ("value", "google.protobuf.Value"), ("int64_wrapper", "google.protobuf.Int64Value"), ("int32_wrapper", "google.protobuf.Int32Value"),
        ("double_wrapper", "google.protobuf.DoubleValue"), ("float_wrapper", "google.protobuf.FloatValue"), ("uint64_wrapper", "google.protobuf.UInt64Value"),
        ("uint32_wrapper", "google.protobuf.UInt32Value"), ("string_wrapper", "google.protobuf.StringValue"), ("bool_wrapper", "google.protobuf.BoolValue"),
        ("bytes_wrapper", "google.protobuf.BytesValue"),
    ];

    private static readonly string[] FormerKeywords =
    [
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package", "namespace", "return", "var", "void", "while",
    ];

    /// <summary>First numbers of the maps' fields for each type of keys: plain values, times and null, well-known values.</summary>
    private static readonly (string Key, int[] Plain, int Times, int Known)[] Maps =
    [
        ("bool", [63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73], 228, 246),
        ("int32", [74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84], 231, 259),
        ("int64", [85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95], 234, 272),
        ("uint32", [96, 97, 98, 99, 200, 201, 202, 203, 204, 205, 206], 237, 285),
        ("uint64", [207, 208, 209, 210, 211, 212, 213, 214, 215, 216, 217], 240, 298),
        ("string", [218, 61, 219, 220, 221, 222, 223, 224, 225, 226, 227], 243, 311),
    ];

    private static readonly string[] MapPlain = ["bool", "string", "bytes", "int32", "int64", "uint32", "uint64", "float", "double", "enum", "message"];

    private static readonly string[] MapKnown = ["any", "struct", "value", "list_value", "int64_wrapper", "int32_wrapper", "double_wrapper", "float_wrapper", "uint64_wrapper", "uint32_wrapper", "string_wrapper", "bool_wrapper", "bytes_wrapper"];

    /// <summary>The well-known types and those of the conformance cases.</summary>
    public static MessageTypes Create(bool strongEnums)
    {
        var types = new MessageTypes(strongEnums);
        foreach (bool proto2 in new[] { true, false })
        {
            string package = "cel.expr.conformance.proto" + (proto2 ? "2" : "3");
            types.Add($"{package}.TestAllTypes", TestAllTypes(package, proto2));
            types.Add($"{package}.TestAllTypes.NestedMessage", proto2 ? "bb 1 optional int32" : "bb 1 implicit int32");
            types.Add($"{package}.NestedTestAllTypes", $"child 1 {package}.NestedTestAllTypes\npayload 2 {package}.TestAllTypes");
            types.AddEnum($"{package}.GlobalEnum", new Dictionary<string, int> { ["GOO"] = 0, ["GAR"] = 1, ["GAZ"] = 2 });
            types.AddEnum($"{package}.TestAllTypes.NestedEnum", new Dictionary<string, int> { ["FOO"] = 0, ["BAR"] = 1, ["BAZ"] = 2 });
            if (proto2)
            {
                types.Add($"{package}.TestRequired", "required_int32 1 optional int32");
                types.Add($"{package}.TestAllTypes.NestedGroup", "single_id 404 optional int32\nsingle_name 405 optional string");
            }
        }

        return types;
    }

    private static string TestAllTypes(string package, bool proto2)
    {
        string one = proto2 ? "optional" : "implicit";
        var text = new StringBuilder();
        void Line(string name, int number, string rest) => text.Append(CultureInfo.InvariantCulture, $"{name} {number} {rest}\n");
        for (int i = 0; i < Scalars.Length; i++)
        {
            Line("single_" + Scalars[i], i + 1, $"{one} {Scalars[i]}{(proto2 && Defaults[i].Length > 0 ? " = " + Defaults[i] : "")}");
            Line("repeated_" + Scalars[i], i + 31, $"repeated {Scalars[i]}");
        }

        if (!proto2)
        {
            Line("optional_bool", 16, "optional bool");
            Line("optional_string", 17, "optional string");
        }

        Line("in", 18, $"{one} bool");
        Line("single_nested_message", 21, $"oneof nested_type {package}.TestAllTypes.NestedMessage");
        Line("single_nested_enum", 22, $"oneof nested_type enum {package}.TestAllTypes.NestedEnum{(proto2 ? " = 1" : "")}");
        Line("standalone_message", 23, $"{package}.TestAllTypes.NestedMessage");
        Line("standalone_enum", 24, $"{one} enum {package}.TestAllTypes.NestedEnum");
        Line("repeated_nested_message", 51, $"repeated {package}.TestAllTypes.NestedMessage");
        Line("repeated_nested_enum", 52, $"repeated enum {package}.TestAllTypes.NestedEnum");
        Line("repeated_string_piece", 53, "repeated string");
        Line("repeated_cord", 54, "repeated string");
        Line("repeated_lazy_message", 55, $"repeated {package}.TestAllTypes.NestedMessage");
        for (int i = 0; i < WellKnownFields.Length; i++)
        {
            Line("single_" + WellKnownFields[i].Suffix, 100 + i, WellKnownFields[i].Type);
            Line("repeated_" + WellKnownFields[i].Suffix, 120 + i, "repeated " + WellKnownFields[i].Type);
        }

        Line("list_value", 114, "google.protobuf.ListValue");
        Line("null_value", 115, $"{one} enum google.protobuf.NullValue");
        Line("optional_null_value", 116, "optional enum google.protobuf.NullValue");
        Line("field_mask", 117, "google.protobuf.FieldMask");
        Line("empty", 118, "google.protobuf.Empty");
        Line("repeated_list_value", 134, "repeated google.protobuf.ListValue");
        Line("repeated_null_value", 135, "repeated enum google.protobuf.NullValue");
        AddMaps(package, Line);
        Line("oneof_type", 400, $"oneof kind {package}.NestedTestAllTypes");
        Line("oneof_msg", 401, $"oneof kind {package}.TestAllTypes.NestedMessage");
        Line("oneof_bool", 402, "oneof kind bool");
        for (int i = 0; i < FormerKeywords.Length; i++)
        {
            Line(FormerKeywords[i], 500 + i, $"{one} bool");
        }

        if (proto2)
        {
            AddExtensions(package, Line);
        }

        return text.ToString();
    }

    private static void AddMaps(string package, Action<string, int, string> line)
    {
        line("map_int64_nested_type", 62, $"map int64 {package}.NestedTestAllTypes");
        foreach ((string key, int[] plain, int times, int known) in Maps)
        {
            for (int i = 0; i < MapPlain.Length; i++)
            {
                string type = MapPlain[i] switch { "enum" => $"enum {package}.TestAllTypes.NestedEnum", "message" => $"{package}.TestAllTypes.NestedMessage", var scalar => scalar };
                line($"map_{key}_{MapPlain[i]}", plain[i], $"map {key} {type}");
            }

            line($"map_{key}_duration", times, $"map {key} google.protobuf.Duration");
            line($"map_{key}_timestamp", times + 1, $"map {key} google.protobuf.Timestamp");
            line($"map_{key}_null_value", times + 2, $"map {key} enum google.protobuf.NullValue");
            for (int i = 0; i < MapKnown.Length; i++)
            {
                string type = MapKnown[i] == "list_value" ? "google.protobuf.ListValue" : WellKnownFields.First(field => field.Suffix == MapKnown[i]).Type;
                line($"map_{key}_{MapKnown[i]}", known + i, $"map {key} {type}");
            }
        }
    }

    private static void AddExtensions(string package, Action<string, int, string> line)
    {
        string scope = $"{package}.Proto2ExtensionScopedMessage";
        line("nestedgroup", 403, $"group {package}.TestAllTypes.NestedGroup");
        line($"{package}.int32_ext", 1000, "optional int32");
        line($"{package}.nested_ext", 1001, $"{package}.TestAllTypes");
        line($"{package}.test_all_types_ext", 1002, $"{package}.TestAllTypes");
        line($"{package}.nested_enum_ext", 1003, $"optional enum {package}.TestAllTypes.NestedEnum");
        line($"{package}.repeated_test_all_types", 1004, $"repeated {package}.TestAllTypes");
        line($"{scope}.int64_ext", 1005, "optional int64");
        line($"{scope}.message_scoped_nested_ext", 1006, $"{package}.TestAllTypes");
        line($"{scope}.nested_enum_ext", 1007, $"optional enum {package}.TestAllTypes.NestedEnum");
        line($"{scope}.message_scoped_repeated_test_all_types", 1008, $"repeated {package}.TestAllTypes");
    }
}
