using System.Text.Json.Nodes;

namespace Fairway.Admission;

/// <summary>Which objects a policy or binding is about: matchConstraints of a policy, matchResources of a binding, match of a constraint.</summary>
public sealed record MatchRules
{
    /// <summary>No restriction.</summary>
    public static MatchRules Everything { get; } = new();

    /// <summary>One of these must fit; null: no restriction.</summary>
    public IReadOnlyList<ResourceRule>? Rules { get; init; }

    public IReadOnlyList<ResourceRule> Excluded { get; init; } = [];

    public JsonObject? NamespaceSelector { get; init; }

    public JsonObject? ObjectSelector { get; init; }

    /// <summary>By kind instead of by resource, as constraints do; null: no restriction.</summary>
    public IReadOnlyList<KindRule>? Kinds { get; init; }

    /// <summary>Glob patterns of namespaces; null: no restriction.</summary>
    public IReadOnlyList<string>? Namespaces { get; init; }

    public IReadOnlyList<string> ExcludedNamespaces { get; init; } = [];

    /// <summary>A glob pattern of the object's name.</summary>
    public string? NamePattern { get; init; }

    /// <summary><c>*</c>, <c>Cluster</c> or <c>Namespaced</c>.</summary>
    public string Scope { get; init; } = "*";

    /// <summary>matchPolicy Exact: only the version that was asked for counts. Otherwise an object that is served in a version that a rule names is seen in that.</summary>
    public bool IsExact { get; init; }
}

/// <summary>Operations on resources.</summary>
public sealed record ResourceRule
{
    public IReadOnlyList<string> Groups { get; init; } = ["*"];

    public IReadOnlyList<string> Versions { get; init; } = ["*"];

    /// <summary><c>pods</c>, <c>pods/exec</c>, <c>*</c>, <c>*/*</c>, <c>pods/*</c>, <c>*/scale</c>.</summary>
    public IReadOnlyList<string> Resources { get; init; } = ["*"];

    public IReadOnlyList<string> Operations { get; init; } = ["*"];

    public IReadOnlyList<string> Names { get; init; } = [];

    public string Scope { get; init; } = "*";
}

/// <summary>Kinds of API groups; <c>*</c> is all.</summary>
public sealed record KindRule(IReadOnlyList<string> Groups, IReadOnlyList<string> Kinds);
