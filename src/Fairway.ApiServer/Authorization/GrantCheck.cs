using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>Nobody can grant what they do not hold: whoever writes a role or a binding must have its permissions already.</summary>
internal sealed class GrantCheck(RbacAuthorizer authorizer, Func<string, string, string, Document?> get)
{
    private const string Group = "rbac.authorization.k8s.io";

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
        string role = isBinding ? (string?)target["roleRef"]?["name"] ?? "" : name;
        string resource = isBinding ? (string?)target["roleRef"]?["kind"] == "Role" ? "roles" : "clusterroles" : type.Plural;
        var exempt = new AccessAttributes
        {
            Verb = isBinding ? "bind" : "escalate",
            Group = Group,
            Resource = resource,
            Subresource = "",
            Namespace = @namespace,
            Name = role,
            Path = "",
        };
        if (authorizer.Allows(user, exempt))
        {
            return;
        }

        Document? granted = isBinding ? get($"{resource}.{Group}", resource == "roles" ? @namespace : "", role) : Document.From(target);
        if (granted is null)
        {
            throw StatusException.NotFound(new ResourceType { Group = Group, Version = "v1", Kind = "Role", Plural = resource, Namespaced = false }, role);
        }

        RbacRule[] held = [.. authorizer.RulesOf(user, @namespace)];
        if (RbacRule.Read(granted).FirstOrDefault(rule => !Covers(held, rule)) is { } missing)
        {
            string groups = string.Join(' ', user.Groups.Select(group => $"\"{group}\""));
            throw Refusals.Forbidden(
                type.Plural,
                Group,
                name,
                $"user \"{user.Name}\" (groups=[{groups}]) is attempting to grant RBAC permissions not currently held: "
                + $"{{APIGroups:[{Quoted(missing.ApiGroups)}], Resources:[{Quoted(missing.Resources)}], Verbs:[{Quoted(missing.Verbs)}]}}");
        }
    }

    /// <summary>Every single permission of a rule is in one of the rules held.</summary>
    internal static bool Covers(IReadOnlyList<RbacRule> held, RbacRule wanted)
        => wanted.Verbs.All(verb =>
            wanted.NonResourceUrls.All(url => held.Any(rule => Has(rule.Verbs, verb) && rule.NonResourceUrls.Any(own => CoversPath(own, url))))
            && wanted.ApiGroups.All(group => wanted.Resources.All(resource =>
                held.Any(rule => Has(rule.Verbs, verb) && Has(rule.ApiGroups, group) && HasResource(rule, resource) && HasNames(rule, wanted)))));

    private static bool Has(IReadOnlyList<string> own, string wanted) => own.Contains("*") || own.Contains(wanted);

    private static bool HasResource(RbacRule rule, string wanted)
    {
        int slash = wanted.IndexOf('/', StringComparison.Ordinal);
        return Has(rule.Resources, wanted) || (slash > 0 && rule.Resources.Contains($"*{wanted[slash..]}"));
    }

    private static bool HasNames(RbacRule own, RbacRule wanted)
        => own.ResourceNames.Count == 0 || (wanted.ResourceNames.Count > 0 && wanted.ResourceNames.All(own.ResourceNames.Contains));

    private static bool CoversPath(string own, string wanted)
        => own == "*" || own == wanted || (own.EndsWith('*') && wanted.StartsWith(own[..^1], StringComparison.Ordinal));

    private static string Quoted(IEnumerable<string> values) => string.Join(' ', values.Select(value => $"\"{value}\""));
}
