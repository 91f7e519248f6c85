using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds;
using Fairway.Resources.Kinds.Autoscaling;
using Fairway.Resources.Labels;

namespace Fairway.Workloads.Autoscaling;

/// <summary>The scale of an autoscaler's target as it is now.</summary>
internal sealed record FoundScale(ResourceType Type, string Namespace, string Name, TargetScale Scale);

/// <summary>Reads and writes the scale of any kind that has one.</summary>
internal sealed class ScaleTargets(IClusterApi api)
{
    /// <exception cref="StatusException">There is no such kind or object, or it has no scale.</exception>
    public async Task<FoundScale> FindAsync(string @namespace, CrossVersionObjectReference reference, CancellationToken cancellation)
    {
        string apiVersion = reference.ApiVersion ?? "v1";
        int slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
        string group = slash < 0 ? "" : apiVersion[..slash];
        KindDefinition kind = AllKinds.Catalog.All.FirstOrDefault(each => each.Type.Group == group && each.Type.Kind == reference.Kind && each.Declared.Scale)
            ?? throw new StatusException(404, "NotFound", $"no matches for kind \"{reference.Kind}\" in group \"{group}\"");
        Document target = await api.GetAsync(kind.Type, @namespace, reference.Name, cancellation);
        JsonObject node = target.ToNode();
        LabelSelector selector = LabelSelector.FromObject(node["spec"]?["selector"]);
        return new FoundScale(
            kind.Type,
            @namespace,
            reference.Name,
            new TargetScale(
                (int?)node["spec"]?["replicas"] ?? 1,
                (int?)node["status"]?["replicas"] ?? 0,
                selector.IsEverything ? "" : selector.ToString()));
    }

    public Task WriteAsync(FoundScale target, int replicas, CancellationToken cancellation)
    {
        var patch = new JsonObject { ["spec"] = new JsonObject { ["replicas"] = replicas } };
        return api.PatchAsync(target.Type, target.Namespace, target.Name, new PatchBody(PatchKind.Merge, patch), new WriteOptions { Subresource = "scale" }, cancellation);
    }
}
