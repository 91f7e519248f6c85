using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.Apps;

namespace Fairway.Resources;

[JsonSerializable(typeof(Deployment))]
[JsonSerializable(typeof(ReplicaSet))]
[JsonSerializable(typeof(StatefulSet))]
[JsonSerializable(typeof(DaemonSet))]
[JsonSerializable(typeof(ControllerRevision))]
internal sealed partial class AppsJson : JsonSerializerContext;
