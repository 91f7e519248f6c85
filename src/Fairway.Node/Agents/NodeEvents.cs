using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Agents;

/// <summary>Tells of what happens on one node, in the kubelet's reasons.</summary>
internal sealed class NodeEvents(EventRecorder recorder, string node)
{
    public void Normal(IResource about, string reason, string message) => recorder.Tell(about, "Normal", reason, message, null, node);

    public void Warning(IResource about, string reason, string message) => recorder.Tell(about, "Warning", reason, message, null, node);

    /// <summary>About one container of a pod.</summary>
    public void Tell(Pod pod, string? container, string type, string reason, string message)
        => recorder.Tell(pod, type, reason, message, container is null ? null : PathOf(pod, container), node);

    private static string PathOf(Pod pod, string container)
    {
        string list = (pod.Spec.InitContainers ?? []).Any(each => each.Name == container) ? "initContainers"
            : (pod.Spec.EphemeralContainers ?? []).Any(each => each.Name == container) ? "ephemeralContainers"
            : "containers";
        return $"spec.{list}{{{container}}}";
    }
}
