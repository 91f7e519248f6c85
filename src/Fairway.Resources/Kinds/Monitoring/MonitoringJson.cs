using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.Monitoring;

namespace Fairway.Resources;

[JsonSerializable(typeof(PrometheusRule))]
[JsonSerializable(typeof(ServiceMonitor))]
[JsonSerializable(typeof(PodMonitor))]
internal sealed partial class MonitoringJson : JsonSerializerContext;
