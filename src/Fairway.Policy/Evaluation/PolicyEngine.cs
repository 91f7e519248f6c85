using System.Text.Json.Nodes;
using Fairway.Cel;
using Fairway.Policy.Evaluation;
using Fairway.Policy.Mending;
using Fairway.Policy.Waivers;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Policy;

/// <summary>
/// The one function that decides, at the desk, in the pipeline, at admission and in the audit:
/// (policy, parameters, waivers, object, facts, now) to pass, fail or unknown. Pure: no I/O, no clock.
/// </summary>
public static class PolicyEngine
{
    /// <summary>
    /// Decides one policy about one subject:
    /// 1. the policy's match rules; 2. its match conditions (any false: not applicable, even when another fails); 3. every
    /// validation: true passes, false fails, a value that is not known makes the verdict unknown, another failure counts by the
    /// failure policy; 4. what failed is looked at again for the field that decided and for a patch that mends; 5. waivers.
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
        PreparedSubject seen = subject;
        if (!Matching.Matches(policy.Definition.Match, subject.Subject))
        {
            if (!IsPodController(policy.Definition, subject.Subject) || subject.PodView is not { } pod)
            {
                return Verdict.NotApplicable;
            }

            (seen, prefix) = pod;
        }

        CelValue given = ParameterValue(parameters);
        var bindings = new PolicyBindings(policy, seen, given, facts.Value, null, cancellation);
        if (Condition(policy, bindings, cancellation) is { } decided)
        {
            return WithWaivers(decided, policy.Definition, waivers, subject.Subject, now);
        }

        List<Finding>? findings = null;
        foreach (CompiledRule rule in policy.Rules)
        {
            CelValue value = bindings.Budget.Run(rule.Program, bindings, cancellation);
            if (value.IsTrue)
            {
                continue;
            }

            if (value.Kind == CelKind.Error && value.Error!.Reason != CelErrorKind.Unknown && !policy.Definition.FailsClosed)
            {
                continue;
            }

            (findings ??= []).Add(Explain(policy, rule, value, bindings, seen, given, facts, prefix, cancellation));
        }

        if (findings is null)
        {
            return Verdict.Pass;
        }

        Mend(policy, parameters, subject, facts, now, findings, cancellation);
        return WithWaivers(new Verdict(Worst(findings), findings), policy.Definition, waivers, subject.Subject, now);
    }

    /// <summary>The parameters as expressions see them.</summary>
    internal static CelValue ParameterValue(JsonObject? parameters) => parameters is null ? CelValue.Null : ObjectValues.Of(parameters);

    private static bool IsPodController(PolicyDefinition policy, Subject subject)
        => policy.PodControllers.Count > 0
            && policy.PodControllers.Contains(subject.Identity.Resource)
            && subject.Identity is { Group: "apps" or "batch", Version: "v1", Subresource: "" }
            && policy.Match.Rules!.Any(rule => rule.Operations.Contains(subject.Operation) || rule.Operations.Contains("*"))
            && (policy.Match.Namespaces is null || policy.Match.Namespaces.Contains(subject.Identity.NamespaceName));

    private static Verdict? Condition(CompiledPolicy policy, PolicyBindings bindings, CancellationToken cancellation)
    {
        Finding? failed = null;
        foreach ((string name, CelProgram program) in policy.Conditions)
        {
            CelValue value = bindings.Budget.Run(program, bindings, cancellation);
            if (value.IsFalse)
            {
                return Verdict.NotApplicable;
            }

            if (!value.IsTrue)
            {
                bool unknown = value.Error?.Reason == CelErrorKind.Unknown;
                if (unknown || policy.Definition.FailsClosed)
                {
                    failed ??= Bare(policy, $"matchConditions[{name}]", unknown ? Outcome.Unknown : Outcome.Fail, $"match condition {name}: {Text(value)}") with { IsError = !unknown };
                }
                else
                {
                    return Verdict.NotApplicable;
                }
            }
        }

        return failed is null ? null : new Verdict(failed.Outcome, [failed]);
    }

    private static Finding Explain(
        CompiledPolicy policy, CompiledRule rule, CelValue value, PolicyBindings bindings, PreparedSubject subject, CelValue parameters, FactSnapshot facts, FieldPath prefix,
        CancellationToken cancellation)
    {
        if (value.Error?.Reason == CelErrorKind.Unknown)
        {
            return Bare(policy, rule.Rule.Name, Outcome.Unknown, $"{Message(rule, bindings, cancellation, false)} It cannot be told: {value.Error.Message}.");
        }

        FieldPath path = Locate(policy, rule, subject, parameters, facts, cancellation).Below(prefix);
        return value.IsFalse
            ? Bare(policy, rule.Rule.Name, Outcome.Fail, Message(rule, bindings, cancellation, true)) with { Path = path }
            : Bare(policy, rule.Rule.Name, Outcome.Fail, $"the policy could not be evaluated: {Text(value)}") with { Path = path, IsError = true };
    }

    /// <summary>The field that decided: the rule is evaluated once more on values that remember where they stand.</summary>
    private static FieldPath Locate(CompiledPolicy policy, CompiledRule rule, PreparedSubject subject, CelValue parameters, FactSnapshot facts, CancellationToken cancellation)
    {
        CelValue Run(FieldTrace trace)
        {
            var bindings = new PolicyBindings(policy, subject, parameters, facts.Value, trace.Wrap(subject.Object, FieldPath.Root), cancellation);
            return bindings.Budget.Run(rule.Program, bindings, cancellation);
        }

        var trace = new FieldTrace();
        Run(trace);
        if (trace.AmbiguousList is not { } list)
        {
            return trace.Place;
        }

        return Run(new FieldTrace { HideLastOf = list }).IsFalse ? trace.Earlier : trace.Place;
    }

    private static string Message(CompiledRule rule, PolicyBindings bindings, CancellationToken cancellation, bool evaluate)
    {
        if (evaluate && rule.Message is { } program)
        {
            CelValue text = bindings.Budget.Run(program, bindings, cancellation);
            if (text.Kind == CelKind.String && text.StringValue.Trim() is { Length: > 0 and <= 5 * 1024 } message && !message.Contains('\n', StringComparison.Ordinal))
            {
                return message;
            }
        }

        return rule.Rule.Message?.Trim() is { Length: > 0 } given ? given : $"failed expression: {rule.Rule.Expression.Trim()}";
    }

    private static void Mend(
        CompiledPolicy policy, JsonObject? parameters, PreparedSubject subject, FactSnapshot facts, DateTimeOffset now, List<Finding> findings, CancellationToken cancellation)
    {
        if (policy.Definition.Text.Mends.Count == 0 || subject.Subject.Object is not { } target || !findings.Exists(finding => finding.Outcome == Outcome.Fail && !finding.IsError))
        {
            return;
        }

        JsonArray patch = MendPlanner.Plan(policy.Definition.Text.Mends, target);
        if (patch.Count == 0)
        {
            return;
        }

        // A patch counts only if the policy says so.
        var mended = JsonPatch.Apply(target.DeepClone(), patch.DeepClone()) as JsonObject;
        CompiledPolicy judge = policy.WithoutMends;
        Verdict after = Decide(judge, parameters, [], new PreparedSubject(subject.Subject with { Object = mended }), facts, now, cancellation);
        for (int i = 0; i < findings.Count; i++)
        {
            Finding finding = findings[i];
            if (finding.Outcome == Outcome.Fail && !after.Findings.Any(left => left.Rule == finding.Rule))
            {
                findings[i] = finding with { Patch = patch.DeepClone().AsArray() };
            }
        }
    }

    private static Verdict WithWaivers(Verdict verdict, PolicyDefinition policy, IReadOnlyList<Waiver> waivers, Subject subject, DateTimeOffset now)
    {
        if (waivers.Count == 0 || verdict.Findings.Count == 0 || !policy.Text.Waivable)
        {
            return verdict;
        }

        Finding[] findings = [.. verdict.Findings.Select(finding => finding.Outcome is Outcome.Fail or Outcome.Unknown
            && WaiverRules.Covering(waivers, policy, finding.Rule, subject, now) is { } waiver
                ? finding with { Outcome = Outcome.Waived, Waiver = waiver.Metadata.Name }
                : finding)];
        return new Verdict(Worst(findings), findings);
    }

    private static Outcome Worst(IEnumerable<Finding> findings) => findings.Max(finding => finding.Outcome);

    private static Finding Bare(CompiledPolicy policy, string rule, Outcome outcome, string message) => new()
    {
        Policy = policy.Definition.Name,
        Rule = rule,
        Outcome = outcome,
        Severity = policy.Definition.Text.Severity,
        Message = message,
    };

    private static string Text(CelValue value) => value.Error?.Message ?? $"it gives {value.Type}, not a truth value";
}
