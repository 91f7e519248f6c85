using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Fairway.Admission.Evaluation;
using Fairway.Cel;
using Fairway.Resources.Schemas;

namespace Fairway.Admission.Explaining;

/// <summary>An evaluation told value by value: match, conditions, variables, validations, verdict.</summary>
public static class PolicyTrace
{
    private const int ShownCharacters = 160;

    /// <summary>The trace as JSON: <c>policy</c>, <c>matches</c>, <c>steps</c> (each with expression, value and the values within), <c>verdict</c>.</summary>
    public static JsonObject Of(PolicyJudge judge, PolicyJudge.Binding binding, PreparedSubject subject, FactSnapshot facts, DateTimeOffset now, CancellationToken cancellation)
    {
        CompiledPolicy policy = binding.Policy;
        PreparedSubject? view = Matching.View(policy.Definition.Match, subject);
        PreparedSubject seen = view ?? subject;
        bool matches = view is not null;
        Verdict verdict = judge.DecideOne(binding, subject, facts, now, cancellation);
        if (!matches && verdict.Outcome != Outcome.NotApplicable && subject.PodView is { } pod)
        {
            (seen, _) = pod;
            matches = true;
        }

        var steps = new JsonArray();
        if (matches)
        {
            var bindings = new PolicyBindings(policy, seen, PolicyEngine.ParameterValue(binding.Given?.Inline), facts.Value, new CostBudget(CostBudget.OfValidations), null, cancellation);
            foreach (CompiledExpression condition in policy.Conditions)
            {
                steps.Add(Step($"match condition {condition.Name}", condition.Program!, bindings, cancellation));
            }

            foreach (NamedExpression variable in policy.Definition.Variables)
            {
                steps.Add(Step($"variable {variable.Name}", policy.Variables[variable.Name].Program!, bindings, cancellation));
            }

            foreach (CompiledRule rule in policy.Rules)
            {
                steps.Add(Step($"validation {rule.Rule.Name}", rule.Expression.Program!, bindings, cancellation));
            }
        }

        return new JsonObject
        {
            ["policy"] = policy.Definition.Name,
            ["binding"] = binding.Name,
            ["matches"] = matches,
            ["steps"] = steps,
            ["verdict"] = Word(verdict.Outcome),
            ["findings"] = new JsonArray([.. verdict.Findings.Select(finding => (JsonNode)new JsonObject
            {
                ["rule"] = finding.Rule, ["result"] = Word(finding.Outcome), ["path"] = finding.Path.ToString(), ["message"] = finding.Message,
                ["waiver"] = finding.Waiver, ["patch"] = finding.Patch?.DeepClone(),
            })]),
        };
    }

    /// <summary>Traces as text, the inner values indented below their expression.</summary>
    public static string Render(JsonArray traces)
    {
        var text = new StringBuilder();
        foreach (JsonNode? trace in traces)
        {
            text.Append(CultureInfo.InvariantCulture, $"{trace.Text("object")} ({trace.Text("file")}), policy {trace.Text("policy")}: {trace.Text("verdict")}\n");
            if (KubeJson.AsBool(trace?["matches"]) != true)
            {
                text.Append("  the policy's match rules do not take the object in\n");
            }

            foreach (JsonNode? step in trace.Array("steps") ?? [])
            {
                text.Append(CultureInfo.InvariantCulture, $"  {step.Text("what")} = {step.Text("value")}\n");
                foreach (JsonNode? inner in step.Array("values") ?? [])
                {
                    text.Append(CultureInfo.InvariantCulture, $"      {inner.Text("expression")} = {inner.Text("value")}\n");
                }
            }

            foreach (JsonNode? finding in trace.Array("findings") ?? [])
            {
                text.Append(CultureInfo.InvariantCulture, $"  {finding.Text("result")} {finding.Text("path")}: {finding.Text("message")}\n");
            }
        }

        return text.ToString();
    }

    private static JsonObject Step(string what, CelProgram program, PolicyBindings bindings, CancellationToken cancellation)
    {
        (CelResult result, IReadOnlyList<CelTraceStep> inner) = program.Trace(bindings, CelLimits.PerExpression, cancellation);
        return new JsonObject
        {
            ["what"] = what,
            ["expression"] = program.Text,
            ["value"] = Shown(result.Value),
            ["cost"] = result.Cost,
            ["values"] = new JsonArray([.. inner.Take(inner.Count - 1).Where(step => step.Length < program.Text.Length && !IsName(step.Text)).Select(step => (JsonNode)new JsonObject
            {
                ["offset"] = step.Offset, ["expression"] = OneLine(step.Text), ["value"] = Shown(step.Value),
            })]),
        };
    }

    private static string Shown(CelValue value)
    {
        string text = value.Error is { } error ? (error.Reason == CelErrorKind.Unknown ? $"unknown: {error.Message}" : $"error: {error.Message}") : OneLine(value.ToString());
        return text.Length <= ShownCharacters ? text : text[..ShownCharacters] + "…";
    }

    // A name alone explains nothing and would show the whole object.
    private static bool IsName(string text) => text.All(one => char.IsAsciiLetterOrDigit(one) || one == '_');

    private static string OneLine(string text) => string.Join(' ', text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    private static string Word(Outcome outcome) => outcome == Outcome.NotApplicable ? "not applicable" : outcome.ToString().ToLowerInvariant();
}
