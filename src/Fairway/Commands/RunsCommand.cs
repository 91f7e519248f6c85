using System.CommandLine;
using Fairway.Cli;
using Fairway.Client;
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
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on until the run ends." };
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

            return ExitCode.Ok;
        });
        return command;
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
