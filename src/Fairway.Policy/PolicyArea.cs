using System.Text.Json.Nodes;
using Fairway.Admission.Waivers;
using Fairway.ControllerRuntime;
using Fairway.Policy.Auditing;
using Fairway.Policy.Evidence;
using Fairway.Policy.Waivers;
using Fairway.Resources;
using Fairway.Resources.Kinds.Admission;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Kinds.PolicyReports;
using Fairway.Resources.Signals;
using Fairway.Storage;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Fairway.Policy;

/// <summary>What the area needs from around it.</summary>
public sealed record PolicyDependencies
{
    public required string Hub { get; init; }

    /// <summary>Every cluster's informers, the hub's among them.</summary>
    public required IReadOnlyDictionary<string, InformerSet> Clusters { get; init; }

    public required Ledger Ledger { get; init; }

    public required RevisionLog Revisions { get; init; }

    /// <summary>Serves a computed kind: the record, and the objects of a cluster and namespace.</summary>
    public required Action<Type, Func<string, string?, IReadOnlyList<Document>>> Serve { get; init; }

    /// <summary>Error budgets, for the facts about promotions.</summary>
    public IErrorBudgets? Budgets { get; init; }

    /// <summary>Images and what is attached to them, for the facts about releases.</summary>
    public ImageStore? Images { get; init; }

    /// <summary>The public key, in PEM, with which the platform's pipelines sign provenance.</summary>
    public string? PlatformKey { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILoggerFactory Logs { get; init; }
}

/// <summary>Policies on a running platform: the audit of what is stored, its reports, waivers, rehearsals.</summary>
public sealed class PolicyArea
{
    private readonly PolicyDependencies _needs;
    private readonly Dictionary<string, ClusterAudit> _audits;

    private PolicyArea(PolicyDependencies needs, Dictionary<string, ClusterAudit> audits, RequestWaivers waivers, IPromotionPolicies promotions)
    {
        _needs = needs;
        _audits = audits;
        Waivers = waivers;
        Promotions = promotions;
    }

    /// <summary>The gate of environments.</summary>
    public IPromotionPolicies Promotions { get; }

    /// <summary>Waivers for admission.</summary>
    public RequestWaivers Waivers { get; }

    /// <summary>Adds the audit of every cluster and the controller of waivers to a host, and the report kinds to the API.</summary>
    public static PolicyArea AddTo(ControllerHost host, PolicyDependencies needs)
    {
        InformerSet hub = needs.Clusters[needs.Hub];
        var uses = new WaiverUses(needs.Ledger, needs.Time);
        var facts = new StoredFacts(needs.Hub, hub, needs.Budgets, needs.Images is null ? null : new ReleaseEvidenceFacts(needs.Images), needs.PlatformKey, needs.Time);
        var audits = needs.Clusters.ToDictionary(cluster => cluster.Key, cluster => new ClusterAudit(cluster.Key, needs.Time) { WaiverUsed = uses.Note });
        ILogger log = needs.Logs.CreateLogger<AuditController>();
        foreach ((string name, InformerSet informers) in needs.Clusters)
        {
            var controller = new AuditController(informers, hub, audits[name], facts.Of, needs.Time, log, name == needs.Hub ? facts : null);
            host.Add(informers);
            host.Add($"{name}/policy-audit", controller.RunAsync);
            var status = new PolicyStatusReconciler(informers);
            host.Add(new ControllerBuilder($"{name}-policy-status", informers, needs.Time, needs.Logs).For<ValidatingAdmissionPolicy>().Reconcile(status.ReconcileAsync).Build());
        }

        var requests = new RequestWaivers(hub, needs.Clusters, uses);
        host.Add($"{needs.Hub}/waiver-uses", uses.RunAsync);
        var waivers = new WaiverReconciler(hub, uses, needs.Ledger, needs.Time);
        host.Add(new ControllerBuilder("waivers", hub, needs.Time, needs.Logs).For<Waiver>().Reconcile(waivers.ReconcileAsync).Build());
        foreach ((Type record, string apiVersion) in (ReadOnlySpan<(Type, string)>)
            [(typeof(Report), "openreports.io/v1alpha1"), (typeof(ClusterReport), "openreports.io/v1alpha1"), (typeof(PolicyReport), "wgpolicyk8s.io/v1alpha2"), (typeof(ClusterPolicyReport), "wgpolicyk8s.io/v1alpha2")])
        {
            needs.Serve(record, (cluster, @namespace) => AuditReports.Of(audits[cluster], apiVersion, record.Name, @namespace));
        }

        return new PolicyArea(needs, audits, requests, new PromotionPolicies(needs.Hub, hub, facts, needs.Budgets, needs.Time));
    }

    /// <summary>Serves packs, violations, reports, rehearsals, the playground and decisions about waivers below <c>/fairway/v1</c>.</summary>
    public void MapEndpoints(IEndpointRouteBuilder routes, PolicyGuard guard) => new PolicyEndpoints(_needs, _audits, guard).MapTo(routes);
}
