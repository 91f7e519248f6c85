using System.Globalization;
using Fairway.Pipelines.Actions;
using Fairway.Pipelines.Expressions;
using Fairway.Pipelines.Planning;
using Fairway.Pipelines.Syntax;
using Fairway.Resources.Kinds.Pipelines;

namespace Fairway.Pipelines.Execution;

/// <summary>Runs one job from its beginning: steps in order, then what actions left for the end, then its outputs.</summary>
internal sealed class JobRunner(RunPaths paths, ActionCatalog actions, ActionServices services, Leftovers leftovers, PipelinesOptions options, TimeProvider time)
{
    /// <param name="job">What to run.</param>
    /// <param name="cancel">The run, or this job of a matrix, was cancelled.</param>
    public async Task<JobResult> RunAsync(JobAssignment job, CancellationToken cancel)
    {
        string mark = $"{job.Key}/{job.State.Id}";
        JobDirectories directories = JobDirectories.Create(paths.JobDirectory(job.Key, job.State.Id), job.Run.Spec.Repository);
        RunPaths.Remove(paths.JobLogDirectory(job.Key, job.State.Id));
        await File.WriteAllTextAsync(directories.EventFile, job.EventJson, CancellationToken.None);
        try
        {
            JobEnvironment environment = new(job, directories, options, (leftovers.Variable, leftovers.MarkOf(mark)));
            environment.Define(job.Workflow.Env);
            environment.Define(job.Job.Env);
            return await RunStepsAsync(job, environment, cancel);
        }
        catch (ExpressionException wrong)
        {
            return new JobResult(JobPhase.Failed, new Dictionary<string, string>(), $"The job's environment cannot be evaluated: {wrong.Message}.");
        }
        finally
        {
            leftovers.End(mark);
        }
    }

    private async Task<JobResult> RunStepsAsync(JobAssignment job, JobEnvironment environment, CancellationToken cancel)
    {
        double minutes = job.Job.TimeoutMinutes?.Evaluate(environment.Context(default, NoVariables)).AsNumber() ?? 0;
        TimeSpan limit = minutes is > 0 and < 1_000_000 ? TimeSpan.FromMinutes(minutes) : options.DefaultJobTimeout;
        using CancellationTokenSource timeout = new(limit, time);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancel, timeout.Token);
        StepRunner runner = new(job, environment, actions, services, leftovers, options, time);
        List<StepLog> logs = [];
        List<PostStep> posts = [];
        StatusSoFar status = new(Succeeded: true, Failed: false, Cancelled: false);
        using CancellationTokenSource cleanup = new();
        using ITimer cleanupLimit = time.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), cleanup, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        try
        {
            foreach (WorkflowStep step in job.Job.Steps)
            {
                // Steps that run although the job was cancelled must not be stopped by the same cancellation.
                bool stopping = stop.IsCancellationRequested;
                if (stopping && !status.Cancelled)
                {
                    cleanupLimit.Change(CleanupLimit, Timeout.InfiniteTimeSpan);
                }

                status = status with { Cancelled = stopping };
                StepResult result = await RunStepAsync(job, runner, environment, step, status, logs, posts, stopping ? cleanup.Token : stop.Token);
                status = status with
                {
                    Succeeded = status.Succeeded && result.Conclusion is not ("failure" or "cancelled"),
                    Failed = status.Failed || result.Conclusion == "failure",
                };
            }

            bool cancelled = stop.IsCancellationRequested;
            await RunPostsAsync(job, environment, posts, logs, !cancelled && !status.Failed);
            Dictionary<string, string> outputs = Outputs(job, environment, status);
            return (cancelled, status.Failed) switch
            {
                (true, _) when timeout.IsCancellationRequested && !cancel.IsCancellationRequested => new(
                    JobPhase.Failed, outputs, string.Create(CultureInfo.InvariantCulture, $"The job exceeded its time limit of {limit.TotalMinutes} minutes.")),
                (true, _) => new(JobPhase.Cancelled, outputs, "The job was cancelled."),
                (_, true) => new(JobPhase.Failed, outputs, null),
                _ => new(JobPhase.Succeeded, outputs, null),
            };
        }
        finally
        {
            leftovers.End($"{job.Key}/{job.State.Id}");
            logs.ForEach(log => log.Dispose());
        }
    }

    private static TimeSpan CleanupLimit { get; } = TimeSpan.FromMinutes(5);

    private static IReadOnlyDictionary<string, string> NoVariables { get; } = new Dictionary<string, string>();

    private async Task<StepResult> RunStepAsync(
        JobAssignment job, StepRunner runner, JobEnvironment environment, WorkflowStep step, StatusSoFar status, List<StepLog> logs, List<PostStep> posts, CancellationToken stop)
    {
        StepLog log = OpenLog(job, step.Number);
        logs.Add(log);
        StepChannel channel = new(job, step.Number, log, environment.Temp);
        StepResult result = await runner.RunAsync(
            step,
            status,
            channel,
            name => Show(job, step.Number, shown => shown with { Name = job.Masker.Apply(name), Phase = "Running", StartedAt = time.GetUtcNow() }),
            posts.Add,
            stop);
        Summarize(job, step.Number, channel);
        environment.Conclude(step.Id, result, channel.Outputs);
        Show(job, step.Number, shown => Ended(shown, result));
        return result;
    }

    private PipelineStep Ended(PipelineStep shown, StepResult result) => result.Outcome == "skipped"
        ? shown with { Phase = "Skipped" }
        : shown with
        {
            Phase = result.Outcome switch
            {
                "success" => "Succeeded",
                "cancelled" => "Cancelled",
                _ => "Failed",
            },
            ExitCode = result.ExitCode,
            Message = result.Message is null ? null
                : result.Conclusion == "success" && result.Outcome == "failure" ? $"{result.Message} (continue-on-error)" : result.Message,
            StartedAt = shown.StartedAt ?? time.GetUtcNow(),
            FinishedAt = time.GetUtcNow(),
        };

    /// <summary>In reverse order; a failure here is told and does not change the job's result.</summary>
    private async Task RunPostsAsync(JobAssignment job, JobEnvironment environment, List<PostStep> posts, List<StepLog> logs, bool succeeded)
    {
        int number = job.Job.Steps.Count;
        foreach (PostStep post in Enumerable.Reverse(posts))
        {
            int own = ++number;
            StepLog log = OpenLog(job, own);
            logs.Add(log);
            StepChannel channel = new(job, own, log, environment.Temp);
            DateTimeOffset started = time.GetUtcNow();
            job.Report(shown => shown with { Steps = [.. shown.Steps ?? [], new PipelineStep { Number = own, Name = post.Name, Phase = "Running", StartedAt = started }] });
            string phase = "Succeeded";
            try
            {
                using CancellationTokenSource limit = new(TimeSpan.FromMinutes(10), time);
                await post.Run(succeeded, limit.Token);
            }
            catch (Exception wrong) when (wrong is IOException or ActionFailure or OperationCanceledException or UnauthorizedAccessException)
            {
                channel.Warning(wrong.Message);
                phase = "Failed";
            }

            Show(job, own, shown => shown with { Phase = phase, FinishedAt = time.GetUtcNow() });
        }
    }

    private Dictionary<string, string> Outputs(JobAssignment job, JobEnvironment environment, StatusSoFar status)
    {
        Dictionary<string, string> outputs = new(StringComparer.Ordinal);
        EvaluationContext context = environment.Context(status, NoVariables);
        foreach (NamedTemplate output in job.Job.Outputs)
        {
            string value;
            try
            {
                value = output.Value.EvaluateText(context);
            }
            catch (ExpressionException)
            {
                continue;
            }

            // What the status shows, anyone may read who may see the run.
            if (!job.Masker.Hides(value) && value.Length <= CommandFile.MaxLength)
            {
                outputs[output.Name] = value;
            }
        }

        return outputs;
    }

    private void Summarize(JobAssignment job, int step, StepChannel channel)
    {
        try
        {
            if (channel.Summary() is { } summary)
            {
                string path = paths.Summary(job.Key, job.State.Id, step);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.WriteAllText(path, summary);
            }
        }
        catch (FormatException tooLong)
        {
            channel.Warning(tooLong.Message);
        }
    }

    private StepLog OpenLog(JobAssignment job, int step)
        => new(paths.StepLog(job.Key, job.State.Id, step), job.Masker, job.Feed, time, options.MaxLogBytes, (at, text) => options.Lines(new StepLine(job.Key.Namespace, job.Key.Name, job.State.Id, step, at, text)));

    private static void Show(JobAssignment job, int number, Func<PipelineStep, PipelineStep> change)
        => job.Report(shown => shown with { Steps = [.. (shown.Steps ?? []).Select(step => step.Number == number ? change(step) : step)] });
}
