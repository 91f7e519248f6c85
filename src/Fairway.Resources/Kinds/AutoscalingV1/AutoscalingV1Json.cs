using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.AutoscalingV1;

namespace Fairway.Resources;

[JsonSerializable(typeof(HorizontalPodAutoscaler))]
internal sealed partial class AutoscalingV1Json : JsonSerializerContext;
