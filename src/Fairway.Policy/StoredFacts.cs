using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.ControllerRuntime;
using Fairway.Policy.Auditing;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Signals;

namespace Fairway.Policy;

/// <summary>
/// The facts of the audit, as far as the platform has a source for them: releases and where they were verified, who asked for and who
/// approved a promotion, what is left of error budgets. What has none stays unknown.
/// </summary>
internal sealed class StoredFacts(string hubName, InformerSet hub, IErrorBudgets? budgets, TimeProvider time)
{
    private readonly Informer<Release> _releases = hub.Of<Release>();
    private readonly Informer<Promotion> _promotions = hub.Of<Promotion>();

    public JsonObject? Of(string cluster, JsonObject node)
    {
        var facts = new JsonObject { ["cluster"] = cluster, ["owner"] = ClusterAudit.TeamOf(node, null) };
        string? kind = (string?)node["kind"];
        if (cluster != hubName || kind is not ("Release" or "Promotion"))
        {
            return facts;
        }

        string? application = (string?)node["spec"]?["application"];
        string? @namespace = (string?)node["metadata"]?["namespace"];
        string? name = kind == "Release" ? (string?)node["metadata"]?["name"] : (string?)node["spec"]?["release"];
        facts["application"] = application;
        JsonObject? release = name is null ? null : ReleaseFacts(@namespace, name);
        if (kind == "Promotion")
        {
            string? environment = (string?)node["spec"]?["environment"];
            facts["environment"] = environment;
            AddPromotion(release, @namespace, (string?)node["metadata"]?["name"]);
            if (application is not null && environment is not null && BudgetFacts(application, environment) is { } budget)
            {
                facts["budget"] = budget;
            }
        }

        if (release is not null)
        {
            facts["release"] = release;
        }

        return facts;
    }

    private JsonObject? ReleaseFacts(string? @namespace, string name)
        => _releases.Get(@namespace, name) is { } release
            ? new JsonObject
            {
                ["name"] = name,
                ["version"] = release.Spec.Version,
                ["number"] = release.Spec.Number,
                ["verifiedIn"] = new JsonArray([.. (release.Status?.VerifiedIn ?? []).Select(verified => (JsonNode)verified.Environment)]),
            }
            : null;

    private void AddPromotion(JsonObject? release, string? @namespace, string? name)
    {
        if (release is null || name is null || _promotions.Get(@namespace, name) is not { } promotion)
        {
            return;
        }

        release["requestedBy"] = promotion.Spec.RequestedBy;
        // Nobody has approved it: that is known, and not the same as not knowing.
        release["approvedBy"] = new JsonArray(promotion.Spec.Approval is { } approval ? [approval.By] : []);
    }

    /// <summary>What is left, where the answer is there at once; asking brings it for the next time.</summary>
    private JsonObject? BudgetFacts(string application, string environment)
        => budgets?.LeastAsync(application, environment, CancellationToken.None) is { IsCompletedSuccessfully: true, Result: { } left }
            ? new JsonObject
            {
                ["remaining"] = left.Remaining,
                ["objective"] = $"{left.Slo}/{left.Objective}",
                ["asOf"] = time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            }
            : null;
}
