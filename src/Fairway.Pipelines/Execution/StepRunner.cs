using System.Globalization;
using Fairway.Pipelines.Actions;
using Fairway.Pipelines.Expressions;
using Fairway.Pipelines.Planning;
using Fairway.Pipelines.Syntax;

namespace Fairway.Pipelines.Execution;

/// <summary>Runs one step: a script as a process, or an action.</summary>
internal sealed class StepRunner(
    JobAssignment job, JobEnvironment environment, ActionCatalog actions, ActionServices services, Leftovers leftovers, PipelinesOptions options, TimeProvider time)
{
    /// <param name="step">What to run.</param>
    /// <param name="status">How the steps before it went.</param>
    /// <param name="channel">Where it talks.</param>
    /// <param name="started">Called with the step's name once its condition holds.</param>
    /// <param name="post">Takes what an action does at the end of the job.</param>
    /// <param name="stop">The job was cancelled or its time is up.</param>
    public async Task<StepResult> RunAsync(
        WorkflowStep step, StatusSoFar status, StepChannel channel, Action<string> started, Action<PostStep> post, CancellationToken stop)
    {
        bool tolerated = false;
        try
        {
            Dictionary<string, string> variables = new(StringComparer.Ordinal);
            EvaluationContext outer = environment.Context(status, variables);
            foreach (NamedTemplate variable in step.Env)
            {
                variables[variable.Name] = variable.Value.EvaluateText(outer);
            }

            EvaluationContext context = environment.Context(status, variables);
            if (!Condition.Holds(step.If, status, context))
            {
                return StepResult.Skipped;
            }

            started(step.Name?.EvaluateText(context) is { Length: > 0 } name ? name : StepNames.Default(step));
            tolerated = step.ContinueOnError?.Evaluate(context).IsTruthy == true;
            StepResult result = await RunLimitedAsync(step, variables, context, channel, post, stop);
            return result.Outcome == "failure" && tolerated ? result with { Conclusion = "success" } : result;
        }
        catch (Exception wrong) when (wrong is ExpressionException or FormatException or IOException or UnauthorizedAccessException)
        {
            channel.Error(wrong.Message);
            return new StepResult("failure", tolerated ? "success" : "failure", null, wrong.Message);
        }
    }

    private async Task<StepResult> RunLimitedAsync(
        WorkflowStep step, Dictionary<string, string> variables, EvaluationContext context, StepChannel channel, Action<PostStep> post, CancellationToken stop)
    {
        double minutes = step.TimeoutMinutes?.Evaluate(context).AsNumber() ?? 0;
        using CancellationTokenSource timeout = minutes is > 0 and < 1_000_000
            ? new CancellationTokenSource(TimeSpan.FromMinutes(minutes), time)
            : new CancellationTokenSource();
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(stop, timeout.Token);
        StepResult result;
        try
        {
            result = step.Run is not null
                ? await RunScriptAsync(step, variables, context, channel, linked.Token)
                : await RunActionAsync(step, variables, context, channel, post, linked.Token);
        }
        catch (OperationCanceledException) when (linked.IsCancellationRequested)
        {
            result = new StepResult("failure", "failure");
        }

        if (stop.IsCancellationRequested)
        {
            channel.Log.Write("##[error]The operation was canceled.");
            return new StepResult("cancelled", "cancelled", result.ExitCode, "The operation was cancelled.");
        }

        if (timeout.IsCancellationRequested)
        {
            string late = string.Create(CultureInfo.InvariantCulture, $"The step has timed out after {minutes} minutes.");
            channel.Error(late);
            return new StepResult("failure", "failure", result.ExitCode, late);
        }

        channel.Collect(environment);
        return result;
    }

    private async Task<StepResult> RunScriptAsync(
        WorkflowStep step, Dictionary<string, string> variables, EvaluationContext context, StepChannel channel, CancellationToken stop)
    {
        string text = step.Run!.EvaluateText(context);
        string? shell = (step.Shell ?? job.Job.Defaults.Shell ?? job.Workflow.Defaults.Shell)?.EvaluateText(context);
        if (shell is not null && Shells.Problem(shell) is { } problem)
        {
            throw new FormatException(problem);
        }

        string? directory = (step.WorkingDirectory ?? job.Job.Defaults.WorkingDirectory ?? job.Workflow.Defaults.WorkingDirectory)?.EvaluateText(context);
        Dictionary<string, string> all = environment.ProcessVariables(variables, context);
        foreach ((string name, string path) in channel.FileVariables)
        {
            all[name] = path;
        }

        Script script = Script.For(shell, text, all["PATH"]);
        string file = Path.Combine(environment.Temp, $"{Guid.NewGuid():N}{script.Extension}");
        await File.WriteAllTextAsync(file, script.Content, CancellationToken.None);
        Introduce(channel, text, script, variables);
        ProcessCommand command = new()
        {
            Arguments = script.ArgumentsWith(file),
            WorkingDirectory = Path.GetFullPath(Path.Combine(environment.Workspace, directory ?? ".")),
            Environment = all,
        };
        int code = await RunProcessAsync(command, channel.Line, stop);
        return code == 0 ? new StepResult("success", "success", 0) : Failed(channel, code, stop);
    }

    private static StepResult Failed(StepChannel channel, int code, CancellationToken stop)
    {
        string? last = channel.Log.LastLine;
        string message = string.Create(CultureInfo.InvariantCulture, $"Process completed with exit code {code}.");
        if (!stop.IsCancellationRequested)
        {
            channel.Error(message);
        }

        string shown = last is null ? message : $"{message} Last output: {(last.Length <= 300 ? last : last[..300] + "…")}";
        return new StepResult("failure", "failure", code, shown);
    }

    private async Task<StepResult> RunActionAsync(
        WorkflowStep step, Dictionary<string, string> variables, EvaluationContext context, StepChannel channel, Action<PostStep> post, CancellationToken stop)
    {
        string reference = step.Uses!;
        BuiltInAction action = actions.Find(reference) ?? throw new FormatException($"The action '{reference}' is not available here.");
        Dictionary<string, string> inputs = new(StringComparer.OrdinalIgnoreCase);
        foreach (NamedTemplate input in step.With)
        {
            inputs[input.Name] = input.Value.EvaluateText(context).Trim();
        }

        channel.Log.Write($"##[group]Run {reference}");
        foreach ((string name, string value) in inputs)
        {
            channel.Log.Write($"  {name}: {value}");
        }

        channel.Log.Write("##[endgroup]");
        ActionCall call = new()
        {
            Job = job,
            Inputs = inputs,
            Environment = environment,
            Channel = channel,
            Variables = environment.ProcessVariables(variables, context),
            Services = services,
            RunProcess = (command, line) => RunProcessAsync(command, line, stop),
            Post = run => post(new PostStep($"Post {StepNames.Default(step)}", run)),
        };
        try
        {
            await action.RunAsync(call, stop);
            return new StepResult("success", "success");
        }
        catch (ActionFailure failure)
        {
            channel.Error(failure.Message);
            return new StepResult("failure", "failure", null, failure.Message);
        }
    }

    private async Task<int> RunProcessAsync(ProcessCommand command, Action<string> line, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        using ProcessGroup process = ProcessGroup.Start(command, line);
        leftovers.Record(process.Id);
        try
        {
            return await process.WaitAsync(options.EndingGrace, time, stop);
        }
        finally
        {
            leftovers.Forget(process.Id);
        }
    }

    private static void Introduce(StepChannel channel, string text, Script script, Dictionary<string, string> variables)
    {
        string[] lines = text.TrimEnd().Split('\n');
        channel.Log.Write($"##[group]Run {lines[0].TrimEnd('\r')}");
        foreach (string line in lines)
        {
            channel.Log.Write(line.TrimEnd('\r'));
        }

        channel.Log.Write($"shell: {string.Join(' ', script.Arguments)}");
        foreach ((string name, string value) in variables)
        {
            channel.Log.Write($"  {name}: {value.Split('\n')[0]}");
        }

        channel.Log.Write("##[endgroup]");
    }
}

/// <summary>What an action does after the job's last step.</summary>
internal sealed record PostStep(string Name, Func<bool, CancellationToken, Task> Run);

/// <summary>Names of steps that have none.</summary>
internal static class StepNames
{
    public static string Default(WorkflowStep step)
    {
        if (step.Uses is not null)
        {
            return $"Run {step.Uses}";
        }

        string first = (step.Run?.Constant?.AsText() ?? "script").TrimStart().Split('\n')[0].Trim();
        return $"Run {(first.Length <= 80 ? first : first[..79] + "…")}";
    }

    /// <summary>The name before the step runs.</summary>
    public static string Planned(WorkflowStep step) => step.Name?.Constant?.AsText() is { Length: > 0 } name ? name : Default(step);
}
