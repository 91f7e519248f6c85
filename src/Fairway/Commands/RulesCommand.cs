using System.CommandLine;
using Fairway.Cli;
using Fairway.PromQL;
using Fairway.Telemetry.Rules;

namespace Fairway.Commands;

/// <summary>Checks and tests Prometheus rules without a platform, with promtool's words and exit codes.</summary>
internal static class RulesCommand
{
    private static readonly Argument<FileInfo[]> Files = new("FILES") { Description = "The files.", Arity = ArgumentArity.OneOrMore };

    public static Command Build()
    {
        var check = new Command("check", "Check files with Prometheus rules.") { Files };
        check.SetAction(Check);
        var test = new Command("test", "Run unit tests of rules, written as for: promtool test rules") { Files };
        test.SetAction(TestAsync);
        return new Command("rules", "Check and test Prometheus rules.") { check, test };
    }

    private static int Check(ParseResult parsed)
    {
        bool failed = false;
        foreach (FileInfo file in parsed.GetValue(Files)!)
        {
            Terminal.Line($"Checking {file}");
            try
            {
                RuleFile rules = RuleFileReader.Read(File.ReadAllText(file.FullName), file.ToString(), ParserOptions.Stable);
                Terminal.Line($"  SUCCESS: {rules.Groups.Sum(group => group.Rules.Count)} rules found");
            }
            catch (Exception broken) when (broken is RuleFileException or IOException or UnauthorizedAccessException)
            {
                failed = true;
                Console.Error.WriteLine("  FAILED:");
                Console.Error.WriteLine(broken.Message);
            }

            Terminal.Line(string.Empty);
        }

        return failed ? ExitCode.Failed : ExitCode.Ok;
    }

    private static async Task<int> TestAsync(ParseResult parsed, CancellationToken cancellation)
    {
        bool failed = false;
        var tests = new RuleUnitTests(ParserOptions.Stable, TimeProvider.System);
        foreach (FileInfo file in parsed.GetValue(Files)!)
        {
            Terminal.Line($"Unit Testing:  {file}");
            try
            {
                IReadOnlyList<string> failures = await tests.RunAsync(file.FullName, cancellation);
                failed |= failures.Count > 0;
                if (failures.Count == 0)
                {
                    Terminal.Line("  SUCCESS");
                }
                else
                {
                    Console.Error.WriteLine("  FAILED:");
                    Console.Error.WriteLine(string.Join('\n', failures));
                }
            }
            catch (Exception broken) when (broken is RuleFileException or PromQLException or FormatException or InvalidOperationException)
            {
                failed = true;
                Console.Error.WriteLine("  FAILED:");
                Console.Error.WriteLine(broken.Message);
            }

            Terminal.Line(string.Empty);
        }

        return failed ? ExitCode.Failed : ExitCode.Ok;
    }
}
