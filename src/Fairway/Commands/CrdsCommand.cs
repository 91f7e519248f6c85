using System.CommandLine;
using System.Text.Json.Nodes;
using Fairway.Cli;
using Fairway.Resources;
using Fairway.Resources.Crds;
using Fairway.Resources.Kinds;
using Fairway.Resources.Yaml;

namespace Fairway.Commands;

internal static class CrdsCommand
{
    public static Command Build()
    {
        var command = new Command("crds", "Print Fairway's kinds as CustomResourceDefinitions, for: kubectl apply -f -");
        command.SetAction(parsed =>
        {
            IEnumerable<JsonNode> definitions = AllKinds.Fairway.Select(KindDefinition.Of).Select(CustomResourceDefinitions.Of);
            if (parsed.WantsJson())
            {
                Terminal.Json(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "List", ["items"] = new JsonArray([.. definitions]) });
            }
            else
            {
                Console.Out.Write(YamlWriter.WriteAll(definitions));
            }

            return ExitCode.Ok;
        });
        return command;
    }
}
