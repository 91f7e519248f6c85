using System.Collections.Concurrent;
using Fairway.Node.Runtimes;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Agents;

/// <summary>The images that a node has brought for its pods: what its status lists, the largest first.</summary>
internal sealed class NodeImages
{
    /// <summary>A status lists no more than a kubelet would.</summary>
    private const int Most = 50;

    private readonly ConcurrentDictionary<string, ImageOnNode> _known = new();

    /// <summary>Rises with every image that is new.</summary>
    public int Count => _known.Count;

    public bool Has(string reference) => _known.ContainsKey(reference);

    public void Add(ImageOnNode image) => _known[image.Reference] = image;

    public IReadOnlyList<int> Ports(string? reference) => _known.GetValueOrDefault(reference ?? "")?.ExposedPorts ?? [];

    public IReadOnlyList<ContainerImage> List()
        =>
        [
            .. _known.Values.GroupBy(image => image.Digest)
                .OrderByDescending(group => group.First().SizeBytes)
                .Take(Most)
                .Select(group => new ContainerImage { Names = [.. group.SelectMany(Names).Distinct()], SizeBytes = group.First().SizeBytes }),
        ];

    private static IEnumerable<string> Names(ImageOnNode image)
    {
        string bare = image.Reference.Split('@')[0];
        int colon = bare.LastIndexOf(':');
        string repository = colon > bare.LastIndexOf('/') ? bare[..colon] : bare;
        return image.Digest.Length == 0 ? [bare] : [$"{repository}@{image.Digest}", bare];
    }
}
