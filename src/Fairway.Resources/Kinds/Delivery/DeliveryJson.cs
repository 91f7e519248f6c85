using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Resources;

[JsonSerializable(typeof(Application))]
[JsonSerializable(typeof(Release))]
[JsonSerializable(typeof(Promotion))]
[JsonSerializable(typeof(Rollout))]
[JsonSerializable(typeof(AnalysisTemplate))]
[JsonSerializable(typeof(AnalysisRun))]
[JsonSerializable(typeof(Waiver))]
[JsonSerializable(typeof(FreezeWindow))]
[JsonSerializable(typeof(TrustedKey))]
internal sealed partial class DeliveryJson : JsonSerializerContext;
