using Fairway.Resources;

namespace Fairway.Policy.Auditing;

/// <summary>What is known of one stored object: which version was judged, and what each policy said.</summary>
/// <param name="Identity">The object.</param>
/// <param name="Uid">Its uid, which names its report.</param>
/// <param name="Version">The resourceVersion that was judged.</param>
/// <param name="Team">Who answers for it.</param>
/// <param name="At">When it was judged last.</param>
/// <param name="Verdicts">By the policy's key; what is not applicable is left out.</param>
public sealed record AuditedObject(
    ResourceIdentity Identity, string Uid, string Version, string Team, DateTimeOffset At, IReadOnlyDictionary<string, AuditedVerdict> Verdicts)
{
    public ObjectKey Key => new(Identity.NamespaceName, Identity.Name);
}

/// <summary>One policy's verdict on an object.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Binding">How it is switched on; empty for the platform's own packs.</param>
/// <param name="Actions">Deny, Warn, Audit.</param>
public sealed record AuditedVerdict(PolicyDefinition Policy, string Binding, IReadOnlySet<string> Actions, Verdict Verdict);
