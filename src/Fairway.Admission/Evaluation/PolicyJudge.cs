using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Fairway.Admission.Evaluation;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Schemas;

namespace Fairway.Admission;

/// <summary>
/// A set of policies made ready: compiled, with their bindings and parameters, indexed by the resources they are about. Immutable and
/// safe for concurrent use. Asks <see cref="PolicyEngine"/> for each decision.
/// </summary>
public sealed class PolicyJudge
{
    private readonly IReadOnlyList<Binding> _bindings;
    private readonly IParameterObjects _parameters;
    private readonly ConcurrentDictionary<(string Group, string Resource), Binding[]> _index = new();

    private PolicyJudge(IReadOnlyList<Binding> bindings, IParameterObjects parameters, IReadOnlyList<Waiver> waivers, IReadOnlyList<CompiledPolicy> policies)
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
        CompiledPolicy[] policies = [.. set.Policies.Select(policy => CompiledPolicy.Compile(policy, problems)).Where(policy => policy.IsSound)];
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

        return new PolicyJudge(bindings, new GivenParameters(set.Parameters), set.Waivers, policies);
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

    /// <summary>Whether the rules of a policy and of its binding take a subject in; match conditions have their say later.</summary>
    public static bool Concerns(Binding binding, PreparedSubject subject)
        => Matching.View(binding.Policy.Definition.Match, subject) is not null && (binding.Given?.Match is not { } match || Matching.View(match, subject) is not null);

    /// <summary>The bindings that may concern a resource.</summary>
    public IReadOnlyList<Binding> About(ResourceIdentity identity)
        => _index.GetOrAdd((identity.Group, identity.Resource), static (key, all) => [.. all.Where(binding => MayConcern(binding.Policy.Definition, key.Group, key.Resource))], _bindings);

    /// <summary>What one binding says: for every parameter object it means, all of which must pass.</summary>
    public Verdict DecideOne(Binding binding, PreparedSubject subject, FactSnapshot facts, DateTimeOffset now, CancellationToken cancellation)
        => DecideOne(binding, _parameters, Waivers, subject, facts, now, cancellation);

    /// <summary>The same with parameters and waivers from elsewhere: what admission calls.</summary>
    public static Verdict DecideOne(
        Binding binding, IParameterObjects parameters, IReadOnlyList<Waiver> waivers, PreparedSubject subject, FactSnapshot facts, DateTimeOffset now, CancellationToken cancellation)
    {
        if (binding.Given?.Match is { } match && Matching.View(match, subject) is null)
        {
            return Verdict.NotApplicable;
        }

        PolicyDefinition policy = binding.Policy.Definition;
        if (policy.Parameters is null || binding.Given is { Inline: not null } or { Parameters: null })
        {
            return PolicyEngine.Decide(binding.Policy, binding.Given?.Inline, waivers, subject, facts, now, cancellation);
        }

        if (Matching.View(policy.Match, subject) is null)
        {
            return Verdict.NotApplicable;
        }

        // Without a binding all parameter objects there are count.
        ParameterReference reference = binding.Given?.Parameters ?? new ParameterReference { MissingDenies = true };
        ParameterChoice choice = ParameterChoice.Of(policy.Parameters, reference, RequestNamespace(subject.Subject.Identity), parameters);
        if (choice.Error is { } error)
        {
            return choice.IsUnknownKind && parameters is GivenParameters ? Missing(policy) : policy.FailsClosed ? Misconfigured(policy, error, choice.IsUnknownKind) : Verdict.NotApplicable;
        }

        if (choice.Objects.Count == 0)
        {
            return Verdict.NotApplicable;
        }

        Verdict[] verdicts = [.. choice.Objects.Select(one => PolicyEngine.Decide(binding.Policy, one, waivers, subject, facts, now, cancellation))];
        return verdicts.Length == 1 ? verdicts[0] : new Verdict(verdicts.Max(verdict => verdict.Outcome), [.. verdicts.SelectMany(verdict => verdict.Findings)])
        {
            Annotations = [.. verdicts.SelectMany(verdict => verdict.Annotations)],
        };
    }

    private static string RequestNamespace(ResourceIdentity identity) => identity is { Group: "", Resource: "namespaces" } ? identity.Name : identity.NamespaceName;

    private static Verdict Misconfigured(PolicyDefinition policy, string error, bool isOfPolicy) => new(Outcome.Fail,
    [
        new Finding
        {
            Policy = policy.Name, Rule = "params", Outcome = Outcome.Fail, Severity = policy.Text.Severity, IsError = true, IsConfiguration = true,
            Message = $"failed to configure {(isOfPolicy ? "policy" : "binding")}: {error}", IsOfPolicy = isOfPolicy,
        },
    ]);

    private static Verdict Missing(PolicyDefinition policy) => new(Outcome.Unknown,
    [
        new Finding
        {
            Policy = policy.Name, Rule = "params", Outcome = Outcome.Unknown, Severity = policy.Text.Severity,
            Message = $"no {policy.Parameters!.Kind} ({policy.Parameters.ApiVersion}) with the policy's parameters was found; give one with --params",
        },
    ]);

    private static bool MayConcern(PolicyDefinition policy, string group, string resource)
        => policy.Match.Rules is null
            || policy.PodControllers.Contains(resource)
            || policy.Match.Rules.Any(rule =>
                (rule.Groups.Contains("*") || rule.Groups.Contains(group))
                && rule.Resources.Any(one => one == "*" || one == "*/*" || one.Split('/')[0] is var plain && (plain == resource || plain == "*")));
}
