using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Tables;

/// <summary>Columns that a record declares with <see cref="ColumnAttribute"/>, as custom resources have them.</summary>
internal static class DeclaredColumns
{
    public static TableColumn[] Of(KindDefinition kind)
    {
        if (kind.Columns.Count == 0)
        {
            return [TableColumn.Name_, TableColumn.Age];
        }

        return [TableColumn.Name_, .. kind.Columns.Select(Column)];
    }

    private static TableColumn Column(ColumnAttribute declared)
    {
        string[] steps = Steps(declared.JsonPath);
        return new TableColumn(
            declared.Name,
            declared.Type,
            "",
            declared.Priority,
            declared.Description.Length > 0 ? declared.Description : declared.Name,
            (target, now) => Cell(target, steps, declared.Type, now));
    }

    private static JsonNode? Cell(JsonObject target, string[] steps, string type, DateTimeOffset now)
    {
        JsonNode?[] found = [.. Select(target, steps, 0).Where(node => node is not null)];
        if (found.Length == 0)
        {
            return null;
        }

        if (type == "date")
        {
            return HumanDuration.Since(KubeJson.AsString(found[0]), now);
        }

        if (type is "integer" or "number" or "boolean" && found.Length == 1)
        {
            return found[0]!.DeepClone();
        }

        return string.Join(',', found.Select(node => KubeJson.AsString(node) ?? node!.ToJsonString(KubeJson.Options)));
    }

    private static IEnumerable<JsonNode?> Select(JsonNode? node, string[] steps, int at)
    {
        if (at == steps.Length)
        {
            return [node];
        }

        return steps[at] == "*"
            ? node is JsonArray items ? items.SelectMany(item => Select(item, steps, at + 1)) : []
            : node is JsonArray list && int.TryParse(steps[at], out int index) ? index < list.Count ? Select(list[index], steps, at + 1) : []
            : node is JsonObject members && members[steps[at]] is { } member ? Select(member, steps, at + 1)
            : [];
    }

    /// <summary><c>.spec.metrics[*].name</c> as its steps.</summary>
    private static string[] Steps(string path)
        => path.Replace("[", ".", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal).Replace("'", "", StringComparison.Ordinal).Split('.', StringSplitOptions.RemoveEmptyEntries);
}
