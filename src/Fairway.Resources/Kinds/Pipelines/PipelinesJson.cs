using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.Pipelines;

namespace Fairway.Resources;

[JsonSerializable(typeof(GitRepository))]
[JsonSerializable(typeof(PipelineRun))]
internal sealed partial class PipelinesJson : JsonSerializerContext;
