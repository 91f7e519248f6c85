using System.Text.Json.Nodes;
using Fairway.Resources.Labels;
using Fairway.Resources.Schemas;

namespace Fairway.Admission.Evaluation;

/// <summary>Pure: whether match rules take a subject in. The order is kube-apiserver's: namespace selector, object selector, exclusions, rules.</summary>
internal static class Matching
{
    /// <summary>How the policy sees the subject: as it is, or in the version that a rule names. Null: the rules do not take it in.</summary>
    public static PreparedSubject? View(MatchRules match, PreparedSubject prepared)
    {
        Subject subject = prepared.Subject;
        if (!InNamespaces(match, subject)
            || !SelectsNamespace(match.NamespaceSelector, subject)
            || !SelectsObject(match.ObjectSelector, subject)
            || (match.Excluded.Count > 0 && Form(match.Excluded, match.IsExact, subject) is not null)
            || (match.Kinds is not null && !match.Kinds.Any(kind => Fits(kind, subject.Identity))))
        {
            return null;
        }

        if (match.Rules is not { Count: > 0 } rules)
        {
            return prepared;
        }

        return Form(rules, match.IsExact, subject) switch { null => null, -1 => prepared, { } form => prepared.As(form) };
    }

    /// <summary>How the policy sees a subject that it is known to take in: by the rules alone, whatever became of its labels.</summary>
    public static PreparedSubject FormOf(MatchRules match, PreparedSubject prepared)
        => match.Rules is { Count: > 0 } rules && Form(rules, match.IsExact, prepared.Subject) is { } form and >= 0 ? prepared.As(form) : prepared;

    /// <summary>The form of the subject that some rule fits: -1 itself, else the place among its equivalents.</summary>
    private static int? Form(IReadOnlyList<ResourceRule> rules, bool isExact, Subject subject)
    {
        if (Fits(rules, subject.Identity, subject.Operation))
        {
            return -1;
        }

        for (int i = 0; !isExact && i < subject.Equivalents.Count; i++)
        {
            if (Fits(rules, subject.Equivalents[i].Identity, subject.Operation))
            {
                return i;
            }
        }

        return null;
    }

    private static bool Fits(IReadOnlyList<ResourceRule> rules, ResourceIdentity identity, string operation)
    {
        for (int i = 0; i < rules.Count; i++)
        {
            if (Fits(rules[i], identity, operation))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Fits(ResourceRule rule, ResourceIdentity identity, string operation)
        => Has(rule.Operations, operation)
            && Has(rule.Groups, identity.Group)
            && Has(rule.Versions, identity.Version)
            && FitsResource(rule.Resources, identity)
            && (rule.Names.Count == 0 || rule.Names.Contains(identity.Name))
            && FitsScope(rule.Scope, identity);

    private static bool FitsResource(IReadOnlyList<string> resources, ResourceIdentity identity)
    {
        foreach (string pattern in resources)
        {
            int slash = pattern.IndexOf('/', StringComparison.Ordinal);
            string resource = slash < 0 ? pattern : pattern[..slash];
            string subresource = slash < 0 ? "" : pattern[(slash + 1)..];
            bool subresourceFits = pattern == "*/*" || subresource == identity.Subresource || (subresource == "*" && slash >= 0);
            if ((resource == "*" || resource == identity.Resource) && subresourceFits)
            {
                return true;
            }
        }

        return false;
    }

    private static bool FitsScope(string scope, ResourceIdentity identity) => scope switch
    {
        "Cluster" => !identity.Namespaced,
        "Namespaced" => identity.Namespaced,
        _ => true,
    };

    private static bool Fits(KindRule rule, ResourceIdentity identity) => Has(rule.Groups, identity.Group) && Has(rule.Kinds, identity.Kind);

    private static bool Has(IReadOnlyList<string> patterns, string value)
    {
        for (int i = 0; i < patterns.Count; i++)
        {
            if (patterns[i] == "*" || patterns[i] == value)
            {
                return true;
            }
        }

        return false;
    }

    private static bool InNamespaces(MatchRules match, Subject subject)
    {
        ResourceIdentity identity = subject.Identity;
        if (!FitsScope(match.Scope, identity) || (match.NamePattern is { } name && !Glob(name, identity.Name)))
        {
            return false;
        }

        // What belongs to no namespace is not restricted by namespaces.
        return identity.NamespaceName.Length == 0
            || ((match.Namespaces is null || match.Namespaces.Any(pattern => Glob(pattern, identity.NamespaceName)))
                && !match.ExcludedNamespaces.Any(pattern => Glob(pattern, identity.NamespaceName)));
    }

    private static bool SelectsNamespace(JsonObject? selector, Subject subject)
    {
        if (selector is null || selector.Count == 0)
        {
            return true;
        }

        // A namespace is judged by its own labels; other cluster-scoped objects are never excluded by namespace.
        JsonObject? @namespace = subject.Identity is { Group: "", Kind: "Namespace" } ? subject.Any : subject.Namespace;
        return @namespace is null || LabelSelector.FromObject(selector).Matches(Labels(@namespace));
    }

    private static bool SelectsObject(JsonObject? selector, Subject subject)
    {
        if (selector is null || selector.Count == 0)
        {
            return true;
        }

        LabelSelector read = LabelSelector.FromObject(selector);
        return (subject.Object is { } now && read.Matches(Labels(now))) || (subject.OldObject is { } before && read.Matches(Labels(before)));
    }

    private static Dictionary<string, string> Labels(JsonObject @object)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, JsonNode? value) in @object.Object("metadata").Object("labels") ?? [])
        {
            labels[name] = KubeJson.AsString(value) ?? "";
        }

        return labels;
    }

    /// <summary>A pattern with <c>*</c> at its ends.</summary>
    internal static bool Glob(string pattern, string text)
    {
        bool open = pattern.StartsWith('*');
        bool ends = pattern.EndsWith('*');
        string core = pattern.Trim('*');
        return (open, ends) switch
        {
            (true, true) => text.Contains(core, StringComparison.Ordinal),
            (true, false) => text.EndsWith(core, StringComparison.Ordinal),
            (false, true) => text.StartsWith(core, StringComparison.Ordinal),
            _ => text == core,
        };
    }
}
