using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>Nobody can grant what they do not hold: whoever writes a role or a binding must have its permissions already.</summary>
internal sealed class GrantCheck(RbacAuthorizer authorizer, Func<string, string, string, Document?> get)
{
    private const string Group = "rbac.authorization.k8s.io";

    private static readonly RbacRule[] Everything =
    [
        new() { Verbs = ["*"], ApiGroups = ["*"], Resources = ["*"] },
        new() { Verbs = ["*"], NonResourceUrls = ["*"] },
    ];

    /// <summary>Judges the object that a write would store.</summary>
    /// <exception cref="StatusException">403, naming what is not held.</exception>
    public void Require(Identity user, ResourceType type, JsonObject target)
    {
        if (user.IsMaster || type.Group != Group)
        {
            return;
        }

        string @namespace = (string?)target["metadata"]?["namespace"] ?? "";
        string name = (string?)target["metadata"]?["name"] ?? "";
        bool isBinding = type.Plural is "rolebindings" or "clusterrolebindings";
        JsonObject? before = get(type.GroupResource, @namespace, name)?.ToNode();
        if (IsUnchanged(before, target, isBinding ? ["roleRef", "subjects"] : ["rules", "aggregationRule"]))
        {
            return;
        }

        string role = isBinding ? (string?)target["roleRef"]?["name"] ?? "" : name;
        string resource = isBinding ? (string?)target["roleRef"]?["kind"] == "Role" ? "roles" : "clusterroles" : type.Plural;
        if (authorizer.Allows(user, Attributes(isBinding ? "bind" : "escalate", resource, @namespace, role)))
        {
            return;
        }

        RbacRule[] held = [.. authorizer.RulesOf(user, @namespace)];
        if (!isBinding && target["aggregationRule"] is not null && Everything.Any(rule => !Covers(held, rule)))
        {
            throw Refusals.Forbidden(type.Plural, Group, name, "must have cluster-admin privileges to use the aggregationRule");
        }

        Document granted = isBinding
            ? get($"{resource}.{Group}", resource == "roles" ? @namespace : "", role) ?? throw NoRole(type.Plural, role)
            : Document.From(target);
        RbacRule[] missing = [.. RbacRule.Read(granted).SelectMany(Single).Where(rule => !Covers(held, rule))];
        if (missing.Length > 0)
        {
            string groups = string.Join(' ', user.Groups.Select(group => $"\"{group}\""));
            string lines = string.Join('\n', Compact(missing).Select(Show).Distinct().Order(StringComparer.Ordinal));
            throw Refusals.Forbidden(
                type.Plural, Group, name, $"user \"{user.Name}\" (groups=[{groups}]) is attempting to grant RBAC permissions not currently held:\n{lines}");
        }
    }

    /// <summary>Every single permission of a rule is in one of the rules held.</summary>
    internal static bool Covers(IReadOnlyList<RbacRule> held, RbacRule wanted) => Single(wanted).All(single => held.Any(own => CoversSingle(own, single)));

    /// <summary>The single permissions of a rule: one verb on one resource (of one name), or on one path.</summary>
    internal static IEnumerable<RbacRule> Single(RbacRule rule)
    {
        foreach (string group in rule.ApiGroups)
        {
            foreach (string resource in rule.Resources)
            {
                foreach (string verb in rule.Verbs)
                {
                    var single = new RbacRule { ApiGroups = [group], Resources = [resource], Verbs = [verb] };
                    IEnumerable<RbacRule> named = rule.ResourceNames.Select(name => single with { ResourceNames = [name] });
                    foreach (RbacRule each in rule.ResourceNames.Count == 0 ? [single] : named)
                    {
                        yield return each;
                    }
                }
            }
        }

        foreach (string path in rule.NonResourceUrls)
        {
            foreach (string verb in rule.Verbs)
            {
                yield return new RbacRule { NonResourceUrls = [path], Verbs = [verb] };
            }
        }
    }

    private static bool IsUnchanged(JsonObject? before, JsonObject after, string[] members)
        => before is not null && members.All(member => JsonNode.DeepEquals(before[member], after[member]));

    private static AccessAttributes Attributes(string verb, string resource, string @namespace, string name) => new()
    {
        Verb = verb,
        Group = Group,
        Resource = resource,
        Subresource = "",
        Namespace = @namespace,
        Name = name,
        Path = "",
    };

    private static StatusException NoRole(string binding, string name)
    {
        return new StatusException(404, "NotFound", $"{binding}.{Group} \"{name}\" not found") { Details = new StatusDetails { Name = name, Group = Group, Kind = binding } };
    }

    private static bool CoversSingle(RbacRule own, RbacRule single)
        => Has(own.Verbs, single.Verbs[0]) && (single.NonResourceUrls.Count > 0
            ? own.NonResourceUrls.Any(path => CoversPath(path, single.NonResourceUrls[0]))
            : Has(own.ApiGroups, single.ApiGroups[0]) && HasResource(own, single.Resources[0])
                && (own.ResourceNames.Count == 0 || (single.ResourceNames.Count > 0 && own.ResourceNames.Contains(single.ResourceNames[0]))));

    private static bool Has(IReadOnlyList<string> own, string wanted) => own.Contains("*") || own.Contains(wanted);

    private static bool HasResource(RbacRule rule, string wanted)
    {
        int slash = wanted.IndexOf('/', StringComparison.Ordinal);
        return Has(rule.Resources, wanted) || (slash > 0 && rule.Resources.Contains($"*{wanted[slash..]}"));
    }

    private static bool CoversPath(string own, string wanted)
        => own == "*" || own == wanted || (own.EndsWith('*') && wanted.TrimEnd('*').StartsWith(own[..^1], StringComparison.Ordinal));

    // Verbs on the same resource are told together.
    private static IEnumerable<RbacRule> Compact(IEnumerable<RbacRule> singles)
    {
        RbacRule[] all = [.. singles];
        IEnumerable<RbacRule> resources = all.Where(rule => rule.NonResourceUrls.Count == 0)
            .GroupBy(rule => (rule.ApiGroups[0], rule.Resources[0], rule.ResourceNames.Count == 0 ? null : rule.ResourceNames[0]))
            .Select(group => group.First() with { Verbs = [.. group.SelectMany(rule => rule.Verbs)] });
        return resources.Concat(all.Where(rule => rule.NonResourceUrls.Count > 0));
    }

    private static string Show(RbacRule rule)
    {
        IEnumerable<string> Part(string name, IReadOnlyList<string> values)
            => values.Count == 0 ? [] : [$"{name}:[{string.Join(' ', values.Select(value => $"\"{value}\""))}]"];
        string[] parts =
        [
            .. Part("APIGroups", rule.ApiGroups), .. Part("Resources", rule.Resources), .. Part("NonResourceURLs", rule.NonResourceUrls),
            .. Part("ResourceNames", rule.ResourceNames), .. Part("Verbs", rule.Verbs),
        ];
        return $"{{{string.Join(", ", parts)}}}";
    }
}
