using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Fairway.Policy.Evaluation;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Labels;
using Fairway.Resources.Schemas;

namespace Fairway.Policy;

/// <summary>
/// A set of policies made ready: compiled, with their bindings and parameters, indexed by the resources they are about. Immutable and
/// safe for concurrent use. Asks <see cref="PolicyEngine"/> for each decision.
/// </summary>
public sealed class PolicyJudge
{
    private readonly IReadOnlyList<Binding> _bindings;
    private readonly IReadOnlyList<JsonObject> _parameters;
    private readonly ConcurrentDictionary<(string Group, string Resource), Binding[]> _index = new();

    private PolicyJudge(IReadOnlyList<Binding> bindings, IReadOnlyList<JsonObject> parameters, IReadOnlyList<Waiver> waivers, IReadOnlyList<CompiledPolicy> policies)
    {
        _bindings = bindings;
        _parameters = parameters;
        Waivers = waivers;
        Policies = policies;
    }

    /// <summary>A policy as it is switched on once.</summary>
    public sealed record Binding(CompiledPolicy Policy, PolicyBinding? Given)
    {
        public IReadOnlySet<string> Actions => Given?.Actions ?? DenyOnly;

        public string Name => Given?.Name ?? "";

        /// <summary>Tells a binding from every other, and from itself after its policy was read anew.</summary>
        public string Key { get; } = $"{Policy.Definition.Name}/{Given?.Name}#{Policy.Id}.{(Given is null ? 0 : System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(Given))}";

        private static readonly HashSet<string> DenyOnly = ["Deny"];
    }

    public IReadOnlyList<CompiledPolicy> Policies { get; }

    public IReadOnlyList<Binding> AllBindings => _bindings;

    public IReadOnlyList<Waiver> Waivers { get; }

    /// <summary>Compiles a set.</summary>
    /// <param name="set">What was read.</param>
    /// <param name="problems">Gets every error of every expression; the policies that have one are left out.</param>
    /// <param name="boundOnly">Policies without a binding do nothing, as in a cluster; off, they hold everywhere.</param>
    public static PolicyJudge Build(PolicySet set, ICollection<PolicyProblem> problems, bool boundOnly)
    {
        CompiledPolicy[] policies = [.. set.Policies.Select(policy => CompiledPolicy.Compile(policy, problems)).OfType<CompiledPolicy>()];
        return Build(policies, set, boundOnly);
    }

    /// <summary>The same from policies that are compiled already.</summary>
    public static PolicyJudge Build(IReadOnlyList<CompiledPolicy> policies, PolicySet set, bool boundOnly)
    {
        var bindings = new List<Binding>();
        ILookup<string, PolicyBinding> given = set.Bindings.ToLookup(binding => binding.Policy);
        foreach (CompiledPolicy policy in policies)
        {
            PolicyBinding[] own = [.. given[policy.Definition.Name]];
            bindings.AddRange(own.Select(binding => new Binding(policy, binding)));
            // A constraint template without constraints says nothing: its parameters are what matters.
            if (own.Length == 0 && !boundOnly && policy.Definition.Dialect != PolicyDialect.Gatekeeper)
            {
                bindings.Add(new Binding(policy, null));
            }
        }

        return new PolicyJudge(bindings, set.Parameters, set.Waivers, policies);
    }

    /// <summary>The same policies with other waivers.</summary>
    public PolicyJudge WithWaivers(IReadOnlyList<Waiver> waivers) => new(_bindings, _parameters, waivers, Policies);

    /// <summary>What every policy says of a subject; policies that do not concern it are left out.</summary>
    public IEnumerable<(Binding Binding, Verdict Verdict)> Decide(PreparedSubject subject, FactSnapshot facts, DateTimeOffset now, CancellationToken cancellation)
    {
        foreach (Binding binding in About(subject.Subject.Identity))
        {
            Verdict verdict = DecideOne(binding, subject, facts, now, cancellation);
            if (verdict.Outcome != Outcome.NotApplicable)
            {
                yield return (binding, verdict);
            }
        }
    }

    /// <summary>The bindings that may concern a resource.</summary>
    public IReadOnlyList<Binding> About(ResourceIdentity identity)
        => _index.GetOrAdd((identity.Group, identity.Resource), static (key, all) => [.. all.Where(binding => MayConcern(binding.Policy.Definition, key.Group, key.Resource))], _bindings);

    /// <summary>What one binding says: for every parameter object it means, all of which must pass.</summary>
    public Verdict DecideOne(Binding binding, PreparedSubject subject, FactSnapshot facts, DateTimeOffset now, CancellationToken cancellation)
    {
        if (binding.Given?.Match is { } match && !Matching.Matches(match, subject.Subject))
        {
            return Verdict.NotApplicable;
        }

        PolicyDefinition policy = binding.Policy.Definition;
        if (binding.Given?.Inline is { } constraint)
        {
            return PolicyEngine.Decide(binding.Policy, constraint, Waivers, subject, facts, now, cancellation);
        }

        if (policy.Parameters is null)
        {
            return PolicyEngine.Decide(binding.Policy, null, Waivers, subject, facts, now, cancellation);
        }

        if (binding.Given is { Parameters: null })
        {
            return PolicyEngine.Decide(binding.Policy, null, Waivers, subject, facts, now, cancellation);
        }

        JsonObject[] parameters = [.. ParametersOf(policy.Parameters, binding.Given?.Parameters, subject.Subject.Identity)];
        if (parameters.Length == 0)
        {
            return binding.Given?.Parameters is { MissingDenies: false } || !policy.FailsClosed || !Matching.Matches(policy.Match, subject.Subject)
                ? Verdict.NotApplicable
                : Missing(policy);
        }

        Verdict[] verdicts = [.. parameters.Select(one => PolicyEngine.Decide(binding.Policy, one, Waivers, subject, facts, now, cancellation))];
        return verdicts.Length == 1 ? verdicts[0] : new Verdict(verdicts.Max(verdict => verdict.Outcome), [.. verdicts.SelectMany(verdict => verdict.Findings)]);
    }

    private static Verdict Missing(PolicyDefinition policy) => new(Outcome.Unknown,
    [
        new Finding
        {
            Policy = policy.Name, Rule = "params", Outcome = Outcome.Unknown, Severity = policy.Text.Severity,
            Message = $"no {policy.Parameters!.Kind} ({policy.Parameters.ApiVersion}) with the policy's parameters was found; give one with --params",
        },
    ]);

    private IEnumerable<JsonObject> ParametersOf(ParameterKind kind, ParameterReference? reference, ResourceIdentity subject)
    {
        LabelSelector? selector = reference?.Selector is { } labels ? LabelSelector.FromObject(labels) : null;
        foreach (JsonObject one in _parameters)
        {
            JsonObject? metadata = one.Object("metadata");
            if (one.Text("apiVersion") != kind.ApiVersion || one.Text("kind") != kind.Kind || (reference?.Name is { Length: > 0 } name && metadata.Text("name") != name))
            {
                continue;
            }

            string @namespace = metadata.Text("namespace") ?? "";
            string wanted = reference?.Namespace is { Length: > 0 } fixedNamespace ? fixedNamespace : subject.NamespaceName;
            if (reference is not null && @namespace.Length > 0 && @namespace != wanted)
            {
                continue;
            }

            if (selector is null || selector.Matches((metadata.Object("labels") ?? []).ToDictionary(pair => pair.Key, pair => KubeJson.AsString(pair.Value) ?? "")))
            {
                yield return one;
            }
        }
    }

    private static bool MayConcern(PolicyDefinition policy, string group, string resource)
        => policy.Match.Rules is null
            || policy.PodControllers.Contains(resource)
            || policy.Match.Rules.Any(rule =>
                (rule.Groups.Contains("*") || rule.Groups.Contains(group))
                && rule.Resources.Any(one => one == "*" || one == "*/*" || one.Split('/')[0] is var plain && (plain == resource || plain == "*")));
}
