using System.CommandLine;
using System.Text.Json.Nodes;
using Fairway.Cli;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Commands;

internal static class PromotionsCommand
{
    public static Command Build()
    {
        var command = new Command("promotions", "Promotions: which release goes where, and what it waits for.")
        {
            List(),
            Decide("approve", "Let a promotion that waits for approval go on."),
            Decide("abort", "Stop a promotion; the environment keeps, or goes back to, the release it had."),
        };
        command.Options.Add(GlobalOptions.Namespace);
        command.SetAction(ListAsync);
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "List promotions, newest last.") { GlobalOptions.Namespace };
        command.SetAction(ListAsync);
        return command;
    }

    private static Command Decide(string verb, string description)
    {
        var name = new Argument<string>("promotion") { Description = "The promotion's name." };
        var command = new Command(verb, description) { name, GlobalOptions.Namespace };
        command.SetAction(async (parsed, cancellation) =>
        {
            using PlatformConnection platform = PlatformConnection.Open(parsed.DataDirectory());
            Promotion promotion = await Listing.FindAsync<Promotion>(platform, parsed, parsed.GetRequiredValue(name), cancellation);
            await platform.PostAsync(
                $"fairway/v1/promotions/{promotion.Metadata.Namespace}/{promotion.Metadata.Name}/{verb}", new JsonObject(), cancellation);
            Terminal.Line($"promotion {promotion.Metadata.Name}: {verb} recorded");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Task<int> ListAsync(ParseResult parsed, CancellationToken cancellation)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return Listing.PrintAsync<Promotion>(
            parsed,
            null,
            ["promotion", "application", "environment", "release", "phase", "waiting for", "age"],
            promotion =>
            [
                promotion.Metadata.Name,
                $"{promotion.Metadata.Namespace}/{promotion.Spec.Application}",
                promotion.Spec.Environment,
                promotion.Spec.Release,
                promotion.Status?.Phase ?? "Pending",
                promotion.Status?.WaitingFor?.What ?? promotion.Status?.Message ?? "",
                Terminal.Age(promotion.Metadata.CreationTimestamp, now),
            ],
            "No promotions yet. A release that passes its gates makes the first.",
            cancellation);
    }
}
