using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.Admission;

namespace Fairway.Resources;

[JsonSerializable(typeof(MutatingWebhookConfiguration))]
[JsonSerializable(typeof(ValidatingWebhookConfiguration))]
internal sealed partial class AdmissionJson : JsonSerializerContext;
