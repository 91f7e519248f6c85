using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Values of built-in kinds as Go prints its memory (<c>%#v</c>), which is how Kubernetes shows structures in error messages.</summary>
internal static class GoValue
{
    /// <summary><c>v1.LabelSelector{MatchLabels:map[string]string{"a":"b"}, MatchExpressions:[]v1.LabelSelectorRequirement(nil)}</c>.</summary>
    public static string Selector(JsonNode? selector)
    {
        string expressions = selector.Array("matchExpressions") is { } list
            ? $"[]v1.LabelSelectorRequirement{{{string.Join(", ", list.Select(Requirement))}}}"
            : "[]v1.LabelSelectorRequirement(nil)";
        return $"v1.LabelSelector{{MatchLabels:{StringMap(selector.Object("matchLabels"))}, MatchExpressions:{expressions}}}";
    }

    public static string StringMap(JsonObject? map) => map is null
        ? "map[string]string(nil)"
        : $"map[string]string{{{string.Join(", ", map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{KubeJson.Quote(pair.Key)}:{Text(pair.Value)}"))}}}";

    /// <summary>A list of strings, or of a type made of strings.</summary>
    public static string Strings(JsonArray? list, string type = "string")
        => list is null ? $"[]{type}(nil)" : $"[]{type}{{{string.Join(", ", list.Select(Text))}}}";

    public static string Numbers(JsonArray? list, string type)
        => list is null ? $"[]{type}(nil)" : $"[]{type}{{{string.Join(", ", list.Select(each => KubeJson.AsLong(each) ?? 0))}}}";

    /// <summary>A member that is a string; the empty one where it is absent.</summary>
    public static string Text(JsonNode? owner, string member) => KubeJson.Quote(owner.Text(member) ?? "");

    /// <summary>A number or a text.</summary>
    public static string IntOrString(JsonNode? value) => KubeJson.AsString(value) is { } text
        ? $"intstr.IntOrString{{Type:1, IntVal:0, StrVal:{KubeJson.Quote(text)}}}"
        : $"intstr.IntOrString{{Type:0, IntVal:{KubeJson.AsLong(value) ?? 0}, StrVal:\"\"}}";

    /// <summary>A pointer to something: where it points is nobody's business, but that it points somewhere is told.</summary>
    public static string Pointer(JsonNode? value, string type) => value is null ? $"({type})(nil)" : $"({type})(0xc000000000)";

    private static string Requirement(JsonNode? requirement)
        => $"v1.LabelSelectorRequirement{{Key:{Text(requirement, "key")}, Operator:{Text(requirement, "operator")}, Values:{Strings(requirement.Array("values"))}}}";

    private static string Text(JsonNode? value) => KubeJson.Quote(KubeJson.AsString(value) ?? "");
}
