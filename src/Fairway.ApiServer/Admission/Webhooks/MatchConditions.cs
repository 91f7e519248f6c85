using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>What a webhook's match conditions come to.</summary>
/// <param name="Matches">All are true.</param>
/// <param name="Error">One could not be evaluated, and none is false.</param>
internal readonly record struct ConditionOutcome(bool Matches, string? Error);

/// <summary>Evaluates match conditions (CEL) of webhooks; set by whoever brings the expression engine.</summary>
/// <param name="conditions">The members of matchConditions, not empty.</param>
internal delegate ConditionOutcome EvaluateConditions(AdmissionRequest request, JsonArray conditions);

/// <summary>Whether a webhook wants to be asked, by its match conditions.</summary>
internal static class MatchConditions
{
    /// <exception cref="StatusException">403: a condition fails to evaluate and the webhook's failure policy is Fail.</exception>
    public static bool Hold(JsonObject webhook, AdmissionRequest request, EvaluateConditions? evaluate)
    {
        if (webhook["matchConditions"] is not JsonArray { Count: > 0 } conditions)
        {
            return true;
        }

        ConditionOutcome outcome = evaluate is null
            ? new ConditionOutcome(false, "match conditions are not evaluated by this server")
            : evaluate(request, conditions);
        if (outcome.Error is null)
        {
            return outcome.Matches;
        }

        return (string?)webhook["failurePolicy"] == "Ignore" ? false : throw request.Forbidden(outcome.Error);
    }
}
