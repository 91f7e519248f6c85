using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.AdmissionV1Alpha1;

namespace Fairway.Resources;

[JsonSerializable(typeof(MutatingAdmissionPolicy))]
[JsonSerializable(typeof(MutatingAdmissionPolicyBinding))]
internal sealed partial class AdmissionV1Alpha1Json : JsonSerializerContext;
