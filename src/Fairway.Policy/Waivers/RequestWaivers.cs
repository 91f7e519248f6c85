using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Fairway.ControllerRuntime;
using Fairway.Policy.Auditing;
using Fairway.Policy.Reading;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Policy.Waivers;

/// <summary>
/// Waivers for requests that a ValidatingAdmissionPolicy objects to, by the rules of the audit. Reads what informers hold: no I/O, so
/// admission may ask. Safe for concurrent use.
/// </summary>
public sealed class RequestWaivers
{
    private static readonly ConditionalWeakTable<Document, StrongBox<PolicyDefinition?>> Definitions = [];

    private readonly Informer<Waiver> _waivers;
    private readonly Dictionary<string, Informer<Namespace>> _namespaces;
    private readonly WaiverUses _uses;

    internal RequestWaivers(InformerSet hub, IReadOnlyDictionary<string, InformerSet> clusters, WaiverUses uses)
    {
        _waivers = hub.Of<Waiver>();
        _namespaces = clusters.ToDictionary(cluster => cluster.Key, cluster => cluster.Value.Of<Namespace>());
        _uses = uses;
    }

    /// <summary>The waiver that concerns an objection, in force or not; null when there is none. Costs a look at each waiver.</summary>
    /// <param name="policy">The ValidatingAdmissionPolicy as it is stored.</param>
    /// <param name="validation">Which of its validations; null: a match condition that could not be evaluated.</param>
    /// <param name="subject">The object, with its cluster.</param>
    /// <param name="now">For expiry.</param>
    public WaiverStanding? Find(Document policy, int? validation, Subject subject, DateTimeOffset now)
        => _waivers.Documents.List() is { Count: > 0 } && DefinitionOf(policy) is { } definition
            ? WaiverRules.Find(_waivers.List(), definition, RuleOf(definition, validation), subject, now)
            : null;

    /// <summary>Tells the ledger, soon, that a waiver let a request through. An object without a name yet is told by the audit once it is stored.</summary>
    /// <param name="policy">As above.</param>
    /// <param name="validation">As above.</param>
    /// <param name="subject">The object, with its cluster.</param>
    /// <param name="waiver">The waiver's name.</param>
    /// <param name="message">What is wrong.</param>
    /// <param name="user">Who sent the request.</param>
    public void Note(Document policy, int? validation, Subject subject, string waiver, string message, string user)
    {
        if (subject.Identity.Name.Length == 0 || DefinitionOf(policy) is not { } definition)
        {
            return;
        }

        JsonObject? home = _namespaces.GetValueOrDefault(subject.Identity.Cluster)?.Documents.Get(new ObjectKey("", subject.Identity.NamespaceName))?.ToNode();
        string team = ClusterAudit.TeamOf(subject.Any ?? [], home);
        _uses.Note(new WaiverUse(waiver, definition.Name, RuleOf(definition, validation), message, subject.Identity, team, user));
    }

    private static PolicyDefinition? DefinitionOf(Document policy)
        => Definitions.GetValue(policy, static one => new StrongBox<PolicyDefinition?>(KubernetesPolicy.Read(one.ToNode(), one.Header.Name, new List<PolicyProblem>()))).Value;

    private static string RuleOf(PolicyDefinition policy, int? validation)
        => validation is { } index ? policy.Validations.ElementAtOrDefault(index)?.Name ?? $"{index}" : "matchConditions";
}
