using System.Text.Json.Nodes;
using Fairway.Admission.Waivers;
using Fairway.ControllerRuntime;
using Fairway.Policy.Auditing;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Policy.Waivers;

/// <summary>Waivers for requests that a ValidatingAdmissionPolicy objects to. Reads what informers hold: no I/O, so admission may ask. Safe for concurrent use.</summary>
public sealed class RequestWaivers
{
    private readonly Informer<Waiver> _waivers;
    private readonly Dictionary<string, Informer<Namespace>> _namespaces;
    private readonly WaiverUses _uses;

    internal RequestWaivers(InformerSet hub, IReadOnlyDictionary<string, InformerSet> clusters, WaiverUses uses)
    {
        _waivers = hub.Of<Waiver>();
        _namespaces = clusters.ToDictionary(cluster => cluster.Key, cluster => cluster.Value.Of<Namespace>());
        _uses = uses;
    }

    /// <summary>Every waiver of the hub.</summary>
    public IReadOnlyList<Waiver> All() => _waivers.Documents.List() is { Count: > 0 } ? [.. _waivers.List()] : [];

    /// <summary>Tells the ledger, soon, that a waiver let a request through. An object without a name yet is told by the audit once it is stored.</summary>
    /// <param name="finding">What is wrong, with the waiver.</param>
    /// <param name="subject">The object, with its cluster.</param>
    /// <param name="user">Who sent the request.</param>
    public void Note(Finding finding, Subject subject, string user)
    {
        if (subject.Identity.Name.Length == 0 || finding.Waiver is not { } waiver)
        {
            return;
        }

        JsonObject? home = _namespaces.GetValueOrDefault(subject.Identity.Cluster)?.Documents.Get(new ObjectKey("", subject.Identity.NamespaceName))?.ToNode();
        _uses.Note(new WaiverUse(waiver, finding.Policy, finding.Rule, finding.Message, subject.Identity, ClusterAudit.TeamOf(subject.Any ?? [], home), user));
    }
}
