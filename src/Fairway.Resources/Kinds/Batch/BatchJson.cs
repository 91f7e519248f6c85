using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.Batch;

namespace Fairway.Resources;

[JsonSerializable(typeof(Job))]
[JsonSerializable(typeof(CronJob))]
internal sealed partial class BatchJson : JsonSerializerContext;
