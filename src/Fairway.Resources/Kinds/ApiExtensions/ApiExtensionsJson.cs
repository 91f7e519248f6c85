using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.ApiExtensions;

namespace Fairway.Resources;

[JsonSerializable(typeof(CustomResourceDefinition))]
internal sealed partial class ApiExtensionsJson : JsonSerializerContext;
