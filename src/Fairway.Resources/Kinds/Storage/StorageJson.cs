using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.Storage;

namespace Fairway.Resources;

[JsonSerializable(typeof(StorageClass))]
[JsonSerializable(typeof(VolumeAttachment))]
[JsonSerializable(typeof(CSIDriver))]
[JsonSerializable(typeof(CSINode))]
[JsonSerializable(typeof(CSIStorageCapacity))]
internal sealed partial class StorageJson : JsonSerializerContext;
