using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Tables;

namespace Fairway.ApiServer;

/// <summary>Objects in the shape that a client asked for: as they are, as table rows, or only their metadata.</summary>
internal sealed class Shapes(KindDefinition kind, Negotiated wanted, IncludeObject include, TimeProvider time, bool isOlderForm = false)
{
    public static IncludeObject Include(string? parameter) => parameter switch
    {
        null or "" or "Metadata" => IncludeObject.Metadata,
        "Object" => IncludeObject.Object,
        "None" => IncludeObject.None,
        _ => throw StatusException.BadRequest($"unrecognized includeObject value: {parameter}"),
    };

    public Document One(Document document, bool withColumns = true) => wanted.Shape switch
    {
        Shape.Table => Document.From(KindTable.Write(kind, [document], document.Header.ResourceVersion, null, include, time.GetUtcNow(), withColumns)),
        Shape.Metadata => Document.From(Metadata(document, "PartialObjectMetadata")),
        _ => isOlderForm ? OlderForms.Write(document) : document,
    };

    public Document Many(ListPage page) => wanted.Shape switch
    {
        Shape.Table => Document.From(Table(page)),
        Shape.Metadata => Document.From(MetadataList(page)),
        _ => Responses.List(kind, isOlderForm ? page with { Items = [.. page.Items.Select(OlderForms.Write)] } : page),
    };

    private static JsonObject Metadata(Document document, string name)
        => new() { ["kind"] = name, ["apiVersion"] = "meta.k8s.io/v1", ["metadata"] = document.ToNode()["metadata"]?.DeepClone() };

    private JsonObject Table(ListPage page)
    {
        JsonObject table = KindTable.Write(
            kind,
            page.Items,
            page.Revision.ToString(CultureInfo.InvariantCulture),
            page.Continue?.ToString(),
            include,
            time.GetUtcNow());
        if (page.Remaining is { } remaining)
        {
            SystemMetadata.Of(table)["remainingItemCount"] = remaining;
        }

        return table;
    }

    private static JsonObject MetadataList(ListPage page)
    {
        var metadata = new JsonObject { ["resourceVersion"] = page.Revision.ToString(CultureInfo.InvariantCulture) };
        if (page.Continue is { } next)
        {
            metadata["continue"] = next.ToString();
        }

        if (page.Remaining is { } remaining)
        {
            metadata["remainingItemCount"] = remaining;
        }

        return new JsonObject
        {
            ["kind"] = "PartialObjectMetadataList",
            ["apiVersion"] = "meta.k8s.io/v1",
            ["metadata"] = metadata,
            ["items"] = new JsonArray([.. page.Items.Select(item => (JsonNode)Metadata(item, "PartialObjectMetadata"))]),
        };
    }
}
