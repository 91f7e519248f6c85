using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.Autoscaling;

namespace Fairway.Resources;

[JsonSerializable(typeof(HorizontalPodAutoscaler))]
internal sealed partial class AutoscalingJson : JsonSerializerContext;
