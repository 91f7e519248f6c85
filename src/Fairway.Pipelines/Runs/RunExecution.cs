using System.Globalization;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Fairway.Client;
using Fairway.Git;
using Fairway.Pipelines.Execution;
using Fairway.Pipelines.Expressions;
using Fairway.Pipelines.Planning;
using Fairway.Pipelines.Syntax;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Pipelines;
using Fairway.Storage;

namespace Fairway.Pipelines.Runs;

/// <summary>What a run under way needs of the engine.</summary>
internal sealed record RunServices(
    IClusterApi Hub,
    GitRepositories Repositories,
    WorkflowFiles Files,
    JobRunner Jobs,
    Ledger Ledger,
    ConcurrencyGroups Groups,
    SemaphoreSlim Slots,
    PipelinesOptions Options,
    TimeProvider Time);

/// <summary>
/// One run under way: asks the planner what to do, does it, and keeps the status. Everything that matters is in the status
/// before anything builds on it, so that a run can be taken up again from there.
/// </summary>
internal sealed class RunExecution
{
    /// <summary>How often a job is begun: once more after the platform ended in the middle.</summary>
    private const int MaxAttempts = 2;

    private const int MaxAnnotations = 50;

    private readonly RunServices _services;
    private readonly PipelineRun _run;
    private readonly RunFeed _feed;
    private readonly Masker _masker = new();
    private readonly Channel<RunEvent> _events = Channel.CreateUnbounded<RunEvent>(new UnboundedChannelOptions { SingleReader = true });
    private readonly RunStatusWriter _status;
    private readonly Dictionary<string, CancellationTokenSource> _cancellations = new(StringComparer.Ordinal);
    private readonly List<JobState> _jobs = [];
    private readonly List<Task> _tasks = [];
    private readonly CancellationTokenSource _cancelled = new();

    public RunExecution(RunServices services, PipelineRun run, RunFeed feed)
    {
        _services = services;
        _run = run;
        _feed = feed;
        _status = new RunStatusWriter(services.Hub, run, services.Options.StatusInterval, services.Time, () => Cancel());
    }

    public ObjectKey Key => ObjectKey.Of(_run);

    public string? Uid => _run.Metadata.Uid;

    /// <summary>Asks the run to end: running steps are ended, the rest does not start. Returns at once.</summary>
    public void Cancel()
    {
        _cancelled.Cancel();
        _events.Writer.TryWrite(new RunEvent.CancelAsked());
    }

    /// <summary>Runs to the end, or until the platform stops; then the status stays as it is and the run is taken up again.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            if (await PrepareAsync(stopping) is { } prepared)
            {
                await RunPreparedAsync(prepared.Workflow, prepared.Contexts, stopping);
            }
        }
        finally
        {
            // When the platform stops, what the ending jobs still report must not be written.
            await _status.DisposeAsync();
            foreach (CancellationTokenSource job in _cancellations.Values)
            {
                await job.CancelAsync();
            }

            await Task.WhenAll(_tasks);
            _feed.Pulse();
        }
    }

    private async Task<(Workflow Workflow, RunContexts Contexts)?> PrepareAsync(CancellationToken cancellation)
    {
        RepositoryName name = RepositoryName.Of(Key.Namespace, _run.Spec.Repository);
        WorkflowParse? parse = _services.Repositories.Find(name) is { } repository
            ? await _services.Files.ReadAsync(repository, _run.Spec.Sha, _run.Spec.Workflow, cancellation)
            : null;
        if (parse is null)
        {
            await FinishAsync("Refused", $"{name} has no file {_run.Spec.Workflow} at {_run.Spec.Sha}.", "failure", cancellation);
            return null;
        }

        _status.Update(status => status with { Notices = parse.Notices.Count == 0 ? null : parse.Notices, Name = status.Name ?? _run.Spec.Workflow });
        if (parse.Workflow is not { } workflow)
        {
            WorkflowNotice first = parse.Notices.First(notice => notice.Severity == "Error");
            await FinishAsync("Refused", $"{first.File}:{first.Line}: {first.Message}", "failure", cancellation);
            return null;
        }

        Secret? secrets = await _services.Hub.FindAsync<Secret>(Key.Namespace, RunContexts.SourceName, cancellation);
        ConfigMap? variables = await _services.Hub.FindAsync<ConfigMap>(Key.Namespace, RunContexts.SourceName, cancellation);
        RunContexts contexts = RunContexts.Of(_run, workflow, secrets, variables, _services.Options);
        foreach (string secret in contexts.Secrets)
        {
            _masker.Add(secret);
        }

        return (workflow, contexts);
    }

    private async Task RunPreparedAsync(Workflow workflow, RunContexts contexts, CancellationToken stopping)
    {
        string? group = null;
        try
        {
            EvaluationContext context = new() { Contexts = contexts.WithoutSecrets };
            string runName = workflow.RunName?.EvaluateText(context) is { Length: > 0 } written ? written : workflow.Name ?? workflow.File;
            _status.Update(status => status with { Name = _masker.Apply(runName), Phase = status.Phase ?? "Queued" });
            if (workflow.Concurrency is { } concurrency)
            {
                string name = concurrency.Group.EvaluateText(context);
                group = $"{Key.Namespace}/{_run.Spec.Repository}/{name}";
                _status.Update(status => status with { ConcurrencyGroup = name });
                bool cancelOthers = concurrency.CancelInProgress?.Evaluate(context).IsTruthy == true;
                await WaitForTurnAsync(group, cancelOthers, stopping);
            }

            await StartAsync(workflow, stopping);
            await WorkAsync(workflow, contexts, stopping);
        }
        catch (ExpressionException wrong)
        {
            await FinishAsync("Failed", $"The workflow's run-name or concurrency cannot be evaluated: {wrong.Message}.", "failure", stopping);
        }
        finally
        {
            if (group is not null)
            {
                _services.Groups.Leave(group, this);
            }
        }
    }

    private async Task WaitForTurnAsync(string group, bool cancelOthers, CancellationToken stopping)
    {
        Task turn = _services.Groups.EnterAsync(group, this, other => ((RunExecution)other).Cancel(), cancelOthers);
        if (!turn.IsCompleted)
        {
            _status.Update(status => status with { Message = "Waits for another run of its concurrency group." });
        }

        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(stopping, _cancelled.Token);
        try
        {
            await turn.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            // Cancelled while it waited: the planner concludes every job.
        }
    }

    private async Task StartAsync(Workflow workflow, CancellationToken cancellation)
    {
        Recover(workflow);
        await _services.Ledger.AppendOnceAsync(Fact(FactTypes.RunStarted, workflow, new JsonObject { ["ref"] = _run.Spec.Ref }), _ => true, cancellation);
        _status.Update(status => status with { Phase = "Running", Message = null, StartedAt = status.StartedAt ?? _services.Time.GetUtcNow() });
        await _status.FlushAsync(cancellation);
    }

    /// <summary>Takes up what the status says: finished jobs stay, what was running begins again once, what waited is planned anew.</summary>
    private void Recover(Workflow workflow)
    {
        IReadOnlyList<PipelineJob> known = _status.Current.Jobs ?? [];
        foreach (PipelineJob job in known.Where(job => job.MatrixOf is not null || job.Phase != "Waiting"))
        {
            _jobs.Add(JobViews.State(job));
        }

        _status.Update(status => status with { Jobs = JobViews.Merge(workflow, _jobs, status.Jobs ?? []) });
        foreach (JobState job in _jobs.Where(job => job.Phase == JobPhase.Running).ToArray())
        {
            int attempt = known.First(shown => shown.Id == job.Id).Attempt ?? 1;
            if (attempt < MaxAttempts)
            {
                Set(job with { Phase = JobPhase.Waiting }, shown => shown with
                {
                    Phase = "Waiting",
                    Attempt = attempt + 1,
                    StartedAt = null,
                    Message = "The platform ended in the middle of the job; it begins again.",
                    Steps = JobViews.Steps(workflow, job.JobId),
                });
            }
            else
            {
                Set(job with { Phase = JobPhase.Failed }, shown => JobViews.Interrupted(shown, _services.Time.GetUtcNow()));
            }
        }
    }

    private async Task WorkAsync(Workflow workflow, RunContexts contexts, CancellationToken stopping)
    {
        while (true)
        {
            RunState state = new() { CancelRequested = _cancelled.IsCancellationRequested, Jobs = [.. _jobs] };
            bool changed = false;
            foreach (RunDecision decision in RunPlanner.Plan(workflow, state, contexts.WithoutSecrets))
            {
                if (decision is RunDecision.Finish finish)
                {
                    await FinishAsync(finish.Conclusion.ToString(), finish.Message, Conclusion(finish.Conclusion), stopping, workflow);
                    return;
                }

                changed |= Apply(decision, workflow, contexts, stopping);
            }

            await _status.FlushAsync(stopping);
            if (!changed)
            {
                Take(await _events.Reader.ReadAsync(stopping));
                while (_events.Reader.TryRead(out RunEvent? more))
                {
                    Take(more);
                }
            }
        }
    }

    /// <returns>Whether the state changed, so that the planner may know more.</returns>
    private bool Apply(RunDecision decision, Workflow workflow, RunContexts contexts, CancellationToken stopping)
    {
        DateTimeOffset now = _services.Time.GetUtcNow();
        switch (decision)
        {
            case RunDecision.Admit admit:
                _jobs.AddRange(admit.Instances);
                _status.Update(status => status with { Jobs = JobViews.Merge(workflow, _jobs, status.Jobs ?? []) });
                return true;
            case RunDecision.Conclude conclude:
                _jobs.Add(new JobState { Id = conclude.JobId, JobId = conclude.JobId, Name = conclude.Name, Phase = conclude.Phase });
                Show(conclude.JobId, shown => JobViews.Concluded(shown, conclude.Phase, conclude.Reason, now));
                return true;
            case RunDecision.Start start:
                JobState ready = _jobs.First(job => job.Id == start.Id);
                Set(ready with { Phase = JobPhase.Running }, shown => shown);
                _tasks.Add(Task.Run(() => RunJobAsync(ready, workflow, contexts, stopping), CancellationToken.None));
                return true;
            case RunDecision.Cancel cancel when _jobs.First(job => job.Id == cancel.Id) is { Phase: JobPhase.Waiting } waiting:
                Set(waiting with { Phase = JobPhase.Cancelled }, shown => JobViews.Concluded(shown, JobPhase.Cancelled, cancel.Reason, now));
                return true;
            case RunDecision.Cancel cancel:
                CancellationOf(cancel.Id).Cancel();
                return false;
            default:
                return false;
        }
    }

    private async Task RunJobAsync(JobState state, Workflow workflow, RunContexts contexts, CancellationToken stopping)
    {
        CancellationToken cancel = CancellationOf(state.Id).Token;
        JobResult result;
        try
        {
            await _services.Slots.WaitAsync(cancel);
            try
            {
                result = await _services.Jobs.RunAsync(Assign(state, workflow, contexts), cancel);
            }
            finally
            {
                _services.Slots.Release();
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            result = new JobResult(JobPhase.Cancelled, new Dictionary<string, string>(), "Cancelled before it started.");
        }
        catch (Exception broken) when (!stopping.IsCancellationRequested)
        {
            result = new JobResult(JobPhase.Failed, new Dictionary<string, string>(), $"The job could not be run: {_masker.Apply(broken.Message)}");
        }

        _events.Writer.TryWrite(new RunEvent.JobEnded(state.Id, result));
    }

    private JobAssignment Assign(JobState state, Workflow workflow, RunContexts contexts)
    {
        WorkflowJob job = workflow.Find(state.JobId)!;
        JobState[] instances = [.. _status.Current.Jobs!.Where(shown => (shown.MatrixOf ?? shown.Id) == state.JobId).Select(JobViews.State)];
        Show(state.Id, shown => shown with { Phase = "Running", Message = null, StartedAt = _services.Time.GetUtcNow() });
        RunState now = new() { Jobs = [.. _status.Current.Jobs!.Select(JobViews.State)] };
        return new JobAssignment
        {
            Run = _run,
            Workflow = workflow,
            Job = job,
            State = state,
            Place = (Math.Max(0, Array.FindIndex(instances, instance => instance.Id == state.Id)), Math.Max(1, instances.Length)),
            Attempt = _status.Current.Jobs!.First(shown => shown.Id == state.Id).Attempt ?? 1,
            Contexts = new Dictionary<string, ExpressionValue>(contexts.All) { ["needs"] = RunPlanner.NeedsContext(workflow, now, job) },
            EventJson = contexts.EventJson,
            Masker = _masker,
            Feed = _feed,
            Report = change => Show(state.Id, change),
            Annotate = annotation => _status.Update(status => (status.Annotations?.Count ?? 0) < MaxAnnotations
                ? status with { Annotations = [.. status.Annotations ?? [], annotation] }
                : status),
            Released = release => _status.Update(status => status with { Releases = [.. (status.Releases ?? []).Append(release).Distinct(StringComparer.Ordinal)] }),
        };
    }

    private void Take(RunEvent happened)
    {
        if (happened is RunEvent.JobEnded ended)
        {
            JobState state = _jobs.First(job => job.Id == ended.Id);
            Set(
                state with { Phase = ended.Result.Phase, Outputs = ended.Result.Outputs },
                shown => JobViews.Ended(shown, ended.Result, _services.Time.GetUtcNow()));
        }
    }

    private void Set(JobState state, Func<PipelineJob, PipelineJob> change)
    {
        _jobs[_jobs.FindIndex(job => job.Id == state.Id)] = state;
        Show(state.Id, change);
    }

    private void Show(string id, Func<PipelineJob, PipelineJob> change)
    {
        _status.Update(status => status with { Jobs = [.. (status.Jobs ?? []).Select(job => job.Id == id ? change(job) : job)] });
        _feed.Pulse();
    }

    private CancellationTokenSource CancellationOf(string id)
    {
        lock (_cancellations)
        {
            if (!_cancellations.TryGetValue(id, out CancellationTokenSource? source))
            {
                _cancellations[id] = source = new CancellationTokenSource();
            }

            return source;
        }
    }

    private async Task FinishAsync(string phase, string message, string conclusion, CancellationToken cancellation, Workflow? workflow = null)
    {
        DateTimeOffset now = _services.Time.GetUtcNow();
        DateTimeOffset started = _status.Current.StartedAt ?? now;
        JsonObject data = new() { ["conclusion"] = conclusion, ["seconds"] = Math.Round((now - started).TotalSeconds, 1), ["message"] = message };
        await _services.Ledger.AppendOnceAsync(Fact(FactTypes.RunFinished, workflow, data), _ => true, cancellation);
        _status.Update(status => status with { Phase = phase, Message = message, StartedAt = started, FinishedAt = now });
        await _status.FlushAsync(cancellation);
    }

    private Fact Fact(string type, Workflow? workflow, JsonObject data)
    {
        data["workflow"] = workflow?.Name ?? _run.Spec.Workflow;
        data["repository"] = _run.Spec.Repository;
        data["sha"] = _run.Spec.Sha;
        data["number"] = _run.Spec.Number;
        return new Fact
        {
            Type = type,
            Actor = _run.Spec.Actor ?? "pipelines",
            Namespace = Key.Namespace,
            Subject = string.Create(CultureInfo.InvariantCulture, $"PipelineRun/{Key.Name}"),
            Data = data,
        };
    }

    private static string Conclusion(RunConclusion conclusion) => conclusion switch
    {
        RunConclusion.Succeeded => "success",
        RunConclusion.Failed => "failure",
        _ => "cancelled",
    };

    private abstract record RunEvent
    {
        public sealed record JobEnded(string Id, JobResult Result) : RunEvent;

        public sealed record CancelAsked : RunEvent;
    }
}
