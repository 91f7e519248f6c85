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

    public bool Allows(Identity user, in AccessAttributes wanted)
    {
        if (user.IsMaster)
        {
            return true;
        }

        foreach (RbacRule rule in RulesOf(user, wanted.Resource is null ? "" : wanted.Namespace))
        {
            if (rule.Allows(wanted))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Every rule that applies to a user in a namespace (empty: cluster-wide only).</summary>
    public IEnumerable<RbacRule> RulesOf(Identity user, string @namespace)
    {
        IEnumerable<RbacRule> rules = Bound(user, "clusterrolebindings", null, "");
        return @namespace.Length == 0 ? rules : rules.Concat(Bound(user, "rolebindings", @namespace, @namespace));
    }

    private IEnumerable<RbacRule> Bound(Identity user, string resource, string? listed, string @namespace)
    {
        foreach (Document document in list($"{resource}.{Group}", listed))
        {
            RbacBinding binding = Bindings.GetValue(document, RbacBinding.Read);
            if (!binding.Names(user, @namespace))
            {
                continue;
            }

            foreach (RbacRule rule in RoleRules(binding, @namespace))
            {
                yield return rule;
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
}
