using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.Discovery;

namespace Fairway.Resources;

[JsonSerializable(typeof(EndpointSlice))]
internal sealed partial class DiscoveryJson : JsonSerializerContext;
