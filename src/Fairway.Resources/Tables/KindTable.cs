using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Fairway.Resources.CustomResources;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Tables;

/// <summary>What a row carries besides its cells (the <c>includeObject</c> query parameter).</summary>
public enum IncludeObject
{
    /// <summary>kind, apiVersion and metadata.</summary>
    Metadata,
    Object,
    None,
}

/// <summary>Writes meta.k8s.io/v1 Tables: what <c>kubectl get</c> shows.</summary>
public static class KindTable
{
    private static readonly ConcurrentDictionary<Type, TableColumn[]> Columns = new();
    private static readonly ConditionalWeakTable<CustomKind, TableColumn[]> CustomTables = [];

    /// <summary>Reads the <c>includeObject</c> query parameter; absent means metadata.</summary>
    /// <exception cref="StatusException">400: unknown value.</exception>
    public static IncludeObject ParseInclude(string? parameter) => parameter switch
    {
        null or "" or "Metadata" => IncludeObject.Metadata,
        "Object" => IncludeObject.Object,
        "None" => IncludeObject.None,
        _ => throw StatusException.BadRequest($"unrecognized includeObject value: {KubeJson.Quote(parameter)}"),
    };

    /// <summary>The table of some objects of a kind.</summary>
    /// <param name="kind">Whose columns.</param>
    /// <param name="objects">The rows, in order.</param>
    /// <param name="resourceVersion">The list's version; null for a single object or a watch event.</param>
    /// <param name="continue">The token of the next page, or null.</param>
    /// <param name="include">What each row's <c>object</c> is.</param>
    /// <param name="now">What ages count from.</param>
    /// <param name="withColumns">False for all but the first event of a watch.</param>
    /// <param name="tableVersion"><c>v1</c> or <c>v1beta1</c>.</param>
    /// <returns>The Table as a document.</returns>
    public static JsonObject Write(
        KindDefinition kind,
        IEnumerable<Document> objects,
        string? resourceVersion,
        string? @continue,
        IncludeObject include,
        DateTimeOffset now,
        bool withColumns = true,
        string tableVersion = "v1")
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(objects);
        TableColumn[] columns = ColumnsOf(kind);
        var rows = new JsonArray();
        string? last = null;
        foreach (Document document in objects)
        {
            rows.Add(Row(document, columns, include, now, tableVersion));
            last = document.Header.ResourceVersion;
        }

        var metadata = new JsonObject { ["resourceVersion"] = resourceVersion ?? last ?? "" };
        if (@continue is not null)
        {
            metadata["continue"] = @continue;
        }

        return new JsonObject
        {
            ["kind"] = "Table",
            ["apiVersion"] = $"meta.k8s.io/{tableVersion}",
            ["metadata"] = metadata,
            ["columnDefinitions"] = withColumns ? new JsonArray([.. columns.Select(column => (JsonNode)column.Definition())]) : null,
            ["rows"] = rows,
        };
    }

    /// <summary>The columns of a kind: computed ones where Kubernetes computes them, else those that the record declares.</summary>
    internal static TableColumn[] ColumnsOf(KindDefinition kind)
        => kind.Custom is { } custom
            ? CustomTables.GetValue(custom, static each => CustomColumns.Of(each))
            : Columns.GetOrAdd(kind.Record!, static (_, each) => BuiltInColumns.Of(each.Type) ?? DeclaredColumns.Of(each), kind);

    private static JsonObject Row(Document document, TableColumn[] columns, IncludeObject include, DateTimeOffset now, string tableVersion)
    {
        JsonObject target = document.ToNode();
        var cells = new JsonArray();
        foreach (TableColumn column in columns)
        {
            cells.Add(column.Cell(target, now));
        }

        return new JsonObject
        {
            ["cells"] = cells,
            ["object"] = include switch
            {
                IncludeObject.Object => target,
                IncludeObject.Metadata => Partial(target, tableVersion),
                _ => null,
            },
        };
    }

    /// <summary>The PartialObjectMetadata of an object.</summary>
    private static JsonObject Partial(JsonObject target, string version)
    {
        JsonNode? metadata = target["metadata"];
        target.Remove("metadata");
        return new JsonObject { ["kind"] = "PartialObjectMetadata", ["apiVersion"] = $"meta.k8s.io/{version}", ["metadata"] = metadata };
    }
}
