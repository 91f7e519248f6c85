using System.Text.Json.Nodes;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Admission;

/// <summary>Policies with what switches them on and what they need, as read from files or a cluster.</summary>
public sealed record PolicySet
{
    public static PolicySet Empty { get; } = new();

    public IReadOnlyList<PolicyDefinition> Policies { get; init; } = [];

    /// <summary>A policy that has none is used everywhere, with Deny: files on a desk need no bindings.</summary>
    public IReadOnlyList<PolicyBinding> Bindings { get; init; } = [];

    /// <summary>Objects that bindings may take parameters from.</summary>
    public IReadOnlyList<JsonObject> Parameters { get; init; } = [];

    public IReadOnlyList<Waiver> Waivers { get; init; } = [];

    public PolicySet With(PolicySet other) => new()
    {
        Policies = [.. Policies, .. other.Policies],
        Bindings = [.. Bindings, .. other.Bindings],
        Parameters = [.. Parameters, .. other.Parameters],
        Waivers = [.. Waivers, .. other.Waivers],
    };
}

/// <summary>What is wrong with a policy, by place.</summary>
/// <param name="Where">File, or object.</param>
/// <param name="Field">The field, as Kubernetes writes paths.</param>
/// <param name="Message">What is wrong and what was expected; for expressions with line, column and a caret.</param>
/// <param name="IsError">False: a note, the policy works.</param>
public sealed record PolicyProblem(string Where, string Field, string Message, bool IsError = true)
{
    /// <summary>The value at fault, where there is one.</summary>
    public string? Value { get; init; }

    public override string ToString() => Field.Length == 0 ? $"{Where}: {Message}" : $"{Where}: {Field}: {Message}";
}
