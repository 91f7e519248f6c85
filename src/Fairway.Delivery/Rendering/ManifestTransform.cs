using System.Text.Json.Nodes;
using Fairway.Delivery.Sync;
using Fairway.Resources;
using Fairway.Resources.Kinds;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Delivery.Rendering;

/// <summary>What manifests are rendered for.</summary>
internal sealed record RenderTarget
{
    public required string Application { get; init; }

    public required string ApplicationNamespace { get; init; }

    public required string Environment { get; init; }

    /// <summary>The namespace in the environment's cluster.</summary>
    public required string Namespace { get; init; }

    public required string Release { get; init; }

    public IReadOnlyList<ReleaseImage> Images { get; init; } = [];
}

/// <summary>Turns manifests as people wrote them into those of one release in one environment. The same input gives the same output.</summary>
internal static class ManifestTransform
{
    private static readonly string[] ServerFields = ["uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "managedFields", "selfLink"];

    /// <summary>Checks, flattens lists, sets namespace, images, labels and hostnames, and puts them in the order of application.</summary>
    /// <exception cref="RenderException">A document is no deliverable object, or two describe the same one.</exception>
    public static IReadOnlyList<Manifest> Apply(IEnumerable<Manifest> written, RenderTarget target)
    {
        Manifest[] flat = [.. written.SelectMany(Flatten)];
        Manifest[] objects = [.. flat.Select(manifest => Transform(manifest, IsClusterWide(manifest, flat), target))];
        foreach (IGrouping<(string, string, string), Manifest> twins in objects.GroupBy(manifest => manifest.Identity))
        {
            if (twins.Count() > 1)
            {
                throw new RenderException($"{twins.First().Title} is described twice: {string.Join(" and ", twins.Select(twin => twin.Source))}");
            }
        }

        return objects.Length == 0
            ? throw new RenderException("there is no object to deliver: the folder has no manifests")
            : [.. objects.OrderBy(ApplyOrder.Of).ThenBy(manifest => manifest.Kind, StringComparer.Ordinal).ThenBy(manifest => manifest.Name, StringComparer.Ordinal)];
    }

    private static IEnumerable<Manifest> Flatten(Manifest manifest)
    {
        if (manifest.Kind != "List" || manifest.ApiVersion != "v1" || manifest.Node["items"] is not JsonArray items)
        {
            return [manifest];
        }

        return items.Select((item, index) => item is JsonObject node
            ? new Manifest(node, $"{manifest.Source} items[{index}]")
            : throw new RenderException($"{manifest.Source}: items[{index}] is not an object"));
    }

    // A kind that nothing here tells of is taken for one of a namespace; sync asks the cluster.
    private static bool IsClusterWide(Manifest manifest, Manifest[] among)
        => (AllKinds.Catalog.Find(manifest.ApiVersion, manifest.Kind)?.Type ?? Definitions.TypeOf(manifest, among))?.Namespaced == false;

    private static Manifest Transform(Manifest manifest, bool isClusterWide, RenderTarget target)
    {
        var node = (JsonObject)manifest.Node.DeepClone();
        Check(manifest, node, isClusterWide, target);
        node.Remove("status");
        JsonObject metadata = node["metadata"]!.AsObject();
        foreach (string field in ServerFields)
        {
            metadata.Remove(field);
        }

        if (isClusterWide)
        {
            metadata.Remove("namespace");
        }
        else
        {
            metadata["namespace"] = target.Namespace;
        }

        Label(metadata, target, withRelease: PodTemplates.Of(node) is not null);
        if (PodTemplates.Of(node) is { } template)
        {
            Label(Metadata(template), target, withRelease: true);
            SetImages(template, target.Images);
        }

        SetHostname(node, target);
        return new Manifest(node, manifest.Source);
    }

    private static void Check(Manifest manifest, JsonObject node, bool isClusterWide, RenderTarget target)
    {
        RenderException Bad(string field, string? value, string expected)
            => new($"{manifest.Source}: {field}: {(value is null ? "missing" : $"\"{value}\"")}; expected {expected}");

        if (manifest.ApiVersion.Length == 0)
        {
            throw Bad("apiVersion", null, "the version of a Kubernetes API, like apps/v1");
        }

        if (manifest.Kind.Length == 0)
        {
            throw Bad("kind", null, "a kind, like Deployment");
        }

        if (manifest.Group == "kustomize.config.k8s.io")
        {
            throw Bad("kind", manifest.Kind, "manifests: to render a kustomization, name its folder as the path");
        }

        if (node["metadata"] is not JsonObject || manifest.Name.Length == 0)
        {
            throw Bad("metadata.name", null, "the object's name");
        }

        if (manifest.Namespace is { } other && other != target.Namespace)
        {
            throw Bad("metadata.namespace", other, $"none, or {target.Namespace}, the namespace of environment {target.Environment}");
        }

        bool isOwnNamespace = manifest is { Kind: "Namespace", ApiVersion: "v1" } && manifest.Name == target.Namespace;
        bool isOfKubernetes = AllKinds.Catalog.Find(manifest.ApiVersion, manifest.Kind) is not null;
        if (isClusterWide && isOfKubernetes && !isOwnNamespace && !Definitions.IsDefinition(manifest))
        {
            throw Bad("kind", manifest.Kind, "objects of a namespace, CustomResourceDefinitions and their objects: an application cannot bring what else belongs to the whole cluster");
        }

        foreach (string map in (string[])["labels", "annotations"])
        {
            if (node["metadata"]![map] is { } value and not JsonObject)
            {
                throw Bad($"metadata.{map}", value.ToJsonString(), "a mapping of names to texts");
            }
        }
    }

    private static JsonObject Metadata(JsonObject owner)
    {
        if (owner["metadata"] is JsonObject metadata)
        {
            return metadata;
        }

        var created = new JsonObject();
        owner["metadata"] = created;
        return created;
    }

    private static void Label(JsonObject metadata, RenderTarget target, bool withRelease)
    {
        if (metadata["labels"] is not JsonObject labels)
        {
            labels = [];
            metadata["labels"] = labels;
        }

        labels[Labels.Application] = Labels.Value(target.Application);
        labels[Labels.ApplicationNamespace] = Labels.Value(target.ApplicationNamespace);
        labels[Labels.Environment] = Labels.Value(target.Environment);
        if (withRelease)
        {
            labels[Labels.Release] = Labels.Value(target.Release);
        }
    }

    private static void SetImages(JsonObject template, IReadOnlyList<ReleaseImage> images)
    {
        foreach ((JsonObject container, _) in PodTemplates.Containers(template))
        {
            if (Manifest.Text(container["image"]) is { } image
                && images.FirstOrDefault(candidate => candidate.Name == ImageName(image)) is { } built)
            {
                container["image"] = $"{built.Name}@{built.Digest}";
            }
        }
    }

    /// <summary>An image reference without tag and digest: <c>registry:5000/shop/web:1.2@sha256:…</c> is <c>registry:5000/shop/web</c>.</summary>
    internal static string ImageName(string reference)
    {
        int at = reference.IndexOf('@', StringComparison.Ordinal);
        string tagged = at < 0 ? reference : reference[..at];
        int colon = tagged.LastIndexOf(':');
        return colon > tagged.LastIndexOf('/') ? tagged[..colon] : tagged;
    }

    private static void SetHostname(JsonObject node, RenderTarget target)
    {
        if (Manifest.Text(node["kind"]) != "HTTPRoute" || node["spec"] is not JsonObject spec || spec["hostnames"] is JsonArray { Count: > 0 })
        {
            return;
        }

        string? service = (spec["rules"] as JsonArray)?
            .SelectMany(rule => (rule?["backendRefs"] as JsonArray)?.AsEnumerable() ?? [])
            .Select(backend => Manifest.Text(backend?["name"]))
            .FirstOrDefault(name => name is not null);
        if (service is not null)
        {
            spec["hostnames"] = new JsonArray($"{service}.{target.Environment}.localhost");
        }
    }
}
