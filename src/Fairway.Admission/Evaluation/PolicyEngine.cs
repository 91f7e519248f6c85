using System.Text.Json.Nodes;
using Fairway.Admission.Evaluation;
using Fairway.Admission.Waivers;
using Fairway.Cel;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Admission;

/// <summary>
/// The one function that decides, at the desk, in the pipeline, at admission and in the audit:
/// (policy, parameters, waivers, object, facts, now) to pass, fail or unknown. Pure: no I/O, no clock.
/// </summary>
public static class PolicyEngine
{
    private const int LongestMessage = 5 * 1024;
    private const int LongestAnnotation = 10 * 1024;

    /// <summary>
    /// Decides one policy about one subject:
    /// 1. the policy's match rules; 2. its match conditions (any false: not applicable, even when another fails); 3. every
    /// validation: true passes, false fails, a value that is not known makes the verdict unknown, another failure counts by the
    /// failure policy; 4. what failed is looked at again for the field that decided and for a patch that mends, where the subject
    /// wants that; 5. waivers.
    /// </summary>
    /// <param name="policy">Compiled.</param>
    /// <param name="parameters">The parameter object, or null.</param>
    /// <param name="waivers">All that may concern it; those that do not are passed over.</param>
    /// <param name="subject">The object and its request.</param>
    /// <param name="facts">What is known besides.</param>
    /// <param name="now">For waivers' expiry.</param>
    /// <param name="cancellation">Ends a long evaluation; the verdict is then as for a failed evaluation.</param>
    public static Verdict Decide(
        CompiledPolicy policy, JsonObject? parameters, IReadOnlyList<Waiver> waivers, PreparedSubject subject, FactSnapshot facts, DateTimeOffset now, CancellationToken cancellation)
    {
        FieldPath prefix = FieldPath.Root;
        if (Matching.View(policy.Definition.Match, subject) is not { } seen)
        {
            if (!IsPodController(policy.Definition, subject.Subject) || subject.PodView is not { } pod)
            {
                return Verdict.NotApplicable;
            }

            (seen, prefix) = pod;
        }

        CelValue given = ParameterValue(parameters);
        (bool holds, CelError? error, string text) = Conditions(policy, seen, given, facts, cancellation);
        if (!holds)
        {
            bool unknown = error?.Reason == CelErrorKind.Unknown;
            if (error is null || (!unknown && !policy.Definition.FailsClosed))
            {
                return Verdict.NotApplicable;
            }

            Finding failed = Bare(policy, "matchConditions", unknown ? Outcome.Unknown : Outcome.Fail, text) with { IsError = !unknown };
            return WithWaivers(new Verdict(failed.Outcome, [failed]), policy.Definition, waivers, subject.Subject, now);
        }

        var run = new RuleRun(policy, seen, given, facts, prefix, cancellation);
        List<Finding>? findings = run.Judge();
        PolicyAnnotation[] annotations = policy.Annotations.Count == 0 ? [] : [.. Annotations(policy, seen, given, facts, cancellation)];
        if (findings is null)
        {
            return annotations.Length == 0 ? Verdict.Pass : Verdict.Pass with { Annotations = annotations };
        }

        if (seen.Subject.TellsPlaces)
        {
            Mending.MendOffer.Add(policy, parameters, subject, facts, now, findings, cancellation);
        }

        return WithWaivers(new Verdict(Worst(findings), findings) { Annotations = annotations }, policy.Definition, waivers, subject.Subject, now);
    }

    /// <summary>
    /// Match conditions: all must be true; one that is false decides even when another fails. An error is the first one, with a text
    /// of all in kube-apiserver's words. They see no namespace and no variables of Kubernetes' own policies.
    /// </summary>
    internal static (bool Holds, CelError? Error, string Text) Conditions(CompiledPolicy policy, PreparedSubject subject, CelValue parameters, FactSnapshot facts, CancellationToken cancellation)
    {
        if (policy.Conditions.Count == 0)
        {
            return (true, null, "");
        }

        var bindings = new PolicyBindings(policy, subject, parameters, facts.Value, new CostBudget(CostBudget.OfConditions), null, cancellation)
        {
            HidesNamespace = policy.Definition.Dialect == PolicyDialect.Kubernetes,
        };
        CelError? first = null;
        var texts = new List<string>();
        foreach (CompiledExpression condition in policy.Conditions)
        {
            CelValue value = condition.Program is { } program ? bindings.Budget.Run(program, bindings, cancellation) : CelValue.Fail(condition.Problem!);
            if (bindings.Budget.IsOverdrawn)
            {
                return (false, CelValue.Fail(CostBudget.OutOfBudget).Error, CostBudget.OutOfBudget);
            }

            if (value.IsFalse)
            {
                return (false, null, "");
            }

            if (!value.IsTrue)
            {
                first ??= value.Error ?? CelValue.Fail($"it gives {value.Type}, not a truth value").Error;
                texts.Add($"expression '{condition.Text}' resulted in error: {value.Error?.Message ?? first!.Message}");
            }
        }

        return (first is null, first, texts.Count == 1 ? texts[0] : $"[{string.Join(", ", texts)}]");
    }

    /// <summary>The parameters as expressions see them.</summary>
    internal static CelValue ParameterValue(JsonObject? parameters) => parameters is null ? CelValue.Null : ObjectValues.Of(parameters);

    /// <summary>A finding with nothing but what is wrong.</summary>
    internal static Finding Bare(CompiledPolicy policy, string rule, Outcome outcome, string message) => new()
    {
        Policy = policy.Definition.Name,
        Rule = rule,
        Outcome = outcome,
        Severity = policy.Definition.Text.Severity,
        Message = message,
    };

    /// <summary>A message that an expression gives, or null when it gives none that can be shown.</summary>
    internal static string? MessageOf(CelValue value)
        => value.Kind == CelKind.String && value.StringValue.Trim() is { Length: > 0 } text && System.Text.Encoding.UTF8.GetByteCount(text) <= LongestMessage && !text.Contains('\n', StringComparison.Ordinal)
            ? text
            : null;

    internal static Verdict WithWaivers(Verdict verdict, PolicyDefinition policy, IReadOnlyList<Waiver> waivers, Subject subject, DateTimeOffset now)
    {
        if (waivers.Count == 0 || verdict.Findings.Count == 0)
        {
            return verdict;
        }

        Finding[] findings = [.. verdict.Findings.Select(finding =>
        {
            if (finding.Outcome is not (Outcome.Fail or Outcome.Unknown) || WaiverRules.Find(waivers, policy, finding.Rule, subject, now) is not { } standing)
            {
                return finding;
            }

            return standing.InForce && policy.Text.Waivable
                ? finding with { Outcome = Outcome.Waived, Waiver = standing.Waiver.Metadata.Name, Standing = standing }
                : finding with { Standing = standing };
        })];
        return verdict with { Outcome = Worst(findings), Findings = findings };
    }

    private static bool IsPodController(PolicyDefinition policy, Subject subject)
        => policy.PodControllers.Count > 0
            && policy.PodControllers.Contains(subject.Identity.Resource)
            && subject.Identity is { Group: "apps" or "batch", Version: "v1", Subresource: "" }
            && policy.Match.Rules!.Any(rule => rule.Operations.Contains(subject.Operation) || rule.Operations.Contains("*"))
            && (policy.Match.Namespaces is null || policy.Match.Namespaces.Contains(subject.Identity.NamespaceName));

    private static IEnumerable<PolicyAnnotation> Annotations(CompiledPolicy policy, PreparedSubject subject, CelValue parameters, FactSnapshot facts, CancellationToken cancellation)
    {
        var bindings = new PolicyBindings(policy, subject, parameters, facts.Value, new CostBudget(CostBudget.OfValidations), null, cancellation) { HidesAuthorizer = true };
        foreach (CompiledExpression annotation in policy.Annotations)
        {
            CelValue value = annotation.Program is { } program ? bindings.Budget.Run(program, bindings, cancellation) : CelValue.Fail(annotation.Problem!);
            if (bindings.Budget.IsOverdrawn || value.Error is not null)
            {
                yield return new PolicyAnnotation(annotation.Name, null, bindings.Budget.IsOverdrawn ? CostBudget.OutOfBudget : $"expression '{annotation.Text}' resulted in error: {value.Error!.Message}");
            }
            else if (value.Kind == CelKind.String)
            {
                if (value.StringValue.Trim() is { Length: > 0 } text)
                {
                    yield return new PolicyAnnotation(annotation.Name, text.Length > LongestAnnotation ? text[..LongestAnnotation] : text, null);
                }
            }
            else if (value.Kind != CelKind.Null)
            {
                yield return new PolicyAnnotation(annotation.Name, null, $"valueExpression '{annotation.Text}' resulted in unsupported return type: {value.Type}. Return type must be either string or null.");
            }
        }
    }

    private static Outcome Worst(IEnumerable<Finding> findings) => findings.Max(finding => finding.Outcome);
}
