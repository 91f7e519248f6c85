using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.Coordination;

namespace Fairway.Resources;

[JsonSerializable(typeof(Lease))]
internal sealed partial class CoordinationJson : JsonSerializerContext;
