using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Cli;
using Fairway.Telemetry.Slos;

namespace Fairway.Commands;

/// <summary>Service level objectives: check files, see the rules that follow, how budgets stand, and what alerts would have done.</summary>
internal static class SloCommand
{
    public static Command Build() => new("slo", "Service level objectives, from OpenSLO v1 files.") { Check(), Rules(), Status(), Backtest() };

    private static Argument<FileSystemInfo[]> Files() => new("files") { Description = "OpenSLO files, or directories of them.", Arity = ArgumentArity.OneOrMore };

    private static Command Check()
    {
        Argument<FileSystemInfo[]> files = Files();
        var command = new Command("check", "Read OpenSLO files and say what is wrong in them; exits 1 if anything is.") { files };
        command.SetAction(parsed =>
        {
            OpenSloCatalog catalog = Read(parsed.GetValue(files)!);
            if (parsed.WantsJson())
            {
                Terminal.Json(new JsonObject
                {
                    ["slos"] = new JsonArray([.. catalog.Slos.Select(slo => JsonValue.Create(slo.Name))]),
                    ["problems"] = new JsonArray([.. catalog.Problems.Select(one => new JsonObject { ["source"] = one.Source, ["path"] = one.Path, ["message"] = one.Message })]),
                });
            }
            else
            {
                foreach (SloProblem problem in catalog.Problems)
                {
                    Terminal.Line(problem.ToString());
                }

                Terminal.Line($"{catalog.Slos.Count} SLOs are right, {catalog.Problems.Count} problems");
            }

            return catalog.Problems.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    private static Command Rules()
    {
        Argument<FileSystemInfo[]> files = Files();
        var command = new Command("rules", "Print the Prometheus rule file that follows from OpenSLO files; any Prometheus evaluates it.") { files };
        command.SetAction(parsed =>
        {
            OpenSloCatalog catalog = Read(parsed.GetValue(files)!);
            if (catalog.Problems.Count > 0)
            {
                throw new CommandFailure(ExitCode.Failed, string.Join(Environment.NewLine, catalog.Problems));
            }

            Console.Out.Write(SloRules.ToYaml(catalog.Slos));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Status()
    {
        var command = new Command("status", "How the error budgets of the running platform stand.");
        command.SetAction(async (parsed, cancellation) =>
        {
            using PlatformConnection platform = PlatformConnection.Open(parsed.DataDirectory());
            JsonNode answer = await platform.GetAsync("fairway/v1/slos", cancellation);
            if (parsed.WantsJson())
            {
                Terminal.Json(answer);
                return ExitCode.Ok;
            }

            foreach (JsonNode? problem in answer["problems"]!.AsArray())
            {
                Terminal.Line($"{problem}");
            }

            Terminal.Table(
                ["slo", "objective", "service", "window", "target", "measured", "budget left", "burning"],
                [.. answer["items"]!.AsArray().SelectMany(slo => slo!["objectives"]!.AsArray().Select(objective => (IReadOnlyList<string>)
                [
                    $"{slo["name"]}",
                    $"{objective!["name"]}",
                    $"{slo["service"]}",
                    $"{slo["window"]}",
                    Percent(objective["target"]),
                    Percent(objective["ratio"]),
                    Percent(objective["remaining"]),
                    Number(objective["burnRate"]) is { } rate ? rate.ToString("0.##", CultureInfo.InvariantCulture) + "x" : "not measured",
                ]))],
                "No SLOs. Start the platform with --slos and a directory of OpenSLO files.");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Backtest()
    {
        var name = new Argument<string>("slo") { Description = "The SLO's name." };
        var days = new Option<int>("--days") { Description = "How many days to look back.", DefaultValueFactory = _ => 30, HelpName = "N" };
        var command = new Command("backtest", "What the alerts of an SLO would have done over the data that is stored.") { name, days };
        command.SetAction(async (parsed, cancellation) =>
        {
            using PlatformConnection platform = PlatformConnection.Open(parsed.DataDirectory());
            JsonNode answer = await platform.GetAsync(
                string.Create(CultureInfo.InvariantCulture, $"fairway/v1/slos/{Uri.EscapeDataString(parsed.GetValue(name)!)}/backtest?days={parsed.GetValue(days)}"), cancellation);
            if (parsed.WantsJson())
            {
                Terminal.Json(answer);
                return ExitCode.Ok;
            }

            JsonArray firings = answer["firings"]!.AsArray();
            int pages = firings.Count(one => $"{one!["severity"]}" == "page");
            Terminal.Line($"{answer["slo"]} would have paged {pages} times and opened {firings.Count - pages} tickets since {answer["from"]} (measured {Percent(answer["measured"])} of the time)");
            Terminal.Table(
                ["alert", "severity", "objective", "from", "to"],
                [.. firings.Select(one => (IReadOnlyList<string>)[$"{one!["alert"]}", $"{one["severity"]}", $"{one["objective"]}", $"{one["from"]}", $"{one["to"]}"])],
                "It would have told nobody anything.");
            return ExitCode.Ok;
        });
        return command;
    }

    private static OpenSloCatalog Read(FileSystemInfo[] paths)
        => OpenSloReader.Read(paths.SelectMany(FilesOf).Select(file => (Path.GetRelativePath(Environment.CurrentDirectory, file.FullName), File.ReadAllText(file.FullName))));

    private static IEnumerable<FileInfo> FilesOf(FileSystemInfo path)
    {
        if (File.Exists(path.FullName))
        {
            return [new FileInfo(path.FullName)];
        }

        return Directory.Exists(path.FullName)
            ? new DirectoryInfo(path.FullName).EnumerateFiles("*.y*ml", SearchOption.AllDirectories)
                .Where(file => file.Extension is ".yaml" or ".yml")
                .OrderBy(file => file.FullName, StringComparer.Ordinal)
            : throw new CommandFailure(ExitCode.Failed, $"{path} is neither a file nor a directory");
    }

    private static double? Number(JsonNode? node) => node is null ? null : double.Parse(node.ToJsonString(), CultureInfo.InvariantCulture);

    private static string Percent(JsonNode? node)
        => Number(node) is { } share ? (share * 100).ToString("0.###", CultureInfo.InvariantCulture) + " %" : "not measured";
}
