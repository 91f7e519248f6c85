using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.Monitoring;

namespace Fairway.Resources;

[JsonSerializable(typeof(PrometheusRule))]
internal sealed partial class MonitoringJson : JsonSerializerContext;
