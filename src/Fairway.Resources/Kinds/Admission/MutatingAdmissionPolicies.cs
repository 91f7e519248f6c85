namespace Fairway.Resources.Kinds.Admission;

/// <summary>MutatingAdmissionPolicy describes the definition of an admission mutation policy that changes objects.</summary>
[Kind("admissionregistration.k8s.io/v1beta1", "mutatingadmissionpolicies", Namespaced = false, Categories = ["api-extensions"])]
public sealed record MutatingAdmissionPolicy : IResource
{
    public string ApiVersion => "admissionregistration.k8s.io/v1beta1";

    public string Kind => "MutatingAdmissionPolicy";

    public ObjectMeta Metadata { get; init; } = new();

    public MutatingAdmissionPolicySpec? Spec { get; init; }
}

public sealed record MutatingAdmissionPolicySpec
{
    /// <summary>The kind of the objects that hold parameters; absent when the policy takes none.</summary>
    public ParamKind? ParamKind { get; init; }

    /// <summary>Which resources the policy is designed to change.</summary>
    public MatchResources? MatchConstraints { get; init; }

    /// <summary>Named expressions for the others to use, evaluated when first used; each sees those before it.</summary>
    [Atomic]
    public IReadOnlyList<PolicyVariable>? Variables { get; init; }

    /// <summary>The changes, one after the other.</summary>
    [Atomic]
    public IReadOnlyList<PolicyMutation>? Mutations { get; init; }

    /// <summary>What becomes of a request when a mutation fails.</summary>
    [OneOf("Fail", "Ignore")]
    [Default("\"Fail\"")]
    public string? FailurePolicy { get; init; }

    /// <summary>Conditions that must hold for a request to be changed.</summary>
    [ListMap("name")]
    public IReadOnlyList<MatchCondition>? MatchConditions { get; init; }

    /// <summary>Whether the policy is asked again when others changed the object after it.</summary>
    [OneOf("Never", "IfNeeded")]
    public string? ReinvocationPolicy { get; init; }
}

/// <summary>One change: a configuration to merge, or a list of JSON patch operations.</summary>
public sealed record PolicyMutation
{
    [OneOf("ApplyConfiguration", "JSONPatch")]
    public required string PatchType { get; init; }

    public ApplyConfigurationMutation? ApplyConfiguration { get; init; }

    public JsonPatchMutation? JsonPatch { get; init; }
}

public sealed record ApplyConfigurationMutation
{
    /// <summary>A CEL expression that gives an Object.</summary>
    public string? Expression { get; init; }
}

public sealed record JsonPatchMutation
{
    /// <summary>A CEL expression that gives a list of JSONPatch.</summary>
    public string? Expression { get; init; }
}

/// <summary>MutatingAdmissionPolicyBinding binds a MutatingAdmissionPolicy with parameters.</summary>
[Kind("admissionregistration.k8s.io/v1beta1", "mutatingadmissionpolicybindings", Namespaced = false, Categories = ["api-extensions"])]
public sealed record MutatingAdmissionPolicyBinding : IResource
{
    public string ApiVersion => "admissionregistration.k8s.io/v1beta1";

    public string Kind => "MutatingAdmissionPolicyBinding";

    public ObjectMeta Metadata { get; init; } = new();

    public MutatingAdmissionPolicyBindingSpec? Spec { get; init; }
}

public sealed record MutatingAdmissionPolicyBindingSpec
{
    public string? PolicyName { get; init; }

    /// <summary>Where the parameters are.</summary>
    public ParamRef? ParamRef { get; init; }

    /// <summary>Narrows what the policy matches.</summary>
    public MatchResources? MatchResources { get; init; }
}
