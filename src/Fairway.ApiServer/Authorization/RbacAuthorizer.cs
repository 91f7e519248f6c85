using System.Runtime.CompilerServices;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>
/// Evaluates Role, ClusterRole and their bindings of one cluster. Reads documents from memory and parses each once: the parsed
/// form lives as long as the document does. Cost: linear in the bindings that apply.
/// </summary>
/// <param name="list">The objects of a group resource in a namespace (null: all).</param>
/// <param name="get">One object.</param>
internal sealed class RbacAuthorizer(Func<string, string?, IEnumerable<Document>> list, Func<string, string, string, Document?> get)
{
    private const string Group = "rbac.authorization.k8s.io";

    private static readonly ConditionalWeakTable<Document, RbacBinding> Bindings = [];
    private static readonly ConditionalWeakTable<Document, IReadOnlyList<RbacRule>> Roles = [];

    public bool Allows(Identity user, in AccessAttributes wanted) => Decide(user, wanted).Allowed;

    /// <summary>Whether it is allowed, and by which binding, in kube-apiserver's words; the reason is empty when nothing allows it.</summary>
    public (bool Allowed, string Reason) Decide(Identity user, in AccessAttributes wanted)
    {
        if (user.IsMaster)
        {
            return (true, "");
        }

        foreach (BoundRule bound in Bound(user, wanted.Resource is null ? "" : wanted.Namespace))
        {
            if (bound.Rule.Allows(wanted))
            {
                return (true, $"RBAC: allowed by {bound.Describe()}");
            }
        }

        return (false, "");
    }

    /// <summary>Every rule that applies to a user in a namespace (empty: cluster-wide only).</summary>
    public IEnumerable<RbacRule> RulesOf(Identity user, string @namespace) => Bound(user, @namespace).Select(bound => bound.Rule);

    private IEnumerable<BoundRule> Bound(Identity user, string @namespace)
    {
        IEnumerable<BoundRule> rules = Bound(user, "clusterrolebindings", null, "");
        return @namespace.Length == 0 ? rules : rules.Concat(Bound(user, "rolebindings", @namespace, @namespace));
    }

    private IEnumerable<BoundRule> Bound(Identity user, string resource, string? listed, string @namespace)
    {
        foreach (Document document in list($"{resource}.{Group}", listed))
        {
            RbacBinding binding = Bindings.GetValue(document, RbacBinding.Read);
            if (binding.SubjectOf(user, @namespace) is not { } subject)
            {
                continue;
            }

            foreach (RbacRule rule in RoleRules(binding, @namespace))
            {
                yield return new BoundRule(rule, binding, subject, document, @namespace);
            }
        }
    }

    private IReadOnlyList<RbacRule> RoleRules(RbacBinding binding, string @namespace)
    {
        Document? role = binding.RoleKind switch
        {
            "ClusterRole" => get($"clusterroles.{Group}", "", binding.RoleName),
            "Role" when @namespace.Length > 0 => get($"roles.{Group}", @namespace, binding.RoleName),
            _ => null,
        };
        return role is null ? [] : Roles.GetValue(role, RbacRule.Read);
    }

    private readonly record struct BoundRule(RbacRule Rule, RbacBinding Binding, RbacSubject Subject, Document Document, string Namespace)
    {
        public string Describe()
        {
            string name = Document.Header.Name;
            string binding = Namespace.Length == 0 ? $"ClusterRoleBinding \"{name}\"" : $"RoleBinding \"{name}/{Namespace}\"";
            string home = Subject.Namespace.Length > 0 ? Subject.Namespace : Namespace;
            string subject = Subject.Kind == "ServiceAccount" ? $"{Subject.Name}/{home}" : Subject.Name;
            return $"{binding} of {Binding.RoleKind} \"{Binding.RoleName}\" to {Subject.Kind} \"{subject}\"";
        }
    }
}
