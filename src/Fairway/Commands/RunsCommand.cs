using System.CommandLine;
using Fairway.Cli;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Pipelines;

namespace Fairway.Commands;

internal static class RunsCommand
{
    public static Command Build()
    {
        var command = new Command("runs", "Pipeline runs: what was built, how it went, and its logs.") { List(), Logs(), Cancel() };
        command.Options.Add(GlobalOptions.Namespace);
        command.SetAction(ListAsync);
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "List pipeline runs, newest last.") { GlobalOptions.Namespace };
        command.SetAction(ListAsync);
        return command;
    }

    private static Command Logs()
    {
        var name = new Argument<string?>("run") { Description = "The run's name. Default: the newest.", Arity = ArgumentArity.ZeroOrOne };
        var job = new Option<string?>("--job") { Description = "Only this job.", HelpName = "ID" };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on until the run ends; exit with 1 when it did not succeed." };
        var command = new Command("logs", "Print the log of a run.") { name, job, follow, GlobalOptions.Namespace };
        command.SetAction(async (parsed, cancellation) =>
        {
            using PlatformConnection platform = PlatformConnection.Open(parsed.DataDirectory());
            PipelineRun run = await Listing.FindOrNextAsync<PipelineRun>(platform, parsed, parsed.GetValue(name), static _ => true, cancellation);
            string query = $"follow={(parsed.GetValue(follow) ? "true" : "false")}"
                + (parsed.GetValue(job) is { } only ? $"&job={Uri.EscapeDataString(only)}" : "");
            await foreach (string line in platform.LinesAsync($"fairway/v1/runs/{run.Metadata.Namespace}/{run.Metadata.Name}/logs?{query}", cancellation))
            {
                Terminal.Line(line);
            }

            return parsed.GetValue(follow) ? await EndAsync(platform, run, parsed.GetValue(job), cancellation) : ExitCode.Ok;
        });
        return command;
    }

    /// <summary>Waits for the end of the run, or of one of its jobs, and says by the exit code whether it succeeded.</summary>
    private static async Task<int> EndAsync(PlatformConnection platform, PipelineRun run, string? job, CancellationToken cancellation)
    {
        var options = new WatchOptions { FieldSelector = $"metadata.name={run.Metadata.Name}" };
        await foreach (WatchEvent change in platform.Hub.WatchAsync(KindOf<PipelineRun>.Type, run.Metadata.Namespace, options, cancellation))
        {
            PipelineRunStatus? now = change.Object.As<PipelineRun>().Status;
            string? phase = now?.Jobs?.FirstOrDefault(one => one.Id == job)?.Phase ?? (job is null || now?.FinishedAt is not null ? now?.Phase : null);
            if (phase is "Succeeded" or "Skipped")
            {
                return ExitCode.Ok;
            }

            if (phase is "Failed" or "Cancelled" or "Refused" || change.Type == WatchEventType.Deleted)
            {
                // A run's message begins with its phase: "Failed: build, test."
                Terminal.Note($"run {run.Metadata.Name}: {now?.Message ?? phase ?? "deleted"}");
                return ExitCode.Failed;
            }
        }

        return ExitCode.Failed;
    }

    private static Command Cancel()
    {
        var name = new Argument<string>("run") { Description = "The run's name." };
        var command = new Command("cancel", "End a run's steps and skip the rest.") { name, GlobalOptions.Namespace };
        command.SetAction(async (parsed, cancellation) =>
        {
            using PlatformConnection platform = PlatformConnection.Open(parsed.DataDirectory());
            PipelineRun run = await Listing.FindAsync<PipelineRun>(platform, parsed, parsed.GetRequiredValue(name), cancellation);
            await platform.Hub.WriteAsync(run, run with { Spec = run.Spec with { Cancel = true } }, cancellation);
            Terminal.Line($"run {run.Metadata.Name}: cancellation recorded");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Task<int> ListAsync(ParseResult parsed, CancellationToken cancellation)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return Listing.PrintAsync<PipelineRun>(
            parsed,
            null,
            ["run", "repository", "workflow", "commit", "message", "phase", "took", "age"],
            run =>
            [
                run.Metadata.Name,
                $"{run.Metadata.Namespace}/{run.Spec.Repository}",
                run.Status?.Name ?? run.Spec.Workflow,
                run.Spec.Version ?? run.Spec.Sha,
                run.Spec.CommitMessage?.Split('\n')[0] ?? "",
                run.Status?.Phase ?? "Queued",
                run.Status?.StartedAt is { } started ? Terminal.Duration((run.Status.FinishedAt ?? now) - started) : "",
                Terminal.Age(run.Metadata.CreationTimestamp, now),
            ],
            "No runs yet. Push to a repository that has .github/workflows/*.yml.",
            cancellation);
    }
}
