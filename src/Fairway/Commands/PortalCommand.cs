using System.CommandLine;
using System.Text.Json.Nodes;
using Fairway.Cli;

namespace Fairway.Commands;

internal static class PortalCommand
{
    public static Command Build()
    {
        var command = new Command("portal", "Print a link that signs you in to the portal.");
        command.SetAction(async (parsed, cancellation) =>
        {
            using PlatformConnection platform = PlatformConnection.Open(parsed.DataDirectory());
            string link = await SignInLinkAsync(platform, cancellation);
            if (parsed.WantsJson())
            {
                Terminal.Json(new JsonObject { ["signIn"] = link });
            }
            else
            {
                Terminal.Line(link);
            }

            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>A new link to the portal that signs the connection's user in.</summary>
    public static async Task<string> SignInLinkAsync(PlatformConnection platform, CancellationToken cancellation)
    {
        JsonNode answer = await platform.PostAsync("signin/links", [], cancellation);
        return platform.State.Endpoints.Portal + answer["path"]!.GetValue<string>();
    }
}
