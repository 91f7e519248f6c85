using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.CustomResources;
using Fairway.Resources.Kinds;
using Fairway.Resources.Kinds.ApiExtensions;
using Fairway.Resources.Kinds.Autoscaling;
using Fairway.Resources.Labels;

namespace Fairway.Workloads.Autoscaling;

/// <summary>The scale of an autoscaler's target as it is now.</summary>
internal sealed record FoundScale(ResourceType Type, string Namespace, string Name, TargetScale Scale);

/// <summary>Reads and writes the scale of any kind that has one, built in or defined by a CustomResourceDefinition.</summary>
internal sealed class ScaleTargets(IClusterApi api, InformerSet informers)
{
    private readonly Informer _definitions = informers.Of(KindOf<CustomResourceDefinition>.Type);

    /// <exception cref="StatusException">There is no such kind or object, or it has no scale.</exception>
    public async Task<FoundScale> FindAsync(string @namespace, CrossVersionObjectReference reference, CancellationToken cancellation)
    {
        string apiVersion = reference.ApiVersion ?? "v1";
        int slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
        string group = slash < 0 ? "" : apiVersion[..slash];
        KindDefinition[] kinds = [.. AllKinds.Catalog.All.Concat(_definitions.List().SelectMany(CustomKinds.Of)).Where(each => each.Type.Group == group && each.Type.Kind == reference.Kind)];
        if (kinds.Length == 0)
        {
            throw new StatusException(404, "NotFound", $"no matches for kind \"{reference.Kind}\" in group \"{group}\"");
        }

        KindDefinition kind = kinds.FirstOrDefault(each => each.Declared.Scale)
            ?? throw new StatusException(404, "NotFound", "the server could not find the requested resource");
        Document target = await api.GetAsync(kind.Type, @namespace, reference.Name, cancellation);
        return new FoundScale(kind.Type, @namespace, reference.Name, Of(kind.Custom?.Scale, target.ToNode()));
    }

    public Task WriteAsync(FoundScale target, int replicas, CancellationToken cancellation)
    {
        var patch = new JsonObject { ["spec"] = new JsonObject { ["replicas"] = replicas } };
        return api.PatchAsync(target.Type, target.Namespace, target.Name, new PatchBody(PatchKind.Merge, patch), new WriteOptions { Subresource = "scale" }, cancellation);
    }

    private static TargetScale Of(ScalePaths? paths, JsonObject node)
    {
        if (paths is null)
        {
            LabelSelector selector = LabelSelector.FromObject(node["spec"]?["selector"]);
            return new TargetScale(Count(node, "spec.replicas") ?? 1, Count(node, "status.replicas") ?? 0, selector.IsEverything ? "" : selector.ToString());
        }

        int wanted = Count(node, paths.SpecReplicas)
            ?? throw new StatusException(500, "InternalError", $"Internal error occurred: the spec replicas field \".{paths.SpecReplicas}\" does not exist");
        string text = paths.Selector is { } path && Find(node, path) is JsonValue value && value.TryGetValue(out string? given) ? given ?? "" : "";
        return new TargetScale(wanted, Count(node, paths.StatusReplicas) ?? 0, text);
    }

    private static int? Count(JsonObject node, string path) => Find(node, path) is JsonValue value && value.TryGetValue(out int count) ? count : null;

    private static JsonNode? Find(JsonObject node, string path)
        => path.Split('.').Aggregate((JsonNode?)node, static (at, step) => (at as JsonObject)?[step]);
}
