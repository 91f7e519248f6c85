using System.CommandLine;
using System.Text.Json.Nodes;
using Fairway.Admission;
using Fairway.Admission.Explaining;
using Fairway.Cli;
using Fairway.Policy;
using Fairway.Policy.Sources;

namespace Fairway.Commands.Policy;

internal static class ExplainCommand
{
    private static readonly Argument<string> Name = new("policy") { Description = "The policy's name." };

    private static readonly Argument<string[]> Paths = new("paths") { Description = "The files that hold the object; - is standard input.", Arity = ArgumentArity.OneOrMore };

    public static Command Build()
    {
        var command = new Command("explain", "Trace what a policy says of objects, value by value.")
        {
            Name, Paths, PolicyOptions.Policy, PolicyOptions.Pack, PolicyOptions.Params, PolicyOptions.Waivers, PolicyOptions.Facts, PolicyOptions.Now,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        DateTimeOffset now = PolicyOptions.Time(parsed);
        (PolicySet set, List<PolicyProblem> problems) = await PolicyOptions.ReadAsync(parsed, cancellation);
        PolicyDefinition policy = ListCommand.Find(set, parsed.GetRequiredValue(Name));
        FactSnapshot facts = await PolicyOptions.ReadFactsAsync(parsed, now, cancellation);
        PolicyJudge judge = PolicyJudge.Build(set with { Policies = [policy], Bindings = [.. set.Bindings.Where(binding => binding.Policy == policy.Name)] }, problems, boundOnly: false);
        SourceSet sources = await SourceFiles.ReadAsync(parsed.GetRequiredValue(Paths), Console.In, "default", cancellation);
        Func<string, JsonObject?> namespaces = sources.Namespaces();
        var explained = new JsonArray();
        foreach (SourceObject source in sources.Objects)
        {
            var subject = new PreparedSubject(source.Subject(namespaces));
            foreach (PolicyJudge.Binding binding in judge.About(source.Identity))
            {
                JsonObject trace = PolicyTrace.Of(judge, binding, subject, facts, now, cancellation);
                trace["file"] = source.File;
                trace["object"] = source.Identity.ToString();
                explained.Add(trace);
            }
        }

        if (parsed.WantsJson())
        {
            Terminal.Json(explained);
        }
        else
        {
            Console.Out.Write(PolicyTrace.Render(explained));
        }

        foreach (string problem in problems.Select(problem => problem.ToString()).Concat(sources.Problems.Select(problem => problem.ToString())))
        {
            Terminal.Error(problem);
        }

        return problems.Exists(problem => problem.IsError) || sources.Problems.Any(problem => problem.IsError) ? ExitCode.Failed : ExitCode.Ok;
    }
}
