using System.Text.Json;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>One PolicyRule of rbac.authorization.k8s.io/v1. Lists that are absent allow nothing; <c>*</c> allows all.</summary>
internal sealed record RbacRule
{
    public IReadOnlyList<string> Verbs { get; init; } = [];

    public IReadOnlyList<string> ApiGroups { get; init; } = [];

    public IReadOnlyList<string> Resources { get; init; } = [];

    public IReadOnlyList<string> ResourceNames { get; init; } = [];

    public IReadOnlyList<string> NonResourceUrls { get; init; } = [];

    public bool Allows(in AccessAttributes wanted)
        => Has(Verbs, wanted.Verb) && (wanted.Resource is { } resource ? AllowsResource(wanted, resource) : AllowsPath(wanted.Path));

    /// <summary>Reads the rules of a Role or ClusterRole; a document of another form has none.</summary>
    public static IReadOnlyList<RbacRule> Read(Document role)
    {
        using JsonDocument parsed = JsonDocument.Parse(role.Json, new JsonDocumentOptions { MaxDepth = Document.MaxDepth });
        return parsed.RootElement.TryGetProperty("rules", out JsonElement rules) && rules.ValueKind == JsonValueKind.Array
            ? [.. rules.EnumerateArray().Where(rule => rule.ValueKind == JsonValueKind.Object).Select(Read)]
            : [];
    }

    private static RbacRule Read(JsonElement rule) => new()
    {
        Verbs = Strings(rule, "verbs"),
        ApiGroups = Strings(rule, "apiGroups"),
        Resources = Strings(rule, "resources"),
        ResourceNames = Strings(rule, "resourceNames"),
        NonResourceUrls = Strings(rule, "nonResourceURLs"),
    };

    private static IReadOnlyList<string> Strings(JsonElement rule, string member)
        => rule.TryGetProperty(member, out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)]
            : [];

    private static bool Has(IReadOnlyList<string> allowed, string wanted) => allowed.Contains("*") || allowed.Contains(wanted);

    private bool AllowsResource(in AccessAttributes wanted, string resource)
    {
        string full = wanted.Subresource.Length == 0 ? resource : $"{resource}/{wanted.Subresource}";
        bool isNamed = Resources.Contains("*") || Resources.Contains(full)
            || (wanted.Subresource.Length > 0 && Resources.Contains($"*/{wanted.Subresource}"));
        return isNamed && Has(ApiGroups, wanted.Group) && (ResourceNames.Count == 0 || ResourceNames.Contains(wanted.Name));
    }

    private bool AllowsPath(string path)
        => NonResourceUrls.Any(allowed => allowed == "*" || allowed == path
            || (allowed.EndsWith('*') && path.StartsWith(allowed.AsSpan(0, allowed.Length - 1), StringComparison.Ordinal)));
}

/// <summary>A RoleBinding or ClusterRoleBinding: who gets which role.</summary>
internal sealed record RbacBinding
{
    public required string RoleKind { get; init; }

    public required string RoleName { get; init; }

    public required IReadOnlyList<RbacSubject> Subjects { get; init; }

    /// <summary>The first subject that is the user; null when none is.</summary>
    public RbacSubject? SubjectOf(Identity user, string @namespace)
    {
        foreach (RbacSubject subject in Subjects)
        {
            if (subject.Is(user, @namespace))
            {
                return subject;
            }
        }

        return null;
    }

    public static RbacBinding Read(Document binding)
    {
        using JsonDocument parsed = JsonDocument.Parse(binding.Json, new JsonDocumentOptions { MaxDepth = Document.MaxDepth });
        JsonElement root = parsed.RootElement;
        JsonElement role = root.TryGetProperty("roleRef", out JsonElement found) ? found : default;
        return new RbacBinding
        {
            RoleKind = Text(role, "kind"),
            RoleName = Text(role, "name"),
            Subjects = root.TryGetProperty("subjects", out JsonElement subjects) && subjects.ValueKind == JsonValueKind.Array
                ? [.. subjects.EnumerateArray().Select(subject => new RbacSubject(Text(subject, "kind"), Text(subject, "namespace"), Text(subject, "name")))]
                : [],
        };
    }

    private static string Text(JsonElement element, string member)
        => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(member, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : "";
}

internal sealed record RbacSubject(string Kind, string Namespace, string Name)
{
    public bool Is(Identity user, string bindingNamespace) => Kind switch
    {
        "User" => Name == user.Name,
        "Group" => user.Groups.Contains(Name),
        "ServiceAccount" => user.Name == $"system:serviceaccount:{(Namespace.Length == 0 ? bindingNamespace : Namespace)}:{Name}",
        _ => false,
    };
}
