namespace Fairway.Workloads.Scheduling;

/// <summary>Why a node cannot take a pod, in the words of kube-scheduler.</summary>
/// <param name="Reasons">One for each thing that is missing; counted over all nodes in the message.</param>
/// <param name="Final">Ending other pods on the node would not help.</param>
internal sealed record Refusal(IReadOnlyList<string> Reasons, bool Final)
{
    public static Refusal Of(string reason, bool final) => new([reason], final);
}
