using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.Networking;

namespace Fairway.Resources;

[JsonSerializable(typeof(Ingress))]
[JsonSerializable(typeof(IngressClass))]
[JsonSerializable(typeof(NetworkPolicy))]
internal sealed partial class NetworkingJson : JsonSerializerContext;
