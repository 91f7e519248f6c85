using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Resources;

[JsonSerializable(typeof(Namespace))]
[JsonSerializable(typeof(Pod))]
[JsonSerializable(typeof(PodTemplateSpec))]
[JsonSerializable(typeof(Service))]
[JsonSerializable(typeof(ConfigMap))]
[JsonSerializable(typeof(Secret))]
[JsonSerializable(typeof(ServiceAccount))]
[JsonSerializable(typeof(ResourceQuota))]
[JsonSerializable(typeof(LimitRange))]
[JsonSerializable(typeof(Node))]
[JsonSerializable(typeof(Event))]
[JsonSerializable(typeof(PersistentVolume))]
[JsonSerializable(typeof(PersistentVolumeClaim))]
[JsonSerializable(typeof(Endpoints))]
[JsonSerializable(typeof(ReplicationController))]
[JsonSerializable(typeof(PodTemplate))]
[JsonSerializable(typeof(ComponentStatus))]
internal sealed partial class CoreJson : JsonSerializerContext;
