using Fairway.Resources.Kinds.Admission;

namespace Fairway.Resources.Kinds.AdmissionV1Alpha1;

/// <summary>MutatingAdmissionPolicy in its first form, which has the fields of the second. The same objects as v1beta1.</summary>
[Kind("admissionregistration.k8s.io/v1alpha1", "mutatingadmissionpolicies", Namespaced = false, Categories = ["api-extensions"])]
public sealed record MutatingAdmissionPolicy : IResource
{
    public string ApiVersion => "admissionregistration.k8s.io/v1alpha1";

    public string Kind => "MutatingAdmissionPolicy";

    public ObjectMeta Metadata { get; init; } = new();

    public MutatingAdmissionPolicySpec? Spec { get; init; }
}

/// <summary>MutatingAdmissionPolicyBinding in its first form. The same objects as v1beta1.</summary>
[Kind("admissionregistration.k8s.io/v1alpha1", "mutatingadmissionpolicybindings", Namespaced = false, Categories = ["api-extensions"])]
public sealed record MutatingAdmissionPolicyBinding : IResource
{
    public string ApiVersion => "admissionregistration.k8s.io/v1alpha1";

    public string Kind => "MutatingAdmissionPolicyBinding";

    public ObjectMeta Metadata { get; init; } = new();

    public MutatingAdmissionPolicyBindingSpec? Spec { get; init; }
}
