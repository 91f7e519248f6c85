using System.CommandLine;

namespace Fairway.Commands.Policy;

/// <summary>Policies: checking files, testing policies, packs, explanations.</summary>
internal static class PolicyCommand
{
    public static Command Build() => new("policy", "Policies in CEL: check files, test policies, roll out packs, explain verdicts.")
    {
        CheckCommand.Build(),
        TestCommand.Build(),
        ExplainCommand.Build(),
        PacksCommand.Build(),
        ReportCommand.BuildReport(),
        ReportCommand.BuildRehearse(),
        ListCommand.BuildList(),
        ListCommand.BuildShow(),
    };
}
