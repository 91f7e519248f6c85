using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Tables;

/// <summary>The columns of admission policies and their bindings.</summary>
internal static class PolicyCells
{
    private const string Unset = "<unset>";

    private static readonly TableColumn ParamKind = TableColumn.Text(
        "ParamKind", target => target["spec"].Object("paramKind") is { } kind ? $"{kind.Text("apiVersion")}/{kind.Text("kind")}" : Unset);

    public static readonly TableColumn[] Validating =
        [TableColumn.Name_, TableColumn.Number("Validations", target => target["spec"].Array("validations")?.Count ?? 0), ParamKind, TableColumn.Age];

    public static readonly TableColumn[] Mutating =
        [TableColumn.Name_, TableColumn.Number("Mutations", target => target["spec"].Array("mutations")?.Count ?? 0), ParamKind, TableColumn.Age];

    public static readonly TableColumn[] Binding =
    [
        TableColumn.Name_,
        TableColumn.Text("PolicyName", target => target["spec"].Text("policyName") ?? ""),
        TableColumn.Text("ParamRef", target => Reference(target["spec"].Object("paramRef"))),
        TableColumn.Age,
    ];

    // A name without a namespace may be in any.
    private static string Reference(JsonObject? reference)
    {
        if (reference.Text("name") is { Length: > 0 } name)
        {
            return $"{(reference.Text("namespace") is { Length: > 0 } own ? own : "*")}/{name}";
        }

        return reference.Object("selector") is { } selector ? Shown(selector) : Unset;
    }

    /// <summary>A selector as Go shows it.</summary>
    private static string Shown(JsonObject selector)
    {
        string labels = string.Concat((selector.Object("matchLabels") ?? []).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}: {pair.Value},"));
        string expressions = string.Concat((selector.Array("matchExpressions") ?? []).Select(one =>
            $"LabelSelectorRequirement{{Key:{one.Text("key")},Operator:{one.Text("operator")},Values:[{string.Join(' ', (one.Array("values") ?? []).Select(KubeJson.AsString))}],}},"));
        return $"&LabelSelector{{MatchLabels:map[string]string{{{labels}}},MatchExpressions:[]LabelSelectorRequirement{{{expressions}}},}}";
    }
}
