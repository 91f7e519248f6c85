using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Fairway.Admission;
using Fairway.Admission.Reading;
using Fairway.Resources;
using Fairway.Resources.Labels;
using Fairway.Storage;

namespace Fairway.ApiServer;

/// <summary>
/// The policies and bindings that a cluster stores, and the objects that bindings take parameters from. Each is read and compiled when
/// first used, and kept as long as it is stored.
/// </summary>
internal sealed class StoredPolicies(ObjectStore store, Func<KindCatalog> catalog, bool mutating) : IParameterObjects
{
    private static readonly ConditionalWeakTable<Document, CompiledPolicy> Compiled = [];
    private static readonly ConditionalWeakTable<Document, PolicyBinding> Read = [];
    private static readonly ConditionalWeakTable<PolicyBinding, PolicyJudge.Binding> Bound = [];

    private readonly string _policies = $"{(mutating ? "mutating" : "validating")}admissionpolicies.admissionregistration.k8s.io";
    private readonly string _bindings = $"{(mutating ? "mutating" : "validating")}admissionpolicybindings.admissionregistration.k8s.io";

    /// <summary>Every policy that is bound, with each of its bindings, by the policies' names and then the bindings'.</summary>
    public IReadOnlyList<PolicyJudge.Binding> All()
    {
        Snapshot bindings = store.List(_bindings, null);
        if (bindings.Count == 0)
        {
            return [];
        }

        var all = new List<PolicyJudge.Binding>(bindings.Count);
        foreach (Document document in bindings)
        {
            PolicyBinding binding = Read.GetValue(document, static each => KubernetesPolicy.ReadBinding(each.ToNode(), each.Header.Name, new List<PolicyProblem>()));
            // A binding whose policy is missing is ignored.
            if (store.Find(_policies, "", binding.Policy) is { } stored)
            {
                CompiledPolicy policy = Compiled.GetValue(stored, mutating ? CompileMutating : CompileValidating);
                PolicyJudge.Binding bound = Bound.GetValue(binding, one => new PolicyJudge.Binding(policy, one));
                all.Add(ReferenceEquals(bound.Policy, policy) ? bound : Rebind(binding, policy));
            }
        }

        all.Sort(static (left, right) => string.CompareOrdinal(left.Policy.Definition.Name, right.Policy.Definition.Name) is var order and not 0 ? order : string.CompareOrdinal(left.Name, right.Name));
        return all;
    }

    /// <inheritdoc />
    public bool? IsNamespaced(ParameterKind kind) => Type(kind)?.Namespaced;

    /// <inheritdoc />
    public JsonObject? Find(ParameterKind kind, string @namespace, string name) => Type(kind) is { } type ? store.Find(type, @namespace, name)?.ToNode() : null;

    /// <inheritdoc />
    public IEnumerable<JsonObject> Select(ParameterKind kind, string @namespace, LabelSelector selector)
        => Type(kind) is { } type
            ? store.List(type, type.Namespaced ? @namespace : null).Where(selector.Matches).Select(each => store.Present(type, each).ToNode())
            : [];

    private static PolicyJudge.Binding Rebind(PolicyBinding binding, CompiledPolicy policy)
    {
        var bound = new PolicyJudge.Binding(policy, binding);
        Bound.AddOrUpdate(binding, bound);
        return bound;
    }

    private static CompiledPolicy CompileValidating(Document document)
    {
        var problems = new List<PolicyProblem>();
        JsonObject node = document.ToNode();
        PolicyDefinition definition = KubernetesPolicy.Read(node, document.Header.Name, problems) ?? KubernetesPolicy.ReadMutating(node, document.Header.Name, problems);
        return CompiledPolicy.Compile(definition, problems, withFacts: false);
    }

    private static CompiledPolicy CompileMutating(Document document)
    {
        var problems = new List<PolicyProblem>();
        return CompiledPolicy.Compile(KubernetesPolicy.ReadMutating(document.ToNode(), document.Header.Name, problems), problems, withFacts: false);
    }

    private ResourceType? Type(ParameterKind kind) => catalog().Find(kind.ApiVersion, kind.Kind)?.Type;
}
