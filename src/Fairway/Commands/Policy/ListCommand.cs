using System.CommandLine;
using System.Text.Json.Nodes;
using Fairway.Admission;
using Fairway.Cli;
using Fairway.Policy;
using Fairway.Resources.Yaml;

namespace Fairway.Commands.Policy;

internal static class ListCommand
{
    public static Command BuildList()
    {
        var command = new Command("list", "List policies of packs and files.") { PolicyOptions.Policy, PolicyOptions.Pack };
        command.SetAction(async (parsed, cancellation) =>
        {
            (PolicySet set, List<PolicyProblem> problems) = await PolicyOptions.ReadAsync(parsed, cancellation);
            if (parsed.WantsJson())
            {
                Terminal.Json(new JsonArray([.. set.Policies.Select(policy => (JsonNode)Node(policy))]));
            }
            else
            {
                Terminal.Table(["policy", "pack", "severity", "title"], [.. set.Policies.Select(policy => (string[])[policy.Name, policy.Text.Pack ?? "", policy.Text.Severity.ToString().ToLowerInvariant(), policy.Text.Title])], "No policies.");
            }

            return Problems(problems);
        });
        return command;
    }

    public static Command BuildShow()
    {
        var name = new Argument<string>("policy") { Description = "The policy's name." };
        var yaml = new Option<bool>("--yaml") { Description = "Print the policy's object, for: kubectl apply -f -" };
        var command = new Command("show", "Show what a policy asks, why, and how to mend.") { name, yaml, PolicyOptions.Policy, PolicyOptions.Pack };
        command.SetAction(async (parsed, cancellation) =>
        {
            (PolicySet set, List<PolicyProblem> problems) = await PolicyOptions.ReadAsync(parsed, cancellation);
            PolicyDefinition policy = Find(set, parsed.GetRequiredValue(name));
            if (parsed.GetValue(yaml))
            {
                Console.Out.Write(YamlWriter.Write(policy.Document));
            }
            else if (parsed.WantsJson())
            {
                Terminal.Json(Node(policy));
            }
            else
            {
                Describe(policy);
            }

            return Problems(problems);
        });
        return command;
    }

    /// <exception cref="CommandFailure">There is none of that name.</exception>
    public static PolicyDefinition Find(PolicySet set, string name)
        => set.Policies.FirstOrDefault(policy => policy.Name == name)
            ?? throw new CommandFailure(ExitCode.Usage, $"there is no policy \"{name}\" among {set.Policies.Count}; see them with: fairway policy list");

    private static void Describe(PolicyDefinition policy)
    {
        Terminal.Line($"{policy.Name}: {policy.Text.Title}");
        Terminal.Line($"  severity   {policy.Text.Severity.ToString().ToLowerInvariant()}");
        Terminal.Line($"  pack       {policy.Text.Pack ?? "-"} {policy.Text.Version}");
        Terminal.Line($"  controls   {string.Join(", ", policy.Text.Controls)}");
        Terminal.Line($"  why        {policy.Text.Why}");
        Terminal.Line($"  mend       {policy.Text.HowToMend}{(policy.Text.Mends.Count > 0 ? " (--fix does it)" : "")}");
        Terminal.Line($"  waivers    {(policy.Text.Waivable ? $"up to {policy.Text.MaxWaiver.TotalDays} days" : "none")}");
        foreach (NamedExpression condition in policy.MatchConditions)
        {
            Terminal.Line($"  only when  {condition.Name}: {condition.Expression}");
        }

        foreach (NamedExpression variable in policy.Variables)
        {
            Terminal.Line($"  variable   {variable.Name} = {variable.Expression}");
        }

        foreach (ValidationRule rule in policy.Validations)
        {
            Terminal.Line($"  rule {rule.Name}     {rule.Expression}");
        }
    }

    private static JsonObject Node(PolicyDefinition policy) => new()
    {
        ["name"] = policy.Name,
        ["title"] = policy.Text.Title,
        ["pack"] = policy.Text.Pack,
        ["version"] = policy.Text.Version,
        ["severity"] = policy.Text.Severity.ToString().ToLowerInvariant(),
        ["why"] = policy.Text.Why,
        ["howToMend"] = policy.Text.HowToMend,
        ["controls"] = new JsonArray([.. policy.Text.Controls.Select(control => (JsonNode)control.ToString())]),
        ["origin"] = policy.Origin,
        ["rules"] = policy.Validations.Count,
    };

    private static int Problems(List<PolicyProblem> problems)
    {
        foreach (PolicyProblem problem in problems)
        {
            Terminal.Error(problem.ToString());
        }

        return problems.Exists(problem => problem.IsError) ? ExitCode.Failed : ExitCode.Ok;
    }
}
