using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Admission.Reading;
using Fairway.ControllerRuntime;
using Fairway.Policy.Checking;
using Fairway.Policy.Packs;
using Fairway.Resources;
using Fairway.Resources.Kinds;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Signals;

namespace Fairway.Policy;

/// <summary>
/// The gate of environments: policies of packs about a promotion and its release, decided by the function that decides everywhere, on
/// the facts that the audit has. What fails holds the promotion, and so does what cannot be told yet.
/// </summary>
internal sealed class PromotionPolicies(string hubName, InformerSet hub, StoredFacts facts, IErrorBudgets? budgets, TimeProvider time) : IPromotionPolicies
{
    /// <summary>Asked for every promotion: a freeze holds without being named.</summary>
    private const string FreezePolicy = "no-change-in-freeze";

    private readonly Informer<Release> _releases = hub.Of<Release>();
    private readonly Informer<Waiver> _waivers = hub.Of<Waiver>();
    private readonly Informer _namespaces = hub.Of(KindOf<Namespace>.Type);

    public async Task<PolicyHold?> HoldAsync(Promotion promotion, IReadOnlyList<string> policies, CancellationToken cancellation)
    {
        if (policies.FirstOrDefault(name => !IsKnown(name)) is { } unknown)
        {
            return new PolicyHold(unknown, $"a policy or pack {unknown}, which the environment's gate names and which there is not", null);
        }

        if (budgets is not null)
        {
            // Asked before, so that the facts have the answer.
            await budgets.LeastAsync(promotion.Spec.Application, promotion.Spec.Environment, cancellation);
        }

        PolicyDefinition[] asked =
        [
            .. PackLibrary.All.SelectMany(pack => pack.Policies.Where(policy => policy.Name == FreezePolicy || policies.Contains(policy.Name) || policies.Any(name => Contains(name, pack))))
                .DistinctBy(policy => policy.Name),
        ];
        PolicyJudge judge = PolicyJudge.Build(PolicySet.Empty with { Policies = asked, Waivers = [.. _waivers.List()] }, new List<PolicyProblem>(), boundOnly: false);
        JsonObject node = JsonSerializer.SerializeToNode(promotion, KindOf<Promotion>.Json)!.AsObject();
        PolicyHold? hold = Judge(judge, KindOf<Promotion>.Type, node, promotion.Spec, cancellation);
        return hold ?? (_releases.Documents.Get(new ObjectKey(promotion.Metadata.Namespace ?? "", promotion.Spec.Release)) is { } release
            ? Judge(judge, KindOf<Release>.Type, release.ToNode(), promotion.Spec, cancellation)
            : null);
    }

    private PolicyHold? Judge(PolicyJudge judge, ResourceType type, JsonObject node, PromotionSpec spec, CancellationToken cancellation)
    {
        DateTimeOffset now = time.GetUtcNow();
        var identity = new ResourceIdentity { Group = type.Group, Version = type.Version, Kind = type.Kind, Resource = type.Plural, Namespaced = type.Namespaced, Cluster = hubName };
        Dictionary<string, JsonObject> namespaces = _namespaces.List().ToDictionary(one => one.Header.Name, one => one.ToNode());
        var subject = new PreparedSubject(StoredObjects.SubjectOf(node, identity, namespaces));
        JsonObject known = facts.Of(hubName, node) ?? [];
        (PolicyDefinition Policy, Verdict Verdict)[] against =
        [
            .. judge.Decide(subject, FactSnapshot.Of(known, now), now, cancellation)
                .Where(one => one.Verdict.Outcome is Outcome.Fail or Outcome.Unknown)
                .Select(one => (one.Binding.Policy.Definition, one.Verdict))
                .OrderByDescending(one => one.Definition.Name == FreezePolicy)
                .ThenByDescending(one => one.Verdict.Outcome),
        ];
        if (against is not [(var policy, var verdict), ..])
        {
            return null;
        }

        string more = against.Length == 1 ? "" : $"; and {string.Join(", ", against.Skip(1).Select(one => one.Policy.Name))}";
        DateTimeOffset? until = policy.Name == FreezePolicy && DateTimeOffset.TryParse((string?)known["freeze"]?["until"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset end) ? end : null;
        string what = verdict.Findings is [var finding, ..] ? finding.Message.TrimEnd('.') : policy.Text.Title;
        string state = verdict.Outcome == Outcome.Unknown ? " to be decidable" : "";
        return new PolicyHold(policy.Name, $"policy {policy.Name}{state}, for {spec.Release} into {spec.Environment}: {what}{more}", until);
    }

    private static bool IsKnown(string name) => PackLibrary.Find(name) is not null || PackLibrary.All.Any(pack => pack.Policies.Any(policy => policy.Name == name));

    private static bool Contains(string name, PolicyPack pack)
        => name == pack.Name || PackLibrary.Find(name)?.Includes.Contains(pack.Name) == true;
}
