using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.RuntimeClasses;

namespace Fairway.Resources;

[JsonSerializable(typeof(RuntimeClass))]
internal sealed partial class RuntimeClassesJson : JsonSerializerContext;
