using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.ControllerRuntime;
using Fairway.Policy.Auditing;
using Fairway.Policy.Evidence;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Signals;

namespace Fairway.Policy;

/// <summary>
/// The facts of the audit and of promotions' gates: releases with the evidence that their images carry and where they were verified,
/// who asked for and who approved a promotion, freezes, what is left of error budgets. What has no source stays unknown.
/// </summary>
internal sealed class StoredFacts(string hubName, InformerSet hub, IErrorBudgets? budgets, ReleaseEvidenceFacts? evidence, string? platformKey, TimeProvider time)
{
    private readonly Informer<TrustedKey> _keys = hub.Of<TrustedKey>();
    private readonly Informer<FreezeWindow> _freezes = hub.Of<FreezeWindow>();

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
        JsonObject? release = name is null ? null : ReleaseFacts(@namespace, name, facts);
        if (kind == "Promotion")
        {
            string? environment = (string?)node["spec"]?["environment"];
            facts["environment"] = environment;
            facts["freeze"] = FreezeFacts(@namespace, application, environment);
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

    /// <summary>What the facts depend on besides the objects themselves: it changes when keys, freezes or the hour do.</summary>
    public string State()
    {
        DateTimeOffset now = time.GetUtcNow();
        IEnumerable<string> keys = _keys.List().Select(key => $"{key.Metadata.Name}@{key.Metadata.ResourceVersion}{key.Spec.ExpiresAt <= now}");
        IEnumerable<string> freezes = _freezes.List().Select(window => $"{window.Metadata.Name}@{window.Metadata.ResourceVersion}{Freezes.EndOf(window.Spec, now)}");
        // Evidence grows old by itself.
        return string.Join(',', keys.Concat(freezes).Order(StringComparer.Ordinal).Append(now.ToString("yyyyMMddHH", CultureInfo.InvariantCulture)));
    }

    /// <summary>The kinds besides Releases and Promotions that facts come from.</summary>
    public IReadOnlyList<Informer> Sources => [_keys.Documents, _freezes.Documents];

    private JsonObject? ReleaseFacts(string? @namespace, string name, JsonObject facts)
    {
        if (_releases.Get(@namespace, name) is not { } release)
        {
            return null;
        }

        var known = new JsonObject
        {
            ["name"] = name,
            ["version"] = release.Spec.Version,
            ["number"] = release.Spec.Number,
            ["verifiedIn"] = new JsonArray([.. (release.Status?.VerifiedIn ?? []).Select(verified => (JsonNode)verified.Environment)]),
        };
        evidence?.Add(release.Spec, TrustedKeyText.Of(_keys.List(), platformKey, @namespace, time.GetUtcNow()), known, facts);
        return known;
    }

    private JsonObject FreezeFacts(string? @namespace, string? application, string? environment)
        => Freezes.At(_freezes.List(), @namespace, application, environment, time.GetUtcNow()) is { } freeze
            ? new JsonObject { ["active"] = true, ["reason"] = freeze.Reason, ["until"] = freeze.Until.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) }
            : new JsonObject { ["active"] = false };

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
