using System.CommandLine;
using System.Text.RegularExpressions;
using Fairway.Cli;
using Fairway.PromQL;
using Fairway.Telemetry.Rules;

namespace Fairway.Commands;

/// <summary>Checks and tests Prometheus rules without a platform, with promtool's words and exit codes.</summary>
internal static class RulesCommand
{
    // What promtool answers when only lint was found.
    private const int LintFound = 3;

    private static readonly Argument<string[]> Checked = new("FILES") { Description = "The files; standard input when there are none.", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Argument<string[]> Tested = new("FILES") { Description = "The files.", Arity = ArgumentArity.OneOrMore };

    private static readonly Option<string> Lint = new("--lint")
    {
        Description = "What to look for besides errors: all, duplicate-rules, none.",
        DefaultValueFactory = _ => "duplicate-rules",
    };

    private static readonly Option<bool> LintFatal = new("--lint-fatal") { Description = "End with exit code 3 when --lint finds something." };
    private static readonly Option<bool> IgnoreUnknown = new("--ignore-unknown-fields") { Description = "Let fields pass that rule files do not have." };
    private static readonly Option<string[]> Run = new("--run") { Description = "Run only tests whose names match this regular expression; may be given several times." };

    public static Command Build()
    {
        var check = new Command("check", "Check files with Prometheus rules.") { Checked, Lint, LintFatal, IgnoreUnknown };
        check.SetAction(Check);
        var test = new Command("test", "Run unit tests of rules, written as for: promtool test rules") { Tested, Run, IgnoreUnknown };
        test.SetAction(TestAsync);
        return new Command("rules", "Check and test Prometheus rules.") { check, test };
    }

    private static int Check(ParseResult parsed)
    {
        string[] settings = parsed.GetValue(Lint)!.Split(',');
        foreach (string unknown in settings.Where(one => one is not ("all" or "duplicate-rules" or "none")))
        {
            Terminal.Line($"WARNING: unknown lint option: {GoText.Quote(unknown)}");
        }

        bool lint = settings.Any(one => one is "all" or "duplicate-rules") && !settings.Contains("none");
        string[] files = parsed.GetValue(Checked) ?? [];
        bool failed = false;
        bool suspicious = false;
        foreach (string file in files.Length == 0 ? ["standard input"] : files)
        {
            Terminal.Line($"Checking {file}");
            var problems = new List<string>();
            RuleFile? rules = null;
            try
            {
                string text = files.Length == 0 ? Console.In.ReadToEnd() : File.ReadAllText(file);
                rules = RuleFileReader.Read(text, file, ParserOptions.Stable, problems, parsed.GetValue(IgnoreUnknown));
            }
            catch (Exception broken) when (broken is IOException or UnauthorizedAccessException)
            {
                problems.Add($"{file}: open {file}: {(File.Exists(file) ? "permission denied" : "no such file or directory")}");
            }

            failed |= problems.Count > 0;
            if (problems.Count == 0 && lint && RuleLint.Duplicates(rules!) is { } found)
            {
                suspicious = true;
                problems.Add(found);
            }

            Report(problems, $"  SUCCESS: {rules?.Groups.Sum(group => group.Rules.Count)} rules found");
        }

        return failed ? ExitCode.Failed : suspicious && parsed.GetValue(LintFatal) ? LintFound : ExitCode.Ok;
    }

    private static async Task<int> TestAsync(ParseResult parsed, CancellationToken cancellation)
    {
        bool failed = false;
        string[] run = parsed.GetValue(Run) ?? [];
        var tests = new RuleUnitTests(ParserOptions.Stable, TimeProvider.System)
        {
            Only = run.Length == 0 ? null : new Regex(string.Join('|', run), RegexOptions.NonBacktracking),
            IgnoreUnknownFields = parsed.GetValue(IgnoreUnknown),
            Warn = Console.Error.WriteLine,
        };
        foreach (string file in parsed.GetValue(Tested)!)
        {
            IReadOnlyList<string> failures;
            try
            {
                failures = await tests.RunAsync(file, cancellation);
            }
            catch (RuleFileException broken)
            {
                failures = broken.Problems;
            }

            failed |= failures.Count > 0;
            Report(failures, "  SUCCESS");
        }

        return failed ? ExitCode.Failed : ExitCode.Ok;
    }

    private static void Report(IReadOnlyList<string> problems, string success)
    {
        if (problems.Count == 0)
        {
            Terminal.Line(success);
        }
        else
        {
            Console.Error.WriteLine("  FAILED:");
            foreach (string problem in problems)
            {
                Console.Error.WriteLine(problem);
            }
        }

        Terminal.Line(string.Empty);
    }
}
