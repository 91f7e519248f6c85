using System.CommandLine;
using System.Text.Json.Nodes;
using Fairway.Cli;

namespace Fairway.Commands;

internal static class PortalCommand
{
    public static Command Build()
    {
        var command = new Command("portal", "Print a link that signs you in to the portal.");
        command.SetAction(parsed =>
        {
            DirectoryInfo data = parsed.DataDirectory();
            using PlatformConnection platform = PlatformConnection.Open(data);
            string link = SignInLink(data, platform.State);
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

    /// <summary>The portal's address with the token that the data directory's kubeconfig carries.</summary>
    public static string SignInLink(DirectoryInfo data, PlatformState state)
    {
        string token = PlatformConnection.Context(data, state).Token!;
        return $"{state.Endpoints.Portal}/signin?token={Uri.EscapeDataString(token)}";
    }
}
