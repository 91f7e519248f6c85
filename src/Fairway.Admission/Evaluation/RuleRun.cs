using Fairway.Cel;

namespace Fairway.Admission.Evaluation;

/// <summary>One way through the validations of a policy.</summary>
internal sealed class RuleRun(CompiledPolicy policy, PreparedSubject subject, CelValue parameters, FactSnapshot facts, FieldPath prefix, CancellationToken cancellation)
{
    private readonly PolicyBindings _bindings = new(policy, subject, parameters, facts.Value, new CostBudget(CostBudget.OfValidations), null, cancellation);
    private PolicyBindings? _messages;

    /// <summary>What does not hold; null when everything does.</summary>
    public List<Finding>? Judge()
    {
        List<Finding>? findings = null;
        for (int i = 0; i < policy.Rules.Count; i++)
        {
            CompiledRule rule = policy.Rules[i];
            CelValue value = rule.Expression.Program is { } program ? _bindings.Budget.Run(program, _bindings, cancellation) : CelValue.Fail(rule.Expression.Problem!);
            if (_bindings.Budget.IsOverdrawn)
            {
                // As kube-apiserver: the whole evaluation is one failure.
                return policy.Definition.FailsClosed
                    ? [PolicyEngine.Bare(policy, policy.Rules[0].Rule.Name, Outcome.Fail, CostBudget.OutOfBudget) with { IsError = true }]
                    : null;
            }

            if (value.IsTrue || (value.Kind == CelKind.Error && value.Error!.Reason != CelErrorKind.Unknown && !policy.Definition.FailsClosed))
            {
                continue;
            }

            (findings ??= []).Add(Explain(rule, value) with { Index = i });
        }

        return findings;
    }

    private Finding Explain(CompiledRule rule, CelValue value)
    {
        if (value.Error?.Reason == CelErrorKind.Unknown)
        {
            return PolicyEngine.Bare(policy, rule.Rule.Name, Outcome.Unknown, $"{Message(rule, false)} It cannot be told: {value.Error.Message}.");
        }

        FieldPath path = subject.Subject.TellsPlaces && rule.Expression.Program is not null ? Locate(rule).Below(prefix) : FieldPath.Root;
        return value.Error is { } error
            ? PolicyEngine.Bare(policy, rule.Rule.Name, Outcome.Fail, Failure(rule, error)) with { Path = path, IsError = true }
            : PolicyEngine.Bare(policy, rule.Rule.Name, Outcome.Fail, Message(rule, true)) with { Path = path, Reason = rule.Rule.Reason is { Length: > 0 } reason ? reason : "Invalid" };
    }

    private static string Failure(CompiledRule rule, CelError error) => rule.Expression.Program is null
        ? $"compilation error: {error.Message}"
        : $"expression '{rule.Expression.Text}' resulted in error: {error.Message}";

    /// <summary>The field that decided: the rule is evaluated once more on values that remember where they stand.</summary>
    private FieldPath Locate(CompiledRule rule)
    {
        CelValue Run(FieldTrace trace)
        {
            var bindings = new PolicyBindings(policy, subject, parameters, facts.Value, new CostBudget(CostBudget.OfValidations), trace.Wrap(subject.Object, FieldPath.Root), cancellation);
            return bindings.Budget.Run(rule.Expression.Program!, bindings, cancellation);
        }

        var trace = new FieldTrace();
        Run(trace);
        if (trace.AmbiguousList is not { } list)
        {
            return trace.Place;
        }

        return Run(new FieldTrace { HideLastOf = list }).IsFalse ? trace.Earlier : trace.Place;
    }

    private string Message(CompiledRule rule, bool evaluate)
    {
        if (evaluate && rule.Message?.Program is { } program)
        {
            _messages ??= new PolicyBindings(policy, subject, parameters, facts.Value, _bindings.Budget, null, cancellation) { HidesAuthorizer = true };
            if (PolicyEngine.MessageOf(_messages.Budget.Run(program, _messages, cancellation)) is { } message)
            {
                return message;
            }
        }

        return rule.Rule.Message?.Trim() is { Length: > 0 } given ? given : $"failed expression: {rule.Rule.Expression.Trim()}";
    }
}
