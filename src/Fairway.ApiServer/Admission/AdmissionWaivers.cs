using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>
/// Exceptions from ValidatingAdmissionPolicies: asked only when a policy objects, so what is admitted anyway costs nothing. Called on
/// the request's thread: no I/O, nothing that waits. Filled by the composition root; without it every objection stands.
/// </summary>
public sealed record AdmissionWaivers
{
    /// <summary>The waiver that covers an objection: one in force, or the one that would if it were; null: nobody asked for any.</summary>
    public required Func<WaivableObjection, AdmissionWaiver?> Find { get; init; }

    /// <summary>Told once for each objection that a waiver in force covered in a request that all policies then let through; not for a dry run.</summary>
    public required Action<WaivableObjection, AdmissionWaiver> Used { get; init; }
}

/// <summary>What a policy holds against a request.</summary>
public sealed record WaivableObjection
{
    /// <summary>The logical cluster.</summary>
    public required string Cluster { get; init; }

    /// <summary>The ValidatingAdmissionPolicy as it is stored.</summary>
    public required Document Policy { get; init; }

    /// <summary>Which of spec.validations; null: a match condition that could not be evaluated.</summary>
    public required int? Validation { get; init; }

    /// <summary>What is wrong.</summary>
    public required string Message { get; init; }

    public required string Group { get; init; }

    public required string Version { get; init; }

    public required string Kind { get; init; }

    /// <summary>The plural.</summary>
    public required string Resource { get; init; }

    public required string Subresource { get; init; }

    public required string Namespace { get; init; }

    /// <summary>Empty for a create whose name is not made yet.</summary>
    public required string Name { get; init; }

    /// <summary>The object as it would be, or, for a deletion, as it is; null for a connect. Not to be changed.</summary>
    public required JsonObject? Object { get; init; }

    /// <summary>The name of who sends the request.</summary>
    public required string User { get; init; }

    public required DateTimeOffset At { get; init; }
}

/// <summary>A waiver as admission tells about it.</summary>
/// <param name="Name"><c>namespace/name</c>.</param>
/// <param name="Owner">Who answers for it.</param>
/// <param name="ExpiresAt">From then on it covers nothing.</param>
/// <param name="InForce">It lets the request through; otherwise the objection stands.</param>
/// <param name="Standing">Why it is not in force, after its name: <c>has expired (2026-03-01T00:00:00Z)</c>.</param>
public sealed record AdmissionWaiver(string Name, string Owner, DateTimeOffset ExpiresAt, bool InForce, string Standing);
