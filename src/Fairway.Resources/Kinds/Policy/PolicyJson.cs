using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.Policy;

namespace Fairway.Resources;

[JsonSerializable(typeof(PodDisruptionBudget))]
internal sealed partial class PolicyJson : JsonSerializerContext;
