using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.Scheduling;

namespace Fairway.Resources;

[JsonSerializable(typeof(PriorityClass))]
internal sealed partial class SchedulingJson : JsonSerializerContext;
