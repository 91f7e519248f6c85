using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.Storage;

namespace Fairway.Resources;

[JsonSerializable(typeof(StorageClass))]
internal sealed partial class StorageJson : JsonSerializerContext;
