using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.Admission;

namespace Fairway.Resources;

[JsonSerializable(typeof(MutatingWebhookConfiguration))]
[JsonSerializable(typeof(ValidatingWebhookConfiguration))]
[JsonSerializable(typeof(ValidatingAdmissionPolicy))]
[JsonSerializable(typeof(ValidatingAdmissionPolicyBinding))]
[JsonSerializable(typeof(MutatingAdmissionPolicy))]
[JsonSerializable(typeof(MutatingAdmissionPolicyBinding))]
internal sealed partial class AdmissionJson : JsonSerializerContext;
