using Fairway.Resources;
using Fairway.Resources.Labels;
using Microsoft.AspNetCore.Http;

namespace Fairway.ApiServer;

/// <summary>Reads of computed kinds: get and list, as objects, tables or metadata.</summary>
internal sealed class ComputedEndpoints(string cluster, ComputedResources computed, Func<long> revision, TimeProvider time)
{
    public bool Serves(RequestInfo info) => computed.Find(info) is not null;

    public Task HandleAsync(HttpContext context, RequestInfo info)
    {
        ComputedResources.ComputedKind kind = computed.Find(info)!;
        if (kind.Definition.IsBuiltIn)
        {
            ResourceRoutes.RequireRead(context.Request, info, kind.Definition.Type);
        }

        if (info.Verb is not ("get" or "list") || info.Subresource.Length > 0)
        {
            throw Refusals.MethodNotAllowed();
        }

        Negotiated format = Negotiation.Choose(context.Request, allowShapes: true);
        bool isComponent = kind.Definition.Type.GroupResource == "componentstatuses";
        if (isComponent)
        {
            Responses.Warn(context, ["v1 ComponentStatus is deprecated in v1.19+"]);
        }

        string include = context.Request.Query["includeObject"].ToString();
        var shapes = new Shapes(kind.Definition, format, format.Shape == Shape.Table ? Shapes.Include(include) : Fairway.Resources.Tables.IncludeObject.Metadata, time);
        IReadOnlyList<Document> all = kind.List(cluster, info.Namespace.Length == 0 ? null : info.Namespace);
        if (info.Verb == "get")
        {
            Document found = all.FirstOrDefault(one => one.Header.Name == info.Name) ?? throw (isComponent ? Refusals.Failure(500, $"Component not found: {info.Name}") : ObjectStore.NotFound(kind.Definition.Type, info.Name));
            return Responses.WriteAsync(context, 200, shapes.One(found), format);
        }

        LabelSelector labels = LabelSelector.Parse(context.Request.Query["labelSelector"]);
        Document[] items = [.. all.Where(one => labels.Matches(one) && (info.Name.Length == 0 || one.Header.Name == info.Name))];
        return Responses.WriteAsync(context, 200, shapes.Many(new ListPage(items, isComponent ? 0 : revision(), null, null)), format);
    }
}
