using System.Text.Json.Nodes;
using Fairway.Resources.Labels;
using Fairway.Resources.Schemas;

namespace Fairway.Policy.Evaluation;

/// <summary>Pure: whether match rules take a subject in. The order is kube-apiserver's: namespace selector, object selector, exclusions, rules.</summary>
internal static class Matching
{
    public static bool Matches(MatchRules match, Subject subject)
        => InNamespaces(match, subject)
            && SelectsNamespace(match.NamespaceSelector, subject)
            && SelectsObject(match.ObjectSelector, subject)
            && !match.Excluded.Any(rule => Fits(rule, subject))
            && (match.Rules is null || match.Rules.Any(rule => Fits(rule, subject)))
            && (match.Kinds is null || match.Kinds.Any(kind => Fits(kind, subject.Identity)));

    public static bool Fits(ResourceRule rule, Subject subject)
    {
        ResourceIdentity identity = subject.Identity;
        return Has(rule.Operations, subject.Operation)
            && Has(rule.Groups, identity.Group)
            && Has(rule.Versions, identity.Version)
            && FitsResource(rule.Resources, identity)
            && (rule.Names.Count == 0 || rule.Names.Contains(identity.Name))
            && FitsScope(rule.Scope, identity);
    }

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
