using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Schemas;
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
        _ => throw StatusException.BadRequest(
            $"Unable to convert to Table as requested: includeObject: Invalid value: {KubeJson.Quote(parameter)}: must be 'Metadata', 'Object', 'None', or empty"),
    };

    public Document One(Document document, bool withColumns = true) => wanted.Shape switch
    {
        Shape.Table => Document.From(KindTable.Write(kind, [document], document.Header.ResourceVersion, null, include, time.GetUtcNow(), withColumns, wanted.ShapeVersion)),
        Shape.Metadata => Document.From(Metadata(document)),
        Shape.MetadataList => throw Refuse($"you requested PartialObjectMetadataList, but the requested object is not a list ({GoType("")})"),
        _ => isOlderForm ? OlderForms.Write(document) : document,
    };

    public Document Many(ListPage page) => wanted.Shape switch
    {
        Shape.Table => Document.From(Table(page)),
        Shape.MetadataList => Document.From(MetadataList(page)),
        Shape.Metadata => throw Refuse($"you requested PartialObjectMetadata, but the requested object is a list ({GoType("List")})"),
        _ => Responses.List(kind, isOlderForm ? page with { Items = [.. page.Items.Select(OlderForms.Write)] } : page),
    };

    /// <summary>One change of a watch: a list of metadata is told as single ones.</summary>
    public Document Change(Document document, bool withColumns)
    {
        if (!wanted.IsMetadata)
        {
            return One(document, withColumns);
        }

        JsonObject shown = Metadata(document);
        if (shown["metadata"]?["annotations"]?[Watches.Blueprint] is not null)
        {
            shown["metadata"]!["annotations"]![Watches.Blueprint] = Watches.EmptyList("PartialObjectMetadata", $"meta.k8s.io/{wanted.ShapeVersion}");
        }

        return Document.From(shown);
    }

    private static StatusException Refuse(string message) => new(406, "NotAcceptable", message);

    // The words of kube-apiserver name the type that an object is decoded to there.
    private string GoType(string suffix)
    {
        ResourceType type = kind.Type;
        string package = type.Group is "" or "events.k8s.io" ? "core" : type.Group.Split('.')[0];
        return kind.IsBuiltIn ? $"*{package}.{type.Kind}{suffix}" : $"*unstructured.Unstructured{suffix}";
    }

    private JsonObject Metadata(Document document)
        => new() { ["kind"] = "PartialObjectMetadata", ["apiVersion"] = $"meta.k8s.io/{wanted.ShapeVersion}", ["metadata"] = document.ToNode()["metadata"]?.DeepClone() };

    private JsonObject Table(ListPage page)
    {
        JsonObject table = KindTable.Write(
            kind,
            page.Items,
            page.Revision.ToString(CultureInfo.InvariantCulture),
            page.Continue?.ToString(),
            include,
            time.GetUtcNow(),
            tableVersion: wanted.ShapeVersion);
        if (page.Remaining is { } remaining)
        {
            SystemMetadata.Of(table)["remainingItemCount"] = remaining;
        }

        return table;
    }

    private JsonObject MetadataList(ListPage page)
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
            ["apiVersion"] = $"meta.k8s.io/{wanted.ShapeVersion}",
            ["metadata"] = metadata,
            ["items"] = new JsonArray([.. page.Items.Select(item => (JsonNode)Metadata(item))]),
        };
    }
}
