using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Cli;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Commands;

/// <summary>Waivers: dated exceptions from policies.</summary>
internal static class WaiversCommand
{
    public static Command Build()
    {
        var command = new Command("waivers", "Waivers: exceptions from policies that are asked for, approved by another person, and end.")
        {
            List(), Request(), Decide("approve", "Approve a waiver that another person asked for."), Decide("reject", "Reject a waiver, or end it early."),
        };
        command.Options.Add(GlobalOptions.Namespace);
        command.SetAction(ListAsync);
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "List waivers, newest last.") { GlobalOptions.Namespace };
        command.SetAction(ListAsync);
        return command;
    }

    private static Task<int> ListAsync(ParseResult parsed, CancellationToken cancellation)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return Listing.PrintAsync<Waiver>(
            parsed,
            null,
            ["waiver", "policy", "owner", "phase", "asked by", "approved by", "ends", "uses", "age", "note"],
            waiver =>
            [
                $"{waiver.Metadata.Namespace}/{waiver.Metadata.Name}",
                waiver.Spec.Policy,
                waiver.Spec.Owner,
                waiver.Status?.Phase ?? "Requested",
                waiver.Spec.RequestedBy ?? "",
                waiver.Spec.Approval?.By ?? "",
                waiver.Spec.ExpiresAt.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                (waiver.Status?.Uses ?? 0).ToString(CultureInfo.InvariantCulture),
                Terminal.Age(waiver.Metadata.CreationTimestamp, now),
                waiver.Status?.Message ?? "",
            ],
            "No waivers.",
            cancellation);
    }

    private static Command Request()
    {
        var policy = new Argument<string>("policy") { Description = "The policy's name." };
        var name = new Option<string?>("--name") { Description = "The waiver's name. Default: made of the policy's.", HelpName = "NAME" };
        var home = new Option<string>("--namespace", "-n") { Description = "The team's namespace in the hub.", HelpName = "NAME", DefaultValueFactory = _ => "default" };
        var owner = new Option<string>("--owner") { Description = "The team or person that answers for it.", HelpName = "TEAM", Required = true };
        var reason = new Option<string>("--reason") { Description = "Why the rule cannot be kept now.", HelpName = "TEXT", Required = true };
        var control = new Option<string>("--control") { Description = "What protects instead.", HelpName = "TEXT", Required = true };
        var expires = new Option<string>("--expires") { Description = "When it ends: a date, a time, or days from now (30d).", HelpName = "DATE|DAYSd", Required = true };
        var rule = new Option<string?>("--rule") { Description = "One rule of the policy. Default: all.", HelpName = "NAME" };
        var ticket = new Option<string?>("--ticket") { Description = "Where the work to end it is planned.", HelpName = "REFERENCE" };
        Option<string[]> Scope(string option, string what) => new(option) { Description = what, HelpName = "NAME" };
        Option<string[]> clusters = Scope("--for-cluster", "Only in this cluster. Repeatable; so are the others.");
        Option<string[]> namespaces = Scope("--for-namespace", "Only in this namespace.");
        Option<string[]> kinds = Scope("--for-kind", "Only objects of this kind.");
        Option<string[]> names = Scope("--for-name", "Only objects of this name; * at its ends stands for anything.");
        Option<string[]> images = Scope("--for-image", "Only while these are the images (NAME@sha256:DIGEST or sha256:DIGEST).");
        var command = new Command("request", "Ask for a waiver. Another person approves it.")
        {
            policy, name, home, owner, reason, control, expires, rule, ticket, clusters, namespaces, kinds, names, images,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            static string[]? Given(string[]? values) => values is { Length: > 0 } ? values : null;
            using PlatformConnection platform = PlatformConnection.Open(parsed.DataDirectory());
            var waiver = new Waiver
            {
                Metadata = new ObjectMeta
                {
                    Name = parsed.GetValue(name) ?? $"{parsed.GetRequiredValue(policy)}-{TimeProvider.System.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)}",
                    Namespace = parsed.GetValue(home),
                },
                Spec = new WaiverSpec
                {
                    Policy = parsed.GetRequiredValue(policy),
                    Rule = parsed.GetValue(rule),
                    Owner = parsed.GetRequiredValue(owner),
                    Reason = parsed.GetRequiredValue(reason),
                    CompensatingControl = parsed.GetRequiredValue(control),
                    Ticket = parsed.GetValue(ticket),
                    ExpiresAt = Expiry(parsed.GetRequiredValue(expires)),
                    Scope = new WaiverScope
                    {
                        Clusters = Given(parsed.GetValue(clusters)),
                        Namespaces = Given(parsed.GetValue(namespaces)),
                        Kinds = Given(parsed.GetValue(kinds)),
                        Names = Given(parsed.GetValue(names)),
                        Images = Given(parsed.GetValue(images)),
                    },
                },
            };
            Waiver made = await platform.Hub.CreateAsync(waiver, cancellation);
            Terminal.Line($"waiver {made.Metadata.Namespace}/{made.Metadata.Name} asked for by {made.Spec.RequestedBy}; another person approves it with: fairway waivers approve {made.Metadata.Name} -n {made.Metadata.Namespace}");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Decide(string verb, string description)
    {
        var name = new Argument<string>("waiver") { Description = "The waiver's name." };
        var comment = new Option<string?>("--comment") { Description = "Why.", HelpName = "TEXT" };
        var command = new Command(verb, description) { name, comment, GlobalOptions.Namespace };
        command.SetAction(async (parsed, cancellation) =>
        {
            using PlatformConnection platform = PlatformConnection.Open(parsed.DataDirectory());
            Waiver waiver = await Listing.FindAsync<Waiver>(platform, parsed, parsed.GetRequiredValue(name), cancellation);
            var body = new JsonObject { ["comment"] = parsed.GetValue(comment) };
            await platform.PostAsync($"fairway/v1/waivers/{waiver.Metadata.Namespace}/{waiver.Metadata.Name}/{verb}", body, cancellation);
            Terminal.Line($"waiver {waiver.Metadata.Namespace}/{waiver.Metadata.Name}: {verb} recorded");
            return ExitCode.Ok;
        });
        return command;
    }

    private static DateTimeOffset Expiry(string text)
    {
        if (text.EndsWith('d') && int.TryParse(text[..^1], CultureInfo.InvariantCulture, out int days) && days is > 0 and <= 366)
        {
            DateTimeOffset then = TimeProvider.System.GetUtcNow().AddDays(days);
            return new DateTimeOffset(then.Year, then.Month, then.Day, then.Hour, then.Minute, then.Second, TimeSpan.Zero);
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time.ToUniversalTime()
            : throw new CommandFailure(ExitCode.Usage, $"--expires \"{text}\": expected a date like 2026-03-31, or days from now like 30d");
    }
}
