using System.CommandLine;
using System.Text.Json.Nodes;
using Fairway.Cli;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Commands;

internal static class RolloutsCommand
{
    public static Command Build()
    {
        var command = new Command("rollouts", "Rollouts: traffic moving from one release to the next.")
        {
            List(),
            Watch(),
            Decide("promote", "Answer a pause; with --full, skip the steps that are left.", withFull: true),
            Decide("abort", "Send all traffic back to the stable release and pin it."),
            Decide("pause", "Hold at the present step."),
            Decide("resume", "Go on from where it was held."),
        };
        command.Options.Add(GlobalOptions.Namespace);
        command.SetAction(ListAsync);
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "List rollouts, newest last.") { GlobalOptions.Namespace };
        command.SetAction(ListAsync);
        return command;
    }

    private static Command Watch()
    {
        var name = new Argument<string?>("rollout") { Description = "The rollout's name. Default: the one under way, or the next.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("watch", "Follow a rollout until it ends; exits 0 only if it succeeded.") { name, GlobalOptions.Namespace };
        command.SetAction(async (parsed, cancellation) =>
        {
            using PlatformConnection platform = PlatformConnection.Open(parsed.DataDirectory());
            Rollout rollout = await Listing.FindOrNextAsync<Rollout>(
                platform, parsed, parsed.GetValue(name), static one => one.Status?.Phase is not ("Succeeded" or "Aborted"), cancellation);
            return await FollowAsync(platform, rollout, parsed.WantsJson(), cancellation);
        });
        return command;
    }

    private static Command Decide(string verb, string description, bool withFull = false)
    {
        var name = new Argument<string>("rollout") { Description = "The rollout's name." };
        var full = new Option<bool>("--full") { Description = "Skip what is left of the steps." };
        var command = new Command(verb, description) { name, GlobalOptions.Namespace };
        if (withFull)
        {
            command.Options.Add(full);
        }

        command.SetAction(async (parsed, cancellation) =>
        {
            using PlatformConnection platform = PlatformConnection.Open(parsed.DataDirectory());
            Rollout rollout = await Listing.FindAsync<Rollout>(platform, parsed, parsed.GetRequiredValue(name), cancellation);
            var body = new JsonObject();
            if (withFull)
            {
                body["full"] = parsed.GetValue(full);
            }

            await platform.PostAsync($"fairway/v1/rollouts/{rollout.Metadata.Namespace}/{rollout.Metadata.Name}/{verb}", body, cancellation);
            Terminal.Line($"rollout {rollout.Metadata.Name}: {verb} recorded. Follow it with: fairway rollouts watch {rollout.Metadata.Name}");
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task<int> FollowAsync(PlatformConnection platform, Rollout rollout, bool json, CancellationToken cancellation)
    {
        var options = new WatchOptions { FieldSelector = $"metadata.name={rollout.Metadata.Name}" };
        string last = "";
        await foreach (WatchEvent change in platform.Hub.WatchAsync(KindOf<Rollout>.Type, rollout.Metadata.Namespace, options, cancellation))
        {
            Rollout now = change.Object.As<Rollout>();
            string line = json ? change.Object.ToNode().ToJsonString() : Describe(now);
            if (line != last)
            {
                Terminal.Line(last = line);
            }

            if (now.Status?.Phase is "Succeeded" or "Aborted" || change.Type == WatchEventType.Deleted)
            {
                return now.Status?.Phase == "Succeeded" ? ExitCode.Ok : ExitCode.Failed;
            }
        }

        return ExitCode.Failed;
    }

    private static string Describe(Rollout rollout)
    {
        int weight = rollout.Status?.Weight ?? 0;
        string bar = new string('#', weight / 5).PadRight(20, '.');
        return $"{rollout.Status?.Phase ?? "Pending",-12} [{bar}] {weight,3}% {rollout.Status?.WaitingFor?.What ?? rollout.Status?.Message}".TrimEnd();
    }

    private static Task<int> ListAsync(ParseResult parsed, CancellationToken cancellation)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return Listing.PrintAsync<Rollout>(
            parsed,
            null,
            ["rollout", "application", "environment", "release", "phase", "weight", "message", "age"],
            rollout =>
            [
                rollout.Metadata.Name,
                $"{rollout.Metadata.Namespace}/{rollout.Spec.Application}",
                rollout.Spec.Environment,
                rollout.Spec.Release,
                rollout.Status?.Phase ?? "Pending",
                $"{rollout.Status?.Weight ?? 0}%",
                rollout.Status?.WaitingFor?.What ?? rollout.Status?.Message ?? "",
                Terminal.Age(rollout.Metadata.CreationTimestamp, now),
            ],
            "No rollouts yet. A release that reaches an environment with a canary strategy makes the first.",
            cancellation);
    }
}
