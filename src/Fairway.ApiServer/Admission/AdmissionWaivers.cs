using Fairway.Admission;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.ApiServer;

/// <summary>
/// Exceptions from ValidatingAdmissionPolicies. Called on the request's thread: no I/O, nothing that waits. Filled by the composition
/// root; without it every objection stands.
/// </summary>
public sealed record AdmissionWaivers
{
    /// <summary>Every waiver there is, whatever it covers; which ones do is for the policies' engine to say.</summary>
    public required Func<IReadOnlyList<Waiver>> All { get; init; }

    /// <summary>Told once for each objection that a waiver in force covered in a request that all policies then let through; not for a dry run.</summary>
    public required Action<WaivedObjection> Used { get; init; }
}

/// <summary>What a policy held against a request, and a waiver covered.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Finding">What is wrong, with the waiver.</param>
/// <param name="Subject">The object, with its cluster; without a name for a create whose name is not made yet.</param>
/// <param name="User">The name of who sends the request.</param>
public sealed record WaivedObjection(PolicyDefinition Policy, Finding Finding, Subject Subject, string User);
