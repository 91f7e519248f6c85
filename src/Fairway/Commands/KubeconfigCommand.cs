using System.CommandLine;
using Fairway.Cli;

namespace Fairway.Commands;

internal static class KubeconfigCommand
{
    public static Command Build()
    {
        var command = new Command("kubeconfig", "Print a kubeconfig with one context for each cluster, named like it.");
        command.SetAction(parsed =>
        {
            string path = PlatformConnection.KubeconfigPath(parsed.DataDirectory());
            if (!File.Exists(path))
            {
                throw new CommandFailure(ExitCode.NotRunning, $"there is no platform in {parsed.DataDirectory().FullName} yet. Start one with: fairway up --detach");
            }

            Console.Out.Write(File.ReadAllText(path));
            return ExitCode.Ok;
        });
        return command;
    }
}
