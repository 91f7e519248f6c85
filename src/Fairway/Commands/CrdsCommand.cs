using System.CommandLine;
using Fairway.Cli;
using Fairway.Resources;

namespace Fairway.Commands;

internal static class CrdsCommand
{
    public static Command Build()
    {
        var command = new Command("crds", "Print Fairway's kinds as CustomResourceDefinitions, for: kubectl apply -f -");
        command.SetAction(parsed =>
        {
            if (parsed.WantsJson())
            {
                Terminal.Json(Crds.ToList());
            }
            else
            {
                Console.Out.Write(Crds.ToYaml());
            }

            return ExitCode.Ok;
        });
        return command;
    }
}
