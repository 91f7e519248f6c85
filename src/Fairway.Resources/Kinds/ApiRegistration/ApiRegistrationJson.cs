using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.ApiRegistration;

namespace Fairway.Resources;

[JsonSerializable(typeof(APIService))]
internal sealed partial class ApiRegistrationJson : JsonSerializerContext;
