using System.Text.Json.Nodes;

namespace Fairway.Policy.Checking;

/// <summary>A check as JSON for machines: <c>summary</c>, <c>findings</c>, <c>problems</c>.</summary>
public static class JsonReport
{
    public static JsonObject Write(CheckReport report) => new()
    {
        ["summary"] = new JsonObject
        {
            ["objects"] = report.Objects,
            ["policies"] = report.Policies.Count,
            ["pass"] = report.Count(Outcome.Pass),
            ["fail"] = report.Count(Outcome.Fail),
            ["unknown"] = report.Count(Outcome.Unknown),
            ["waived"] = report.Count(Outcome.Waived),
        },
        ["findings"] = new JsonArray([.. report.Findings.Select(Node)]),
        ["problems"] = new JsonArray([
            .. report.SourceProblems.Select(problem => (JsonNode)new JsonObject
            {
                ["file"] = problem.File, ["line"] = problem.Line, ["column"] = problem.Column, ["message"] = problem.Message, ["error"] = problem.IsError,
            }),
            .. report.PolicyProblems.Select(problem => (JsonNode)new JsonObject
            {
                ["policy"] = problem.Where, ["field"] = problem.Field, ["message"] = problem.Message, ["error"] = problem.IsError,
            }),
        ]),
    };

    private static JsonNode Node(PlacedFinding one) => new JsonObject
    {
        ["file"] = one.Source.File,
        ["line"] = one.Line,
        ["column"] = one.Column,
        ["apiVersion"] = one.Source.Identity.ApiVersion,
        ["kind"] = one.Source.Identity.Kind,
        ["namespace"] = one.Source.Identity.NamespaceName,
        ["name"] = one.Source.Identity.Name,
        ["policy"] = one.Finding.Policy,
        ["rule"] = one.Finding.Rule,
        ["title"] = one.Policy.Text.Title,
        ["result"] = one.Finding.Outcome.ToString().ToLowerInvariant(),
        ["severity"] = one.Finding.Severity.ToString().ToLowerInvariant(),
        ["path"] = one.Finding.Path.ToString(),
        ["message"] = one.Finding.Message,
        ["why"] = one.Policy.Text.Why,
        ["howToMend"] = one.Policy.Text.HowToMend,
        ["patch"] = one.Finding.Patch?.DeepClone(),
        ["waiver"] = one.Finding.Waiver,
        ["controls"] = new JsonArray([.. one.Policy.Text.Controls.Select(control => (JsonNode)control.ToString())]),
        ["fingerprint"] = one.Fingerprint,
    };
}
