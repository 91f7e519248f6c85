using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Workloads.Ownership;

namespace Fairway.Workloads.ReplicaSets;

/// <summary>Carries out what was decided about the pods of a ReplicaSet or a ReplicationController.</summary>
internal static class ReplicaPods
{
    /// <returns>The first refusal; null when all went well, or when the namespace is going and its controllers with it.</returns>
    public static async Task<StatusException?> ActAsync(
        PodWriter writer, IResource owner, PodTemplateSpec? template, ReplicaSetDecision decision, CancellationToken cancellation)
    {
        try
        {
            await writer.CreateAllAsync(owner, [.. Enumerable.Range(0, decision.Create).Select(_ => From(owner, template!))], cancellation);
            await Task.WhenAll(decision.Delete.Select(pod => writer.DeleteAsync(owner, pod, cancellation)));
            return null;
        }
        catch (StatusException refused)
        {
            return PodWriter.IsNamespaceGoing(refused) ? null : refused;
        }
    }

    private static Pod From(IResource owner, PodTemplateSpec template) => new()
    {
        Metadata = new ObjectMeta
        {
            GenerateName = $"{owner.Metadata.Name}-",
            Namespace = owner.Metadata.Namespace,
            Labels = template.Metadata?.Labels,
            Annotations = template.Metadata?.Annotations,
            Finalizers = template.Metadata?.Finalizers,
            OwnerReferences = [Owners.ControllerReference(owner)],
        },
        Spec = template.Spec,
    };
}
