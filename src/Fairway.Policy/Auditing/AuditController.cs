using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Fairway.Admission.Reading;
using Fairway.Admission.Waivers;
using Fairway.ControllerRuntime;
using Fairway.Policy.Packs;
using Fairway.Resources;
using Fairway.Resources.Kinds;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Schemas;
using Microsoft.Extensions.Logging;

namespace Fairway.Policy.Auditing;

/// <summary>
/// Keeps the audit of one cluster: the packs of the program, and the policies and bindings installed in the cluster, about every
/// stored object they concern. Informers tell what changed; one worker judges it; a policy, waiver or namespace that changed judges
/// again only what it concerns.
/// </summary>
internal sealed partial class AuditController
{
    private static readonly TimeSpan WaiverTick = TimeSpan.FromMinutes(1);
    private static readonly string[] PolicyKinds = ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"];

    private readonly InformerSet _informers;
    private readonly Informer<Waiver> _waivers;
    private readonly ClusterAudit _audit;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Func<string, JsonObject, JsonObject?> _facts;
    private readonly Informer[] _policies;
    private readonly Dictionary<ResourceType, Informer> _kinds = [];
    private readonly ConcurrentDictionary<(ResourceType Type, ObjectKey Key), byte> _pending = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Dictionary<string, (string Version, CompiledPolicy? Policy)> _compiled = [];
    private readonly Dictionary<string, (string Version, PolicyBinding Binding)> _bound = [];
    private volatile bool _policiesChanged = true;
    private readonly StoredFacts? _sources;
    private string _waiverState = "";
    private string _factState = "";

    private static readonly Lazy<IReadOnlyList<CompiledPolicy>> PackPolicies = new(() =>
    [
        .. PackLibrary.All.SelectMany(pack => pack.Policies)
            .Where(policy => policy.Match.Rules?.All(rule => rule.Groups.All(group => group == KindNames.SourceGroup)) != true)
            .Select(policy => CompiledPolicy.Compile(policy, new List<PolicyProblem>())).OfType<CompiledPolicy>(),
    ]);

    public AuditController(InformerSet informers, InformerSet hub, ClusterAudit audit, Func<string, JsonObject, JsonObject?> facts, TimeProvider time, ILogger log, StoredFacts? sources = null)
    {
        _informers = informers;
        _audit = audit;
        _facts = facts;
        _sources = sources;
        _time = time;
        _log = log;
        _waivers = hub.Of<Waiver>();
        _waivers.Documents.Subscribe(_ => Policies());
        _policies = [.. PolicyKinds.Select(kind => AllKinds.Catalog.Find("admissionregistration.k8s.io/v1", kind)?.Type).OfType<ResourceType>().Select(type => informers.Of(type))];
        foreach (Informer informer in _policies)
        {
            informer.Subscribe(_ => Policies());
        }

        foreach (Informer source in sources?.Sources ?? [])
        {
            source.Subscribe(_ => _wake.Writer.TryWrite(true));
        }

        foreach (KindDefinition kind in AllKinds.Catalog.All.Where(kind => PackPolicies.Value.Any(policy => About(policy, kind.Type)) || IsCommon(kind.Type)))
        {
            Watch(kind.Type);
        }
    }

    /// <summary>Judges what changed until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await Task.WhenAll([.. _kinds.Values.Concat(_policies).Append(_waivers.Documents).Concat(_sources?.Sources ?? []).Select(informer => informer.WaitForSyncAsync(cancellation))]);
        using var tick = new PeriodicTimer(WaiverTick, _time);
        Task<bool> next = tick.WaitForNextTickAsync(cancellation).AsTask();
        while (!cancellation.IsCancellationRequested)
        {
            RefreshFacts();
            JudgePending(RefreshPolicies(), cancellation);
            Task<bool> woken = _wake.Reader.WaitToReadAsync(cancellation).AsTask();
            if (await Task.WhenAny(woken, next) == next)
            {
                await next;
                next = tick.WaitForNextTickAsync(cancellation).AsTask();
                _policiesChanged |= WaiverState() != _waiverState;
            }
            else
            {
                await woken;
                _wake.Reader.TryRead(out _);
            }
        }
    }

    private void Watch(ResourceType type)
    {
        Informer informer = _informers.Of(type);
        _kinds[type] = informer;
        bool isNamespace = type.GroupResource == "namespaces";
        informer.Subscribe(change =>
        {
            _pending[(type, change.Key)] = 0;
            if (isNamespace && change is { Before: not null, After: not null })
            {
                // Its labels may select other policies for all that is in it.
                foreach ((ResourceType other, Informer others) in _kinds)
                {
                    foreach (Document one in others.List(change.Key.Name))
                    {
                        _pending[(other, ObjectKey.Of(one))] = 0;
                    }
                }
            }

            _wake.Writer.TryWrite(true);
        });
    }

    private void Policies()
    {
        _policiesChanged = true;
        _wake.Writer.TryWrite(true);
    }

    /// <summary>Releases and promotions are judged again when what is known about them may have changed without them.</summary>
    private void RefreshFacts()
    {
        if (_sources?.State() is not { } state || state == _factState)
        {
            return;
        }

        _factState = state;
        foreach ((ResourceType type, Informer informer) in _kinds.Where(kind => kind.Key.GroupResource is "releases.fairway.dev" or "promotions.fairway.dev"))
        {
            foreach (Document one in informer.List())
            {
                _pending[(type, ObjectKey.Of(one))] = 0;
            }
        }
    }

    private IReadOnlySet<string>? RefreshPolicies()
    {
        if (!_policiesChanged)
        {
            return null;
        }

        _policiesChanged = false;
        var problems = new List<PolicyProblem>();
        CompiledPolicy[] installed = [.. Installed("ValidatingAdmissionPolicy").Select(document => Compiled(document, problems)).OfType<CompiledPolicy>()];
        PolicyBinding[] bindings = [.. Installed("ValidatingAdmissionPolicyBinding").Select(document => Bound(document, problems))];
        HashSet<string> names = [.. bindings.Select(binding => binding.Policy)];
        // What is installed is judged as it is bound; the rest of the packs is judged everywhere but in the system's namespaces.
        CompiledPolicy[] packs = [.. PackPolicies.Value.Where(policy => !names.Contains(policy.Definition.Name))];
        PolicySet set = PolicySet.Empty with
        {
            Bindings = [.. bindings, .. packs.Select(policy => PackBinding(policy.Definition.Name))],
            Waivers = [.. _waivers.List()],
            Parameters = [.. Parameters(installed)],
        };
        _waiverState = WaiverState();
        _audit.Use(PolicyJudge.Build([.. installed.Where(policy => names.Contains(policy.Definition.Name)), .. packs], set, boundOnly: true), out IReadOnlySet<string> changed);
        foreach (PolicyProblem problem in problems)
        {
            LogProblem(_log, _audit.Cluster, problem.ToString());
        }

        return changed;
    }

    private void JudgePending(IReadOnlySet<string>? changed, CancellationToken cancellation)
    {
        Dictionary<string, JsonObject> namespaces = _kinds.TryGetValue(KindOf<Namespace>.Type, out Informer? homes)
            ? homes.List().ToDictionary(one => one.Header.Name, one => one.ToNode())
            : [];
        if (changed is { Count: > 0 })
        {
            foreach ((ResourceType type, Informer informer) in _kinds.Where(kind => _audit.Concerns(changed, kind.Key)))
            {
                foreach (Document document in informer.List())
                {
                    cancellation.ThrowIfCancellationRequested();
                    _audit.Judge(document, type, namespaces, changed, node => _facts(_audit.Cluster, node), cancellation);
                }
            }
        }

        foreach ((ResourceType Type, ObjectKey Key) one in _pending.Keys.ToArray())
        {
            cancellation.ThrowIfCancellationRequested();
            _pending.TryRemove(one, out _);
            if (_kinds[one.Type].Get(one.Key) is { } document)
            {
                _audit.Judge(document, one.Type, namespaces, null, node => _facts(_audit.Cluster, node), cancellation);
            }
            else
            {
                _audit.Forget(one.Type, one.Key);
            }
        }
    }

    private IEnumerable<Document> Installed(string kind) => _policies.Where(informer => informer.Type.Kind == kind).SelectMany(informer => informer.List());

    private CompiledPolicy? Compiled(Document document, List<PolicyProblem> problems)
    {
        if (!_compiled.TryGetValue(document.Header.Name, out var known) || known.Version != document.Header.ResourceVersion)
        {
            PolicySet read = PolicyReader.Read([(document.ToNode(), document.Header.Name)], problems);
            known = (document.Header.ResourceVersion, read.Policies is [var policy] ? CompiledPolicy.Compile(policy, problems) : null);
            _compiled[document.Header.Name] = known;
        }

        return known.Policy;
    }

    private PolicyBinding Bound(Document document, List<PolicyProblem> problems)
    {
        if (!_bound.TryGetValue(document.Header.Name, out var known) || known.Version != document.Header.ResourceVersion)
        {
            known = (document.Header.ResourceVersion, PolicyReader.Read([(document.ToNode(), document.Header.Name)], problems).Bindings[0]);
            _bound[document.Header.Name] = known;
        }

        return known.Binding;
    }

    private readonly Dictionary<string, PolicyBinding> _packBindings = [];

    private PolicyBinding PackBinding(string policy)
    {
        if (!_packBindings.TryGetValue(policy, out PolicyBinding? binding))
        {
            binding = new PolicyBinding
            {
                Name = "",
                Policy = policy,
                Actions = new HashSet<string> { "Audit" },
                Match = MatchRules.Everything with { ExcludedNamespaces = ["kube-system", "kube-public", "kube-node-lease"] },
            };
            _packBindings[policy] = binding;
        }

        return binding;
    }

    private IEnumerable<JsonObject> Parameters(IEnumerable<CompiledPolicy> policies)
    {
        foreach (ParameterKind wanted in policies.Select(policy => policy.Definition.Parameters).OfType<ParameterKind>().Distinct())
        {
            if (AllKinds.Catalog.Find(wanted.ApiVersion, wanted.Kind)?.Type is { } type)
            {
                Informer informer = _informers.Of(type);
                foreach (Document document in informer.List())
                {
                    yield return document.ToNode();
                }
            }
        }
    }

    /// <summary>Which waivers are in force: it changes as time goes by.</summary>
    private string WaiverState()
    {
        DateTimeOffset now = _time.GetUtcNow();
        return string.Join(',', _waivers.List().Where(waiver => waiver.Spec.ExpiresAt > now).Select(waiver => waiver.Metadata.Name).Order(StringComparer.Ordinal));
    }

    private static bool About(CompiledPolicy policy, ResourceType type)
        => policy.Definition.Match.Rules?.Any(rule => rule.Groups.Contains(type.Group) && rule.Resources.Contains(type.Plural)) == true;

    // Kinds that people's own policies are mostly about, and namespaces for their labels.
    private static bool IsCommon(ResourceType type) => type.GroupResource is "namespaces" or "services" or "configmaps" or "serviceaccounts";

    [LoggerMessage(Level = LogLevel.Warning, Message = "A policy of {Cluster} cannot be audited: {Problem}")]
    private static partial void LogProblem(ILogger logger, string cluster, string problem);
}
