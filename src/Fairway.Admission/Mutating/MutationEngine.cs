using System.Text.Json.Nodes;
using Fairway.Admission.Evaluation;
using Fairway.Cel;

namespace Fairway.Admission;

/// <summary>One change that a mutating policy asks for.</summary>
/// <param name="Configuration">To merge as server-side apply would; null for a patch.</param>
/// <param name="Patch">JSON patch operations; null for a configuration.</param>
public sealed record PolicyChange(JsonObject? Configuration, JsonArray? Patch);

/// <summary>
/// What a MutatingAdmissionPolicy wants changed. Matching and match conditions are those of <see cref="PolicyEngine"/>. Pure.
/// </summary>
public static class MutationEngine
{
    /// <summary>How the policy sees a subject that its rules take in: in the version that a rule names.</summary>
    public static PreparedSubject View(CompiledPolicy policy, PreparedSubject subject) => Matching.FormOf(policy.Definition.Match, subject);

    /// <summary>Whether the match conditions hold for a subject as <see cref="View"/> gave it; an error when one fails and the policy fails closed.</summary>
    public static (bool Matches, string? Error) Matches(CompiledPolicy policy, JsonObject? parameters, PreparedSubject seen, CancellationToken cancellation)
    {
        (bool holds, CelError? error, string text) = PolicyEngine.Conditions(policy, seen, PolicyEngine.ParameterValue(parameters), FactSnapshot.Nothing, cancellation);
        return error is not null ? (false, policy.Definition.FailsClosed ? text : null) : (holds, null);
    }

    /// <summary>The change that one mutation asks for on the object as it is now, or why there is none.</summary>
    /// <param name="policy">Compiled.</param>
    /// <param name="mutation">Which of spec.mutations.</param>
    /// <param name="parameters">The parameter object, or null.</param>
    /// <param name="subject">As <see cref="View"/> gives it, with the object as earlier mutations left it.</param>
    /// <param name="cancellation">Ends it.</param>
    public static (PolicyChange? Change, string? Error) Evaluate(CompiledPolicy policy, int mutation, JsonObject? parameters, PreparedSubject subject, CancellationToken cancellation)
    {
        CompiledMutation one = policy.Mutations[mutation];
        if (one.Expression.Program is not { } program)
        {
            return (null, one.Expression.Problem);
        }

        var bindings = new PolicyBindings(
            policy, subject, PolicyEngine.ParameterValue(parameters), FactSnapshot.Nothing.Value, new CostBudget(CostBudget.OfValidations), null, cancellation);
        CelValue value = bindings.Budget.Run(program, bindings, cancellation);
        if (bindings.Budget.IsOverdrawn)
        {
            return (null, CostBudget.OutOfBudget);
        }

        if (value.Error is { } error)
        {
            return (null, $"expression '{one.Expression.Text}' resulted in error: {error.Message}");
        }

        var mismatches = new List<string>();
        JsonNode? node = MutationTypes.ToNode(value, mismatches, one.IsPatch ? null : "Object");
        if (mismatches.Count > 0)
        {
            return (null, $"type mismatch: {string.Join('\n', mismatches)}");
        }

        return (one.IsPatch, node) switch
        {
            (true, JsonArray patch) => (new PolicyChange(null, patch), null),
            (false, JsonObject configuration) => (new PolicyChange(configuration, null), null),
            _ => (null, $"expression '{one.Expression.Text}' must evaluate to {(one.IsPatch ? "a list of JSONPatch" : "an Object")}"),
        };
    }

    /// <summary>How many mutations a policy has.</summary>
    public static int Count(CompiledPolicy policy) => policy.Mutations.Count;
}
