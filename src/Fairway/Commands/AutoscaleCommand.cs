using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Fairway.Cli;
using Fairway.Workloads.Autoscaling;

namespace Fairway.Commands;

/// <summary>Why the autoscaler chose a size: replays its decision from what it saw.</summary>
internal static class AutoscaleCommand
{
    public static Command Build()
    {
        var lines = new Option<bool>("--json-lines") { Description = "One situation as a JSON object on each line of standard input; one decision on each line of standard output" };
        var explain = new Command("explain", "Replay decisions of the HorizontalPodAutoscaler controller from standard input") { lines };
        explain.SetAction(parsed => parsed.GetValue(lines) ? Lines() : Whole());
        return new Command("autoscale", "Understand autoscaling") { explain };
    }

    private static int Lines()
    {
        using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 64 * 1024);
        using var input = new StreamReader(Console.OpenStandardInput(), Encoding.UTF8);
        bool allExplained = true;
        while (input.ReadLine() is { } line)
        {
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            JsonObject answer = ScalingExplanation.Explain(line, out bool explained);
            answer.Remove("messages");
            allExplained &= explained;
            output.Write(answer.ToJsonString());
            output.Write('\n');
            if (input.Peek() < 0)
            {
                output.Flush();
            }
        }

        return allExplained ? ExitCode.Ok : ExitCode.Failed;
    }

    private static int Whole()
    {
        using var input = new StreamReader(Console.OpenStandardInput(), Encoding.UTF8);
        JsonObject answer = ScalingExplanation.Explain(input.ReadToEnd(), out bool explained);
        Terminal.Json(answer);
        return explained ? ExitCode.Ok : ExitCode.Failed;
    }
}
