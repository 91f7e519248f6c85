using System.Text.Json.Nodes;

namespace Fairway.Admission;

/// <summary>The format a policy is written in.</summary>
public enum PolicyDialect
{
    /// <summary>admissionregistration.k8s.io ValidatingAdmissionPolicy.</summary>
    Kubernetes,

    /// <summary>policies.kyverno.io ValidatingPolicy whose expressions need Kubernetes' CEL only.</summary>
    Kyverno,

    /// <summary>templates.gatekeeper.sh ConstraintTemplate with K8sNativeValidation code, and its constraints.</summary>
    Gatekeeper,
}

/// <summary>One policy as read from its file or object, whatever its dialect. Immutable data; <see cref="CompiledPolicy"/> runs it.</summary>
public sealed record PolicyDefinition
{
    public required string Name { get; init; }

    public required PolicyDialect Dialect { get; init; }

    public required PolicyText Text { get; init; }

    public required MatchRules Match { get; init; }

    public IReadOnlyList<NamedExpression> MatchConditions { get; init; } = [];

    public IReadOnlyList<NamedExpression> Variables { get; init; } = [];

    public required IReadOnlyList<ValidationRule> Validations { get; init; }

    /// <summary>Values for the audit log, by key.</summary>
    public IReadOnlyList<NamedExpression> Annotations { get; init; } = [];

    /// <summary>What a MutatingAdmissionPolicy changes, in order.</summary>
    public IReadOnlyList<MutationRule> Mutations { get; init; } = [];

    /// <summary>reinvocationPolicy IfNeeded: asked once more when the object changed after it was asked.</summary>
    public bool Reinvokes { get; init; }

    /// <summary>An evaluation that fails counts as a violation (<c>Fail</c>), or as nothing (<c>Ignore</c>).</summary>
    public bool FailsClosed { get; init; } = true;

    /// <summary>The kind of parameters, as apiVersion and kind; null when it takes none.</summary>
    public ParameterKind? Parameters { get; init; }

    /// <summary>Also judge the pods that these resources make, as if they were pods (Kyverno's autogen).</summary>
    public IReadOnlySet<string> PodControllers { get; init; } = new HashSet<string>();

    /// <summary>What it was read from.</summary>
    public required JsonObject Document { get; init; }

    /// <summary>File and line, or the object's name.</summary>
    public string Origin { get; init; } = "";
}

/// <summary>A variable or match condition.</summary>
/// <param name="Name">Unique in its list.</param>
/// <param name="Expression">CEL.</param>
/// <param name="Path">The field it stands in, for messages.</param>
public sealed record NamedExpression(string Name, string Expression, string Path);

/// <summary>One thing that must hold.</summary>
public sealed record ValidationRule
{
    /// <summary>Unique in the policy; the position where the format has no names.</summary>
    public required string Name { get; init; }

    public required string Expression { get; init; }

    public string? Message { get; init; }

    public string? MessageExpression { get; init; }

    public string? Reason { get; init; }

    /// <summary>The field it stands in.</summary>
    public required string Path { get; init; }
}

/// <summary>A change that a policy makes.</summary>
/// <param name="IsPatch">The expression gives JSON patch operations; otherwise a configuration to merge.</param>
/// <param name="Expression">CEL.</param>
/// <param name="Path">The field it stands in.</param>
public sealed record MutationRule(bool IsPatch, string Expression, string Path);

/// <summary>apiVersion and kind of parameter objects.</summary>
public sealed record ParameterKind(string ApiVersion, string Kind);

/// <summary>A policy switched on: for which objects, with which parameters, with what consequence.</summary>
public sealed record PolicyBinding
{
    public required string Name { get; init; }

    public required string Policy { get; init; }

    public MatchRules? Match { get; init; }

    public ParameterReference? Parameters { get; init; }

    /// <summary>Parameters that the binding carries itself (a constraint).</summary>
    public JsonObject? Inline { get; init; }

    /// <summary>Deny, Warn, Audit.</summary>
    public IReadOnlySet<string> Actions { get; init; } = new HashSet<string> { "Deny" };
}

/// <summary>Which parameter objects a binding means: by name, or by labels.</summary>
public sealed record ParameterReference
{
    public string? Name { get; init; }

    public string? Namespace { get; init; }

    public JsonObject? Selector { get; init; }

    /// <summary>No parameter object is found: true denies (the policy's failure policy decides), false passes.</summary>
    public bool MissingDenies { get; init; }
}
