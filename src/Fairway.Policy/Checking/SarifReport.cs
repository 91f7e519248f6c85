using System.Text.Json.Nodes;
using Fairway.Policy.Sources;

namespace Fairway.Policy.Checking;

/// <summary>A check as SARIF 2.1.0 (OASIS), as code hosts and editors take it: one rule a policy, one result a finding, fixes where there is a patch.</summary>
public static class SarifReport
{
    public const string Schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

    public static JsonObject Write(CheckReport report, string version)
    {
        PolicyDefinition[] rules = [.. report.Findings.Select(one => one.Policy).DistinctBy(policy => policy.Name).OrderBy(policy => policy.Name, StringComparer.Ordinal)];
        var index = rules.Select((rule, at) => (rule.Name, at)).ToDictionary(pair => pair.Name, pair => pair.at);
        JsonNode[] notifications =
        [
            .. report.SourceProblems.Select(problem => Notification(problem.Message, problem.IsError, Location(problem.File, problem.Line, problem.Column))),
            .. report.PolicyProblems.Select(problem => Notification(problem.ToString(), problem.IsError, null)),
        ];
        var run = new JsonObject
        {
            ["tool"] = new JsonObject
            {
                ["driver"] = new JsonObject
                {
                    ["name"] = "fairway policy",
                    ["semanticVersion"] = version,
                    ["rules"] = new JsonArray([.. rules.Select(Rule)]),
                },
            },
            ["columnKind"] = "unicodeCodePoints",
            ["invocations"] = new JsonArray(new JsonObject
            {
                ["executionSuccessful"] = !report.SourceProblems.Any(problem => problem.IsError) && !report.PolicyProblems.Any(problem => problem.IsError),
                ["toolExecutionNotifications"] = new JsonArray(notifications),
            }),
            ["results"] = new JsonArray([.. report.Findings.Select(one => Result(one, index[one.Policy.Name]))]),
        };
        return new JsonObject { ["$schema"] = Schema, ["version"] = "2.1.0", ["runs"] = new JsonArray(run) };
    }

    private static JsonNode Rule(PolicyDefinition policy) => new JsonObject
    {
        ["id"] = policy.Name,
        ["name"] = policy.Name,
        ["shortDescription"] = new JsonObject { ["text"] = policy.Text.Title },
        ["fullDescription"] = new JsonObject { ["text"] = policy.Text.Why.Length > 0 ? policy.Text.Why : policy.Text.Title },
        ["help"] = new JsonObject { ["text"] = policy.Text.HowToMend.Length > 0 ? policy.Text.HowToMend : policy.Text.Title },
        ["defaultConfiguration"] = new JsonObject { ["level"] = Level(policy.Text.Severity) },
        ["properties"] = new JsonObject
        {
            ["security-severity"] = Score(policy.Text.Severity),
            ["tags"] = new JsonArray([.. policy.Text.Controls.Select(control => (JsonNode)control.ToString()).Append("policy")]),
        },
    };

    private static JsonNode Result(PlacedFinding one, int rule)
    {
        var result = new JsonObject
        {
            ["ruleId"] = one.Policy.Name,
            ["ruleIndex"] = rule,
            ["kind"] = one.Finding.Outcome == Outcome.Unknown ? "review" : "fail",
            ["level"] = one.Finding.Outcome == Outcome.Unknown ? "none" : Level(one.Finding.Severity),
            ["message"] = new JsonObject { ["text"] = one.Finding.Path.IsRoot ? $"{one.Source.Identity}: {one.Finding.Message}" : $"{one.Source.Identity}: {one.Finding.Path}: {one.Finding.Message}" },
            ["locations"] = new JsonArray(WithName(Location(one.Source.File, one.Line, one.Column), one)),
            ["partialFingerprints"] = new JsonObject { ["fairway/v1"] = one.Fingerprint },
        };
        if (one.Finding.Outcome == Outcome.Waived)
        {
            result["suppressions"] = new JsonArray(new JsonObject { ["kind"] = "external", ["status"] = "accepted", ["justification"] = $"waiver {one.Finding.Waiver}" });
        }

        return result;
    }

    private static JsonObject WithName(JsonObject location, PlacedFinding one)
    {
        location["logicalLocations"] = new JsonArray(new JsonObject
        {
            ["fullyQualifiedName"] = one.Finding.Path.IsRoot ? one.Source.Identity.ToString() : $"{one.Source.Identity} {one.Finding.Path}",
            ["kind"] = "resource",
        });
        return location;
    }

    private static JsonObject Location(string file, int line, int column) => new()
    {
        ["physicalLocation"] = new JsonObject
        {
            ["artifactLocation"] = new JsonObject { ["uri"] = file == "-" ? "stdin" : Uri.EscapeDataString(file.Replace('\\', '/')).Replace("%2F", "/", StringComparison.Ordinal) },
            ["region"] = new JsonObject { ["startLine"] = Math.Max(1, line), ["startColumn"] = Math.Max(1, column) },
        },
    };

    private static JsonNode Notification(string text, bool isError, JsonObject? location)
    {
        var notification = new JsonObject { ["level"] = isError ? "error" : "note", ["message"] = new JsonObject { ["text"] = text } };
        if (location is not null)
        {
            notification["locations"] = new JsonArray(location);
        }

        return notification;
    }

    private static string Level(Severity severity) => severity switch
    {
        Severity.High or Severity.Critical => "error",
        Severity.Medium => "warning",
        _ => "note",
    };

    // The numbers by which code hosts sort security results.
    private static string Score(Severity severity) => severity switch
    {
        Severity.Critical => "9.5",
        Severity.High => "8.0",
        Severity.Medium => "5.5",
        Severity.Low => "3.0",
        _ => "0.0",
    };
}
