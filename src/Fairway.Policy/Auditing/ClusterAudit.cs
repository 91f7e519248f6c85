using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Fairway.Admission.Waivers;
using Fairway.Policy.Checking;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Schemas;

namespace Fairway.Policy.Auditing;

/// <summary>
/// The verdicts of all policies about all objects of one cluster, kept up to date at a cost that follows what changed: an object that
/// changed is judged by the policies about its kind; a policy that changed judges the objects of its kinds; the rest stays as it is.
/// No I/O: the caller brings objects and policies. Safe for concurrent use.
/// </summary>
public sealed class ClusterAudit(string cluster, TimeProvider time)
{
    private readonly ConcurrentDictionary<(string Group, string Resource, string Namespace, string Name), AuditedObject> _objects = new();
    private volatile State _state = new(PolicyJudge.Build([], PolicySet.Empty, boundOnly: true), new Dictionary<string, PolicyJudge.Binding>());
    private long _evaluations;

    private sealed record State(PolicyJudge Judge, IReadOnlyDictionary<string, PolicyJudge.Binding> Bindings);

    public string Cluster { get; } = cluster;

    public IEnumerable<AuditedObject> Objects => _objects.Values;

    public IReadOnlyCollection<PolicyJudge.Binding> Bindings => [.. _state.Bindings.Values];

    /// <summary>How many decisions were made so far: what a change cost.</summary>
    public long Evaluations => Interlocked.Read(ref _evaluations);

    /// <summary>Told of each violation that a waiver covered and had not covered before.</summary>
    public Action<Finding, AuditedObject>? WaiverUsed { get; init; }

    /// <summary>
    /// Takes other policies. What a policy that is the same said before is kept; the caller judges again only the objects of the kinds
    /// that <paramref name="changed"/> tells.
    /// </summary>
    /// <param name="judge">The policies from now on.</param>
    /// <param name="changed">Keys of bindings that are new or have changed.</param>
    public void Use(PolicyJudge judge, out IReadOnlySet<string> changed)
    {
        var bindings = judge.Policies.Count == 0 ? [] : judge.AllBindings.DistinctBy(KeyOf).ToDictionary(KeyOf);
        State before = _state;
        HashSet<string> fresh = [.. bindings.Keys.Where(key => !before.Bindings.ContainsKey(key))];
        HashSet<string> gone = [.. before.Bindings.Keys.Where(key => !bindings.ContainsKey(key))];
        // Waivers count into verdicts: those of the policies they name are made again.
        foreach (string policy in ChangedWaivers(before.Judge.Waivers, judge.Waivers))
        {
            fresh.UnionWith(bindings.Where(binding => binding.Value.Policy.Definition.Name == policy).Select(binding => binding.Key));
        }

        _state = new State(judge, bindings);
        changed = fresh;
        if (gone.Count > 0)
        {
            foreach ((var key, AuditedObject known) in _objects)
            {
                if (known.Verdicts.Keys.Any(gone.Contains))
                {
                    _objects[key] = known with { Verdicts = known.Verdicts.Where(one => !gone.Contains(one.Key)).ToDictionary() };
                }
            }
        }
    }

    /// <summary>Whether a policy that changed may be about a kind.</summary>
    public bool Concerns(IReadOnlySet<string> changed, ResourceType type)
        => _state.Judge.About(IdentityOf(type)).Any(binding => changed.Contains(KeyOf(binding)));

    /// <summary>Whether any policy may be about a kind.</summary>
    public bool Concerns(ResourceType type) => _state.Judge.About(IdentityOf(type)).Count > 0;

    /// <summary>Judges an object: by all policies when its version is new, else only by those that changed.</summary>
    /// <param name="document">The object as it is stored.</param>
    /// <param name="type">Its kind.</param>
    /// <param name="namespaces">For selectors and <c>namespaceObject</c>.</param>
    /// <param name="changed">Keys of bindings to ask again though the object is the same; null asks all.</param>
    /// <param name="facts">What is known about the object besides.</param>
    /// <param name="cancellation">Ends it.</param>
    public void Judge(
        Document document, ResourceType type, IReadOnlyDictionary<string, JsonObject> namespaces, IReadOnlySet<string>? changed, Func<JsonObject, JsonObject?> facts, CancellationToken cancellation)
    {
        DocumentHeader header = document.Header;
        var key = (type.Group, type.Plural, header.Namespace, header.Name);
        AuditedObject? known = _objects.GetValueOrDefault(key);
        bool isSame = changed is not null && known?.Version == header.ResourceVersion;
        State state = _state;
        IReadOnlyList<PolicyJudge.Binding> about = state.Judge.About(IdentityOf(type));
        PolicyJudge.Binding[] asked = isSame ? [.. about.Where(binding => changed!.Contains(KeyOf(binding)))] : [.. about];
        if (asked.Length == 0 && known is not null)
        {
            _objects[key] = known with { Version = header.ResourceVersion };
            return;
        }

        DateTimeOffset now = time.GetUtcNow();
        JsonObject node = document.ToNode();
        var subject = new PreparedSubject(StoredObjects.SubjectOf(node, IdentityOf(type), namespaces));
        FactSnapshot snapshot = FactSnapshot.Of(facts(node), now);
        var verdicts = new Dictionary<string, AuditedVerdict>(isSame ? known!.Verdicts : new Dictionary<string, AuditedVerdict>(), StringComparer.Ordinal);
        foreach (PolicyJudge.Binding binding in asked)
        {
            Verdict verdict = state.Judge.DecideOne(binding, subject, snapshot, now, cancellation);
            Interlocked.Increment(ref _evaluations);
            if (verdict.Outcome == Outcome.NotApplicable)
            {
                verdicts.Remove(KeyOf(binding));
            }
            else
            {
                verdicts[KeyOf(binding)] = new AuditedVerdict(binding.Policy.Definition, binding.Name, binding.Actions, verdict);
            }
        }

        var audited = new AuditedObject(subject.Subject.Identity, header.Uid, header.ResourceVersion, TeamOf(node, subject.Subject.Namespace), now, verdicts);
        _objects[key] = audited;
        TellWaivers(known, audited);
    }

    public void Forget(ResourceType type, ObjectKey key) => _objects.TryRemove((type.Group, type.Plural, key.Namespace, key.Name), out _);

    /// <summary>Who answers for an object: its label team or owner, else its namespace's, else the namespace.</summary>
    internal static string TeamOf(JsonObject node, JsonObject? home)
    {
        JsonObject? metadata = node.Object("metadata");
        JsonObject? labels = metadata.Object("labels");
        return labels.Text("team") ?? labels.Text("owner") ?? labels.Text("app.kubernetes.io/part-of")
            ?? home.Object("metadata").Object("labels").Text("team")
            ?? (metadata.Text("namespace") is { Length: > 0 } name ? name : "platform");
    }

    private void TellWaivers(AuditedObject? before, AuditedObject now)
    {
        if (WaiverUsed is not { } tell)
        {
            return;
        }

        HashSet<string> told = [.. (before?.Verdicts.Values ?? []).SelectMany(one => one.Verdict.Findings).Where(finding => finding.Outcome == Outcome.Waived).Select(finding => $"{finding.Policy}/{finding.Rule}/{finding.Waiver}")];
        foreach (Finding finding in now.Verdicts.Values.SelectMany(one => one.Verdict.Findings).Where(finding => finding.Outcome == Outcome.Waived))
        {
            if (told.Add($"{finding.Policy}/{finding.Rule}/{finding.Waiver}"))
            {
                tell(finding, now);
            }
        }
    }

    private static IEnumerable<string> ChangedWaivers(IReadOnlyList<Waiver> before, IReadOnlyList<Waiver> now)
    {
        static string Key(Waiver waiver) => $"{waiver.Metadata.Namespace}/{waiver.Metadata.Name}@{waiver.Metadata.ResourceVersion}";
        HashSet<string> old = [.. before.Select(Key)];
        HashSet<string> fresh = [.. now.Select(Key)];
        return before.Where(waiver => !fresh.Contains(Key(waiver))).Concat(now.Where(waiver => !old.Contains(Key(waiver)))).Select(waiver => waiver.Spec.Policy).Distinct();
    }

    private ResourceIdentity IdentityOf(ResourceType type)
        => new() { Group = type.Group, Version = type.Version, Kind = type.Kind, Resource = type.Plural, Namespaced = type.Namespaced, Cluster = Cluster };

    private static string KeyOf(PolicyJudge.Binding binding) => binding.Key;
}
