using System.CommandLine;
using System.Text.Json.Nodes;
using Fairway.Cli;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Commands;

/// <summary><c>apps list</c> (also plain <c>apps</c>) and <c>apps promote</c>.</summary>
internal static class AppsCommand
{
    public static Command Build()
    {
        var command = new Command("apps", "Applications: what is where.") { List(), Promote() };
        command.Options.Add(GlobalOptions.Namespace);
        command.SetAction(ListAsync);
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "List applications, a line for each environment.") { GlobalOptions.Namespace };
        command.SetAction(ListAsync);
        return command;
    }

    private static Command Promote()
    {
        var application = new Argument<string>("application") { Description = "The application's name." };
        var environment = new Argument<string>("environment") { Description = "Where to." };
        var release = new Option<string?>("--release") { Description = "Which release. Default: the newest that the environment before it runs.", HelpName = "NAME" };
        var command = new Command("promote", "Bring a release into an environment now.") { application, environment, release, GlobalOptions.Namespace };
        command.SetAction(async (parsed, cancellation) =>
        {
            using PlatformConnection platform = PlatformConnection.Open(parsed.DataDirectory());
            Application app = await Listing.FindAsync<Application>(platform, parsed, parsed.GetRequiredValue(application), cancellation);
            JsonNode answer = await platform.PostAsync(
                $"fairway/v1/applications/{app.Metadata.Namespace}/{app.Metadata.Name}/promote",
                new JsonObject { ["environment"] = parsed.GetRequiredValue(environment), ["release"] = parsed.GetValue(release) },
                cancellation);
            if (parsed.WantsJson())
            {
                Terminal.Json(answer);
            }
            else
            {
                Terminal.Line($"promotion {answer["metadata"]?["name"]} requested: {answer["spec"]?["release"]} to {answer["spec"]?["environment"]}");
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task<int> ListAsync(ParseResult parsed, CancellationToken cancellation)
    {
        using PlatformConnection platform = PlatformConnection.Open(parsed.DataDirectory());
        var list = await platform.Hub.ListAsync(
            Resources.KindOf<Application>.Type, parsed.GetValue(GlobalOptions.Namespace), Client.ListOptions.All, cancellation);
        if (parsed.WantsJson())
        {
            Terminal.Json(new JsonArray([.. list.Items.Select(item => (JsonNode)item.ToNode())]));
            return ExitCode.Ok;
        }

        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        Terminal.Table(
            ["application", "environment", "version", "health", "sync", "since", "by", "url"],
            [.. list.Items.Select(item => item.As<Application>()).SelectMany(application => Rows(application, now))],
            "No applications yet. Try the example: fairway demo");
        return ExitCode.Ok;
    }

    private static IEnumerable<IReadOnlyList<string>> Rows(Application application, DateTimeOffset now)
        => application.Spec.Environments.Select(environment =>
        {
            EnvironmentStatus? status = application.Status?.Environments?.FirstOrDefault(one => one.Name == environment.Name);
            return (IReadOnlyList<string>)
            [
                $"{application.Metadata.Namespace}/{application.Metadata.Name}",
                environment.Name,
                status?.Version ?? "-",
                status?.Health ?? "Unknown",
                status?.Sync ?? "-",
                Terminal.Age(status?.Since, now),
                status?.By ?? "",
                status?.Url ?? "",
            ];
        });
}
