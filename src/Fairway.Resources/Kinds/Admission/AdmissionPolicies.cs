namespace Fairway.Resources.Kinds.Admission;

/// <summary>ValidatingAdmissionPolicy describes the definition of an admission validation policy that accepts or rejects an object without changing it.</summary>
[Kind("admissionregistration.k8s.io/v1", "validatingadmissionpolicies", Namespaced = false, Categories = ["api-extensions"], Status = true)]
public sealed record ValidatingAdmissionPolicy : IResource
{
    public string ApiVersion => "admissionregistration.k8s.io/v1";

    public string Kind => "ValidatingAdmissionPolicy";

    public ObjectMeta Metadata { get; init; } = new();

    public ValidatingAdmissionPolicySpec? Spec { get; init; }

    public ValidatingAdmissionPolicyStatus? Status { get; init; }
}

public sealed record ValidatingAdmissionPolicySpec
{
    /// <summary>The kind of the objects that hold parameters; absent when the policy takes none.</summary>
    public ParamKind? ParamKind { get; init; }

    /// <summary>Which resources the policy is designed to validate.</summary>
    public MatchResources? MatchConstraints { get; init; }

    /// <summary>The rules, all of which must be true.</summary>
    [Atomic]
    public IReadOnlyList<PolicyValidation>? Validations { get; init; }

    /// <summary>What becomes of a request that cannot be judged.</summary>
    [OneOf("Fail", "Ignore")]
    [Default("\"Fail\"")]
    public string? FailurePolicy { get; init; }

    /// <summary>Expressions whose values are published in the audit event.</summary>
    [Atomic]
    public IReadOnlyList<PolicyAuditAnnotation>? AuditAnnotations { get; init; }

    /// <summary>Conditions that must hold for a request to be validated.</summary>
    [ListMap("name")]
    public IReadOnlyList<MatchCondition>? MatchConditions { get; init; }

    /// <summary>Named expressions for the others to use, evaluated when first used; each sees those before it.</summary>
    [ListMap("name")]
    public IReadOnlyList<PolicyVariable>? Variables { get; init; }
}

public sealed record ValidatingAdmissionPolicyStatus
{
    public long? ObservedGeneration { get; init; }

    /// <summary>What type checking against the matched kinds found.</summary>
    public PolicyTypeChecking? TypeChecking { get; init; }

    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

public sealed record PolicyTypeChecking
{
    [Atomic]
    public IReadOnlyList<ExpressionWarning>? ExpressionWarnings { get; init; }
}

public sealed record ExpressionWarning
{
    /// <summary>The path of the expression: <c>spec.validations[0].expression</c>.</summary>
    public required string FieldRef { get; init; }

    public required string Warning { get; init; }
}

public sealed record PolicyValidation
{
    /// <summary>A CEL expression that gives a bool.</summary>
    public required string Expression { get; init; }

    public string? Message { get; init; }

    /// <summary>Invalid, Forbidden, Unauthorized or RequestEntityTooLarge.</summary>
    public string? Reason { get; init; }

    /// <summary>A CEL expression that gives the message.</summary>
    public string? MessageExpression { get; init; }
}

public sealed record PolicyAuditAnnotation
{
    public required string Key { get; init; }

    public required string ValueExpression { get; init; }
}

public sealed record PolicyVariable
{
    public required string Name { get; init; }

    public required string Expression { get; init; }
}

public sealed record ParamKind
{
    public string? ApiVersion { get; init; }

    public string? Kind { get; init; }
}

/// <summary>ValidatingAdmissionPolicyBinding binds a ValidatingAdmissionPolicy with parameters.</summary>
[Kind("admissionregistration.k8s.io/v1", "validatingadmissionpolicybindings", Namespaced = false, Categories = ["api-extensions"])]
public sealed record ValidatingAdmissionPolicyBinding : IResource
{
    public string ApiVersion => "admissionregistration.k8s.io/v1";

    public string Kind => "ValidatingAdmissionPolicyBinding";

    public ObjectMeta Metadata { get; init; } = new();

    public ValidatingAdmissionPolicyBindingSpec? Spec { get; init; }
}

public sealed record ValidatingAdmissionPolicyBindingSpec
{
    public string? PolicyName { get; init; }

    /// <summary>Where the parameters are.</summary>
    public ParamRef? ParamRef { get; init; }

    /// <summary>Narrows what the policy matches.</summary>
    public MatchResources? MatchResources { get; init; }

    /// <summary>Deny, Warn, Audit: how failed validations are enforced.</summary>
    [ListSet]
    public IReadOnlyList<string>? ValidationActions { get; init; }
}

public sealed record ParamRef
{
    public string? Name { get; init; }

    public string? Namespace { get; init; }

    public LabelSelectorSpec? Selector { get; init; }

    /// <summary>What becomes of requests when there are no parameters.</summary>
    [OneOf("Allow", "Deny")]
    public string? ParameterNotFoundAction { get; init; }
}

/// <summary>Which requests are meant. Exclusions go first.</summary>
public sealed record MatchResources
{
    [Default("{}")]
    public LabelSelectorSpec? NamespaceSelector { get; init; }

    [Default("{}")]
    public LabelSelectorSpec? ObjectSelector { get; init; }

    [Atomic]
    public IReadOnlyList<NamedRuleWithOperations>? ResourceRules { get; init; }

    [Atomic]
    public IReadOnlyList<NamedRuleWithOperations>? ExcludeResourceRules { get; init; }

    /// <summary>Exact, or Equivalent: also requests for other versions of the same resource.</summary>
    [OneOf("Exact", "Equivalent")]
    [Default("\"Equivalent\"")]
    public string? MatchPolicy { get; init; }
}

/// <summary>Operations on resources, perhaps only on those of some names.</summary>
public sealed record NamedRuleWithOperations
{
    [Atomic]
    public IReadOnlyList<string>? ResourceNames { get; init; }

    /// <summary>CREATE, UPDATE, DELETE, CONNECT or *.</summary>
    [Atomic]
    public IReadOnlyList<string>? Operations { get; init; }

    [Atomic]
    public IReadOnlyList<string>? ApiGroups { get; init; }

    [Atomic]
    public IReadOnlyList<string>? ApiVersions { get; init; }

    [Atomic]
    public IReadOnlyList<string>? Resources { get; init; }

    [OneOf("Cluster", "Namespaced", "*")]
    [Default("\"*\"")]
    public string? Scope { get; init; }
}
