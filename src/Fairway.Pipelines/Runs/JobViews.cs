using System.Text.Json;
using Fairway.Pipelines.Execution;
using Fairway.Pipelines.Expressions;
using Fairway.Pipelines.Planning;
using Fairway.Pipelines.Syntax;
using Fairway.Resources.Kinds.Pipelines;

namespace Fairway.Pipelines.Runs;

/// <summary>Jobs as the status shows them, and back. Pure.</summary>
internal static class JobViews
{
    public static JobState State(PipelineJob job) => new()
    {
        Id = job.Id,
        JobId = job.MatrixOf ?? job.Id,
        Name = job.Name ?? job.Id,
        Phase = Enum.Parse<JobPhase>(job.Phase),
        ContinueOnError = job.ContinueOnError == true,
        Matrix = job.Matrix is null ? ExpressionValue.Null : JsonText.Read(job.Matrix),
        Outputs = job.Outputs ?? new Dictionary<string, string>(),
    };

    /// <summary>All jobs in the workflow's order: decided ones as they are, the others waiting.</summary>
    public static IReadOnlyList<PipelineJob> Merge(Workflow workflow, IReadOnlyList<JobState> decided, IReadOnlyList<PipelineJob> shown)
    {
        List<PipelineJob> all = [];
        foreach (WorkflowJob job in workflow.Jobs)
        {
            JobState[] instances = [.. decided.Where(state => state.JobId == job.Id)];
            if (instances.Length == 0)
            {
                all.Add(shown.FirstOrDefault(view => view.Id == job.Id) ?? Waiting(workflow, job, job.Id, job.Name?.Constant?.AsText() ?? job.Id));
            }

            all.AddRange(instances.Select(state => shown.FirstOrDefault(view => view.Id == state.Id) is { } view
                ? view with { Name = state.Name, ContinueOnError = state.ContinueOnError ? true : null }
                : Waiting(workflow, job, state.Id, state.Name) with
                {
                    MatrixOf = state.Id == job.Id ? null : job.Id,
                    Matrix = state.Matrix is ExpressionValue.NullValue ? null : Compact(state.Matrix),
                    ContinueOnError = state.ContinueOnError ? true : null,
                }));
        }

        return all;
    }

    public static IReadOnlyList<PipelineStep> Steps(Workflow workflow, string jobId)
        => [.. workflow.Find(jobId)!.Steps.Select(step => new PipelineStep { Number = step.Number, Name = StepNames.Planned(step), Phase = "Waiting" })];

    /// <summary>A job that did not start.</summary>
    public static PipelineJob Concluded(PipelineJob job, JobPhase phase, string reason, DateTimeOffset now)
        => Close(job with { Phase = phase.ToString(), Message = reason, FinishedAt = now }, "Skipped", now);

    public static PipelineJob Ended(PipelineJob job, JobResult result, DateTimeOffset now)
    {
        PipelineStep? failed = job.Steps?.FirstOrDefault(step => step.Phase == "Failed" && step.Message?.EndsWith("(continue-on-error)", StringComparison.Ordinal) != true);
        string? message = result.Message ?? (result.Phase == JobPhase.Failed && failed is not null ? $"{failed.Name}: {failed.Message}" : null);
        PipelineJob ended = job with
        {
            Phase = result.Phase.ToString(),
            Message = message,
            Outputs = result.Outputs.Count == 0 ? null : result.Outputs,
            StartedAt = job.StartedAt ?? now,
            FinishedAt = now,
        };
        return Close(ended, result.Phase == JobPhase.Cancelled ? "Cancelled" : "Skipped", now);
    }

    /// <summary>A job that the platform's end stopped for the last time.</summary>
    public static PipelineJob Interrupted(PipelineJob job, DateTimeOffset now)
        => Close(job with { Phase = "Failed", Message = "The platform ended in the middle of the job, twice. Start the run again.", FinishedAt = now }, "Skipped", now);

    private static PipelineJob Close(PipelineJob job, string phaseOfRest, DateTimeOffset now) => job with
    {
        Steps = job.Steps is null ? null :
        [
            .. job.Steps.Select(step => step.Phase switch
            {
                "Waiting" => step with { Phase = phaseOfRest },
                "Running" => step with { Phase = "Failed", FinishedAt = now },
                _ => step,
            }),
        ],
    };

    private static PipelineJob Waiting(Workflow workflow, WorkflowJob job, string id, string name) => new()
    {
        Id = id,
        Name = name,
        Phase = "Waiting",
        Needs = job.Needs.Count == 0 ? null : job.Needs,
        Attempt = 1,
        Steps = Steps(workflow, job.Id),
    };

    private static string Compact(ExpressionValue value)
    {
        using JsonDocument document = JsonDocument.Parse(JsonText.Write(value));
        return JsonSerializer.Serialize(document.RootElement, CompactJson.Default.JsonElement);
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(JsonElement))]
internal sealed partial class CompactJson : System.Text.Json.Serialization.JsonSerializerContext;
