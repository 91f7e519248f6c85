using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.Events;

namespace Fairway.Resources;

[JsonSerializable(typeof(Event))]
internal sealed partial class EventsJson : JsonSerializerContext;
