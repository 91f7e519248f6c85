using System.CommandLine;
using System.Text.Json.Nodes;
using Fairway.Admission;
using Fairway.Cli;
using Fairway.Policy;
using Fairway.Policy.Packs;
using Fairway.Policy.Testing;
using Fairway.Resources.Schemas;
using Fairway.Resources.Yaml;

namespace Fairway.Commands.Policy;

/// <summary>Runs policy triples: policy, input, expected.</summary>
internal static class TestCommand
{
    private static readonly Argument<DirectoryInfo> Folder = new("directory") { Description = "Where to look for *.test.yaml, also below.", Arity = ArgumentArity.ZeroOrOne };

    public static Command Build()
    {
        var command = new Command("test", "Run the tests of policies: files *.test.yaml of kind PolicyTest. With --pack: those of packs. Exit code 1 when one does not go as expected.")
        {
            Folder, PolicyOptions.Pack,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var outcomes = new List<PolicyTestOutcome>();
        var problems = new List<PolicyProblem>();
        foreach (PolicyPack pack in PolicyOptions.Packs(parsed.GetValue(PolicyOptions.Pack) ?? []))
        {
            foreach (PackTest test in pack.Tests)
            {
                PolicyDefinition[] own = [.. PackLibrary.PoliciesOf(pack).Where(policy => test.File.EndsWith($"/{policy.Name}.test.yaml", StringComparison.Ordinal))];
                PolicyJudge judge = PolicyJudge.Build(PolicySet.Empty with { Policies = own }, problems, boundOnly: false);
                outcomes.AddRange(PolicyTests.Read(test.File, YamlReader.Read(test.Text, test.File)[0].Node!, _ => "").Select(one => PolicyTests.Run(one, judge, cancellation)));
            }
        }

        if (parsed.GetValue(Folder) is { } folder)
        {
            await FolderAsync(folder, outcomes, problems, cancellation);
        }
        else if ((parsed.GetValue(PolicyOptions.Pack) ?? []).Length == 0)
        {
            throw new CommandFailure(ExitCode.Usage, "say which: a directory with *.test.yaml, or --pack NAME");
        }

        return Print(parsed, outcomes, problems);
    }

    private static async Task FolderAsync(DirectoryInfo folder, List<PolicyTestOutcome> outcomes, List<PolicyProblem> problems, CancellationToken cancellation)
    {
        if (!folder.Exists)
        {
            throw new CommandFailure(ExitCode.Usage, $"{folder.FullName}: no such directory");
        }

        foreach (string file in Directory.EnumerateFiles(folder.FullName, "*.test.y*ml", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string shown = Path.GetRelativePath(folder.FullName, file);
            string home = Path.GetDirectoryName(file)!;
            try
            {
                foreach (YamlDocument document in YamlReader.Read(await File.ReadAllTextAsync(file, cancellation), shown))
                {
                    JsonNode root = document.Node!;
                    string[] named = [.. (root.Array("policies") ?? []).Select(KubeJson.AsString).OfType<string>()];
                    PolicySet set = PolicySet.Empty with { Policies = [.. PolicyOptions.Packs([.. named.Where(one => one.StartsWith("pack:", StringComparison.Ordinal)).Select(one => one[5..].Trim())]).SelectMany(PackLibrary.PoliciesOf)] };
                    string[] files = [.. named.Where(one => !one.StartsWith("pack:", StringComparison.Ordinal)).Concat((root.Array("with") ?? []).Select(KubeJson.AsString).OfType<string>()).Select(one => Path.Combine(home, one))];
                    set = set.With(await PolicyOptions.FilesAsync(files, problems, cancellation));
                    PolicyJudge judge = PolicyJudge.Build(set, problems, boundOnly: false);
                    outcomes.AddRange(PolicyTests.Read(shown, root, path => File.ReadAllText(Path.Combine(home, path))).Select(one => PolicyTests.Run(one, judge, cancellation)));
                }
            }
            catch (Exception bad) when (bad is FormatException or YamlException or IOException)
            {
                problems.Add(new PolicyProblem(shown, "", bad.Message));
            }
        }
    }

    private static int Print(ParseResult parsed, List<PolicyTestOutcome> outcomes, List<PolicyProblem> problems)
    {
        PolicyTestOutcome[] failed = [.. outcomes.Where(outcome => outcome.Difference is not null)];
        bool bad = failed.Length > 0 || problems.Exists(problem => problem.IsError) || outcomes.Count == 0;
        if (parsed.WantsJson())
        {
            Terminal.Json(new JsonObject
            {
                ["cases"] = outcomes.Count,
                ["failed"] = failed.Length,
                ["outcomes"] = new JsonArray([.. outcomes.Select(one => (JsonNode)new JsonObject { ["file"] = one.Case.File, ["case"] = one.Case.Name, ["expect"] = one.Case.Expect, ["ok"] = one.Difference is null, ["difference"] = one.Difference })]),
                ["problems"] = new JsonArray([.. problems.Select(one => (JsonNode)one.ToString())]),
            });
            return bad ? ExitCode.Failed : ExitCode.Ok;
        }

        foreach (PolicyTestOutcome one in failed)
        {
            Terminal.Line($"FAIL {one.Case.File}: {one.Case.Name}");
            Terminal.Line($"  {one.Difference!.Replace("\n", "\n  ", StringComparison.Ordinal)}");
        }

        foreach (PolicyProblem problem in problems)
        {
            Terminal.Line(problem.ToString());
        }

        Terminal.Line(outcomes.Count == 0 ? "no test was found: tests are files *.test.yaml with kind: PolicyTest" : $"{outcomes.Count} cases, {failed.Length} failed");
        return bad ? ExitCode.Failed : ExitCode.Ok;
    }
}
