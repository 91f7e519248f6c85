using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.Gateway;

namespace Fairway.Resources;

[JsonSerializable(typeof(HTTPRoute))]
[JsonSerializable(typeof(Gateway))]
[JsonSerializable(typeof(GatewayClass))]
internal sealed partial class GatewayJson : JsonSerializerContext;
