using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.Apps;

namespace Fairway.Resources;

[JsonSerializable(typeof(Deployment))]
[JsonSerializable(typeof(ReplicaSet))]
internal sealed partial class AppsJson : JsonSerializerContext;
