using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Fairway.Admission.Evaluation;
using Fairway.Cel;
using Fairway.Resources.Schemas;

namespace Fairway.Admission;

/// <summary>Match conditions of webhooks: those of policies, without parameters. Compiled once for each list of them.</summary>
public static class WebhookConditions
{
    private static readonly ConditionalWeakTable<JsonArray, CompiledPolicy> Compiled = [];

    /// <summary>Whether all hold; an error's text when one fails and none is false.</summary>
    /// <param name="conditions">The members of matchConditions.</param>
    /// <param name="subject">The request.</param>
    /// <param name="cancellation">Ends it.</param>
    public static (bool Matches, string? Error) Evaluate(JsonArray conditions, PreparedSubject subject, CancellationToken cancellation)
    {
        CompiledPolicy policy = Compiled.GetValue(conditions, static list => Compile(list));
        (bool holds, CelError? error, string text) = PolicyEngine.Conditions(policy, subject, CelValue.Null, FactSnapshot.Nothing, cancellation);
        return (holds, error is null ? null : text);
    }

    private static CompiledPolicy Compile(JsonArray list)
    {
        var definition = new PolicyDefinition
        {
            Name = "webhook",
            Dialect = PolicyDialect.Kubernetes,
            Text = new PolicyText { Title = "webhook" },
            Match = MatchRules.Everything,
            MatchConditions = [.. list.Select((one, i) => new NamedExpression(one.Text("name") ?? "", one.Text("expression") ?? "", $"matchConditions[{i}].expression"))],
            Validations = [],
            Document = [],
        };
        return CompiledPolicy.Compile(definition, new List<PolicyProblem>(), withFacts: false);
    }
}
