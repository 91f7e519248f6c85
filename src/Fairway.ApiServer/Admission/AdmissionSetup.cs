using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>What plug-ins of one cluster may ask.</summary>
internal sealed record AdmissionDependencies
{
    public required string Cluster { get; init; }

    public required ObjectStore Store { get; init; }

    public required RbacAuthorizer Authorizer { get; init; }

    public required Func<KindCatalog> Catalog { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Signs client certificates; null: nobody does.</summary>
    public LocalAuthority? Authority { get; init; }

    /// <summary>Exceptions from validating policies; null: there are none.</summary>
    public AdmissionWaivers? Waivers { get; init; }

    /// <summary>What else kinds are checked for.</summary>
    public IReadOnlyList<ObjectCheck> Checks { get; init; } = [];

    /// <summary>ServiceAccount tokens are issued, so pods get one.</summary>
    public bool IssuesTokens { get; init; }
}

/// <summary>Which plug-ins a cluster has, in the order of kube-apiserver's AllOrderedPlugins.</summary>
internal static class AdmissionSetup
{
    public static AdmissionChain Build(AdmissionDependencies with)
    {
        var limits = new LimitRanger(with.Store);
        var priority = new PriorityPlugin(with.Store);
        var runtimes = new RuntimeClassPlugin(with.Store);
        var approvals = new ApprovalPlugin(with.Time);
        var waivers = new WaiverPlugin(with.Time);
        var webhooks = new WebhookCaller(with.Store, with.Time);
        var subjects = new PolicySubjects(with.Store, with.Catalog, with.Authorizer);
        EvaluateConditions conditions = subjects.Conditions;
        return new AdmissionChain(
            mutating:
            [
                new NamespaceLifecycle(with.Store),
                limits,
                new ServiceAccountPlugin(with.Store, with.IssuesTokens),
                priority,
                new DefaultTolerationSeconds(),
                new DefaultClasses(with.Store),
                new NewNodeTaint(),
                new StorageProtection(),
                runtimes,
                new CertificateRequests(with.Authorizer, with.Authority, with.Time),
                approvals,
                waivers,
                new MutatingPolicies(new StoredPolicies(with.Store, with.Catalog, mutating: true), subjects),
                new MutatingWebhooks(with.Store, with.Catalog, webhooks, conditions),
            ],
            validating:
            [
                new ObjectChecks(with.Checks),
                limits,
                new PodSecurityPlugin(with.Store),
                priority,
                runtimes,
                approvals,
                waivers,
                new ClaimResize(with.Store),
                new ValidatingPolicies(new StoredPolicies(with.Store, with.Catalog, mutating: false), subjects, with.Waivers, with.Time),
                new ValidatingWebhooks(with.Store, with.Catalog, webhooks, conditions),
                new ResourceQuotaPlugin(with.Store, with.Time),
            ]);
    }
}
