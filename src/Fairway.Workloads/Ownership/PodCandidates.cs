using Fairway.ControllerRuntime;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Ownership;

/// <summary>
/// The pods that may be an owner's: those that it controls and those of its namespace that nobody controls. Found by index, so
/// that the cost is that of the owner's own pods and not of its namespace. One for each informer.
/// </summary>
internal sealed class PodCandidates(Informer<Pod> pods)
{
    private readonly ObjectIndex<Pod> _orphans = pods.AddIndex(pod => pod.Metadata.Controller() is null ? [pod.Metadata.Namespace ?? ""] : []);

    public IEnumerable<Pod> Of(string? ownerUid, string @namespace)
        => pods.OwnedBy(ownerUid ?? "").Where(pod => pod.Metadata.Controller() is not null).Concat(_orphans.Find(@namespace));
}
