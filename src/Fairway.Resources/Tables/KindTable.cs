using System.Text.Json.Nodes;

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
    /// <summary>The table of some objects of a kind.</summary>
    /// <param name="kind">Whose columns.</param>
    /// <param name="objects">The rows, in order.</param>
    /// <param name="resourceVersion">The list's version; null for a single object or a watch event.</param>
    /// <param name="continue">The token of the next page, or null.</param>
    /// <param name="include">What each row's <c>object</c> is.</param>
    /// <param name="now">What ages count from.</param>
    /// <param name="withColumns">False for all but the first event of a watch.</param>
    /// <returns>The Table as a document.</returns>
    public static JsonObject Write(
        KindDefinition kind,
        IEnumerable<Document> objects,
        string? resourceVersion,
        string? @continue,
        IncludeObject include,
        DateTimeOffset now,
        bool withColumns = true)
        => new() { ["kind"] = "Table", ["apiVersion"] = "meta.k8s.io/v1", ["metadata"] = new JsonObject(), ["columnDefinitions"] = new JsonArray(), ["rows"] = new JsonArray() };
}
