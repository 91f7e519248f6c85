using System.CommandLine;
using Fairway.Admission;
using Fairway.Cli;
using Fairway.Policy;
using Fairway.Policy.Checking;
using Fairway.Policy.Opa;
using Fairway.Policy.Sources;

namespace Fairway.Commands.Policy;

internal static class CheckCommand
{
    private static readonly string[] Severities = ["info", "low", "medium", "high", "critical"];

    private static readonly Argument<string[]> Paths = new("paths")
    {
        Description = "Files and directories: manifests, workflow files, Dockerfiles, Terraform plans (terraform show -json), SBOMs. - is standard input: helm template CHART | fairway policy check -.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string> Format = new("--output", "-o")
    {
        Description = "table for people; json, sarif (2.1.0) and junit for machines.",
        HelpName = "table|json|sarif|junit",
        DefaultValueFactory = _ => "table",
    };

    private static readonly Option<string> FailOn = new("--fail-on")
    {
        Description = "Fail for violations of at least this severity.",
        HelpName = string.Join('|', Severities),
        DefaultValueFactory = _ => "low",
    };

    private static readonly Option<bool> FailOnUnknown = new("--fail-on-unknown") { Description = "Verdicts that cannot be told yet fail, too." };

    private static readonly Option<bool> Fix = new("--fix") { Description = "Apply the patches to the files, then check again." };

    private static readonly Option<Uri[]> Opa = new("--opa")
    {
        Description = "Ask a rule of an Open Policy Agent server, too: http://localhost:8181/v1/data/kubernetes/admission/deny. Repeatable.",
        HelpName = "URL",
    };

    private static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "Findings only, without reasons and mends." };

    private static readonly Option<string> DefaultNamespace = new("--default-namespace") { Description = "For objects that name none.", HelpName = "NAME", DefaultValueFactory = _ => "default" };

    public static Command Build()
    {
        Format.AcceptOnlyFromAmong("table", "json", "sarif", "junit");
        FailOn.AcceptOnlyFromAmong(Severities);
        var command = new Command("check", "Check files against policies, offline. Exit code 0: nothing failed; 1: violations, or files or policies that cannot be read; 2: the command line.")
        {
            Paths, PolicyOptions.Policy, PolicyOptions.Pack, PolicyOptions.Params, PolicyOptions.Waivers, PolicyOptions.Facts, PolicyOptions.Now,
            Format, FailOn, FailOnUnknown, Fix, Opa, Quiet, DefaultNamespace,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        DateTimeOffset now = PolicyOptions.Time(parsed);
        (PolicySet set, List<PolicyProblem> problems) = await PolicyOptions.ReadAsync(parsed, cancellation);
        FactSnapshot facts = await PolicyOptions.ReadFactsAsync(parsed, now, cancellation);
        PolicyJudge judge = PolicyJudge.Build(set, problems, boundOnly: false);
        string[] paths = parsed.GetValue(Paths)!;
        CheckReport report = await CheckAsync();
        if (parsed.GetValue(Fix))
        {
            if (paths.Contains("-"))
            {
                throw new CommandFailure(ExitCode.Usage, "--fix changes files; standard input is none");
            }

            await FixAsync(report, cancellation);
            report = await CheckAsync();
        }

        Print(parsed, report);
        return report.Fails(PolicyText.ParseSeverity(parsed.GetValue(FailOn)!)!.Value, parsed.GetValue(FailOnUnknown)) ? ExitCode.Failed : ExitCode.Ok;

        async Task<CheckReport> CheckAsync()
        {
            SourceSet sources = await SourceFiles.ReadAsync(paths, Console.In, parsed.GetValue(DefaultNamespace)!, cancellation);
            CheckReport own = PolicyChecker.Check(judge, sources, facts, now, problems, cancellation);
            return parsed.GetValue(Opa) is { Length: > 0 } rules ? await WithOpaAsync(own, sources, rules, cancellation) : own;
        }
    }

    private static async Task<CheckReport> WithOpaAsync(CheckReport report, SourceSet sources, Uri[] rules, CancellationToken cancellation)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        var results = new List<CheckResult>(report.Results);
        Func<string, System.Text.Json.Nodes.JsonObject?> namespaces = sources.Namespaces();
        foreach (OpaSource opa in rules.Select(rule => new OpaSource(http, rule)))
        {
            foreach (SourceObject source in sources.Objects)
            {
                results.Add(new CheckResult(source, opa.Definition, await opa.DecideAsync(source.Subject(namespaces), cancellation)));
            }
        }

        return report with { Results = results };
    }

    private static async Task FixAsync(CheckReport report, CancellationToken cancellation)
    {
        foreach (IGrouping<string, PlacedFinding> file in report.Findings.GroupBy(one => one.Source.File))
        {
            string text = await File.ReadAllTextAsync(file.Key, cancellation);
            MendedFile mended = FileMender.Mend(file.Key, text, file);
            if (mended.Text != text)
            {
                await File.WriteAllTextAsync(file.Key, mended.Text, cancellation);
                await Console.Error.WriteLineAsync($"{file.Key}: mended {string.Join(", ", mended.Mended.Select(one => one.Policy.Name).Distinct())}");
            }

            foreach (string policy in mended.Skipped.Select(one => one.Policy.Name).Distinct())
            {
                await Console.Error.WriteLineAsync($"{file.Key}: {policy} has a patch that this text does not take; mend it by hand");
            }
        }
    }

    private static void Print(ParseResult parsed, CheckReport report)
    {
        switch (parsed.GetValue(Format))
        {
            case "json":
                Terminal.Json(JsonReport.Write(report));
                break;
            case "sarif":
                Terminal.Json(SarifReport.Write(report, FairwayVersion.Text));
                break;
            case "junit":
                Console.Out.Write(JunitReport.Write(report));
                break;
            default:
                Console.Out.Write(TableReport.Write(report, parsed.GetValue(Quiet)));
                break;
        }
    }
}
