using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Roles and their bindings.</summary>
internal static class AccessRules
{
    private const string Group = "rbac.authorization.k8s.io";

    public static void Role(JsonObject target, FieldErrors errors, bool isNamespaced)
    {
        JsonArray rules = target.Array("rules") ?? [];
        for (int i = 0; i < rules.Count; i++)
        {
            Rule(rules[i], isNamespaced, FieldPath.Root("rules").At(i), errors);
        }

        JsonArray selectors = target["aggregationRule"].Array("clusterRoleSelectors") ?? [];
        FieldPath path = FieldPath.Root("aggregationRule").At("clusterRoleSelectors");
        if (!isNamespaced && target["aggregationRule"] is JsonObject)
        {
            if (selectors.Count == 0)
            {
                errors.Required(path, "at least one clusterRoleSelector required if aggregationRule is non-nil");
            }

            for (int i = 0; i < selectors.Count; i++)
            {
                SelectorRules.LabelSelector(selectors[i], path.At(i), errors);
            }
        }
    }

    public static void Binding(JsonObject target, JsonObject? old, FieldErrors errors, bool isNamespaced)
    {
        JsonNode? role = target["roleRef"];
        if (role.Text("apiGroup") is not Group)
        {
            errors.NotSupported("roleRef.apiGroup", role.Text("apiGroup") ?? "", [Group]);
        }

        string[] kinds = isNamespaced ? ["Role", "ClusterRole"] : ["ClusterRole"];
        if (!kinds.Contains(role.Text("kind"), StringComparer.Ordinal))
        {
            errors.NotSupportedInOrder("roleRef.kind", role.Text("kind") ?? "", kinds);
        }

        string name = role.Text("name") ?? "";
        if (name.Length == 0)
        {
            errors.Required("roleRef.name");
        }
        else
        {
            errors.InvalidEach("roleRef.name", name, Names.PathSegmentProblems(name));
        }

        JsonArray subjects = target.Array("subjects") ?? [];
        for (int i = 0; i < subjects.Count; i++)
        {
            Subject(subjects[i], isNamespaced, FieldPath.Root("subjects").At(i), errors);
        }

        if (old is not null && !Immutability.Same(old["roleRef"], role))
        {
            errors.InvalidShown("roleRef", $"rbac.RoleRef{{APIGroup:{GoValue.Text(role, "apiGroup")}, Kind:{GoValue.Text(role, "kind")}, Name:{GoValue.Text(role, "name")}}}", "cannot change roleRef");
        }
    }

    private static void Rule(JsonNode? rule, bool isNamespaced, FieldPath path, FieldErrors errors)
    {
        if (Count(rule, "verbs") == 0)
        {
            errors.Required(path.At("verbs"), "verbs must contain at least one value");
        }

        if (Count(rule, "nonResourceURLs") > 0)
        {
            string shown = GoValue.Strings(rule.Array("nonResourceURLs"));
            if (isNamespaced)
            {
                errors.InvalidShown(path.At("nonResourceURLs"), shown, "namespaced rules cannot apply to non-resource URLs");
            }

            if (Count(rule, "apiGroups") + Count(rule, "resources") + Count(rule, "resourceNames") > 0)
            {
                errors.InvalidShown(path.At("nonResourceURLs"), shown, "rules cannot apply to both regular resources and non-resource URLs");
            }

            return;
        }

        if (Count(rule, "apiGroups") == 0)
        {
            errors.Required(path.At("apiGroups"), "resource rules must supply at least one api group");
        }

        if (Count(rule, "resources") == 0)
        {
            errors.Required(path.At("resources"), "resource rules must supply at least one resource");
        }
    }

    private static void Subject(JsonNode? subject, bool isNamespaced, FieldPath path, FieldErrors errors)
    {
        string name = subject.Text("name") ?? "";
        string group = subject.Text("apiGroup") ?? "";
        string kind = subject.Text("kind") ?? "";
        if (name.Length == 0)
        {
            errors.Required(path.At("name"));
        }

        switch (kind)
        {
            case "ServiceAccount":
                if (name.Length > 0)
                {
                    SelectorRules.Subdomain(name, path.At("name"), errors);
                }

                if (group.Length > 0)
                {
                    errors.NotSupported(path.At("apiGroup"), group, [""]);
                }

                if (!isNamespaced && string.IsNullOrEmpty(subject.Text("namespace")))
                {
                    errors.Required(path.At("namespace"));
                }

                break;
            case "User" or "Group":
                if (group != Group)
                {
                    errors.NotSupported(path.At("apiGroup"), group, [Group]);
                }

                break;
            default:
                errors.NotSupportedInOrder(path.At("kind"), kind, ["ServiceAccount", "User", "Group"]);
                break;
        }
    }

    private static int Count(JsonNode? rule, string list) => rule.Array(list)?.Count ?? 0;
}
