using System.CommandLine;
using Fairway.Cli;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Commands;

internal static class ReleasesCommand
{
    public static Command Build()
    {
        var command = new Command("releases", "Releases: what was built, from which commit, and how far it got.") { List() };
        command.Options.Add(GlobalOptions.Namespace);
        command.SetAction(ListAsync);
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "List releases, newest last.") { GlobalOptions.Namespace };
        command.SetAction(ListAsync);
        return command;
    }

    private static Task<int> ListAsync(ParseResult parsed, CancellationToken cancellation)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return Listing.PrintAsync<Release>(
            parsed,
            null,
            ["release", "application", "commit", "message", "verified in", "failed in", "age"],
            release =>
            [
                release.Metadata.Name,
                $"{release.Metadata.Namespace}/{release.Spec.Application}",
                release.Spec.Version,
                FirstLine(release.Spec.Commit.Message),
                Environments(release.Status?.VerifiedIn),
                Environments(release.Status?.FailedIn),
                Terminal.Age(release.Metadata.CreationTimestamp, now),
            ],
            "No releases yet. A push to a repository with a workflow makes the first.",
            cancellation);
    }

    private static string Environments(IReadOnlyList<Verification>? verifications)
        => string.Join(", ", (verifications ?? []).Select(one => one.Environment));

    private static string FirstLine(string? message) => message?.Split('\n')[0].Trim() ?? "";
}
