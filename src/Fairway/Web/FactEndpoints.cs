using System.Text.Json.Nodes;
using Fairway.ApiServer;
using Fairway.Governance.Dora;
using Fairway.Resources;
using Fairway.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fairway.Web;

/// <summary>The ledger and what is computed from it.</summary>
internal sealed class FactEndpoints(EmbeddedApi api, string hub, Ledger ledger, TimeProvider time)
{
    /// <summary>What RBAC calls the entries of the ledger: a rule on <c>ledgerentries.fairway.dev</c> grants reading them.</summary>
    private static readonly ResourceType Entries = new() { Group = "fairway.dev", Version = "v1", Kind = "LedgerEntry", Plural = "ledgerentries", Namespaced = true };

    public void MapTo(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/fairway/v1/ledger", api.Guarded(ListAsync));
        routes.MapGet("/fairway/v1/ledger/verify", api.Guarded(VerifyAsync));
        routes.MapGet("/fairway/v1/dora", api.Guarded(DoraAsync));
    }

    private async Task ListAsync(HttpContext context, Identity user)
    {
        string? @namespace = Answers.Text(context, "namespace");
        await api.AuthorizeAsync(hub, user, "list", Entries, @namespace, null);
        var query = new LedgerQuery
        {
            Namespace = @namespace,
            Application = Answers.Text(context, "application"),
            Environment = Answers.Text(context, "environment"),
            Release = Answers.Text(context, "release"),
            Types = Answers.Text(context, "type") is { } types ? types.Split(',') : null,
            AfterSequence = Answers.Number(context, "after", 0, 0, long.MaxValue),
            BeforeSequence = Answers.Text(context, "before") is null ? null : Answers.Number(context, "before", 0, 0, long.MaxValue),
            Limit = (int)Answers.Number(context, "limit", 100, 1, 1000),
            Descending = true,
        };
        var items = new JsonArray();
        await foreach (LedgerEntry entry in ledger.ReadAsync(query, context.RequestAborted))
        {
            items.Add(Node(entry));
        }

        await Answers.JsonAsync(context, new JsonObject { ["items"] = items });
    }

    private async Task VerifyAsync(HttpContext context, Identity user)
    {
        await api.AuthorizeAsync(hub, user, "list", Entries, null, null);
        LedgerVerification verification = await ledger.VerifyAsync(context.RequestAborted);
        await Answers.JsonAsync(context, new JsonObject
        {
            ["valid"] = verification.IsIntact,
            ["entries"] = verification.Entries,
            ["head"] = verification.Head.Hash,
            ["brokenAt"] = verification.BrokenAt,
            ["message"] = verification.Problem,
        });
    }

    private async Task DoraAsync(HttpContext context, Identity user)
    {
        await api.AuthorizeAsync(hub, user, "list", Entries, null, null);
        string? application = Answers.Text(context, "application");
        var days = TimeSpan.FromDays(Answers.Number(context, "days", 30, 1, 366));
        DateTimeOffset to = time.GetUtcNow();
        var facts = new List<Fact>();
        var query = new LedgerQuery { Application = application, Types = FourKeys.Types, Since = to - (days * 2) };
        await foreach (LedgerEntry entry in ledger.ReadAsync(query, context.RequestAborted))
        {
            facts.Add(entry.Fact);
        }

        JsonObject report = Node(FourKeys.Compute(facts, application, to - days, to));
        report["previous"] = Node(FourKeys.Compute(facts, application, to - (days * 2), to - days));
        await Answers.JsonAsync(context, report);
    }

    private static JsonObject Node(LedgerEntry entry) => new()
    {
        ["sequence"] = entry.Sequence,
        ["at"] = entry.Fact.At,
        ["type"] = entry.Fact.Type,
        ["actor"] = entry.Fact.Actor,
        ["namespace"] = entry.Fact.Namespace,
        ["application"] = entry.Fact.Application,
        ["environment"] = entry.Fact.Environment,
        ["release"] = entry.Fact.Release,
        ["subject"] = entry.Fact.Subject,
        ["data"] = entry.Fact.Data?.DeepClone(),
        ["hash"] = entry.Hash,
        ["previous"] = entry.Previous,
    };

    private static JsonObject Node(FourKeysReport report) => new()
    {
        ["application"] = report.Application,
        ["from"] = report.From,
        ["to"] = report.To,
        ["deploymentFrequency"] = new JsonObject { ["perDay"] = report.DeploymentFrequency.Value, ["count"] = report.DeploymentFrequency.Count },
        ["leadTime"] = new JsonObject { ["seconds"] = report.LeadTime.Value?.TotalSeconds, ["count"] = report.LeadTime.Count },
        ["changeFailureRate"] = new JsonObject { ["ratio"] = report.ChangeFailureRate.Value, ["count"] = report.ChangeFailureRate.Count },
        ["recoveryTime"] = new JsonObject { ["seconds"] = report.RecoveryTime.Value?.TotalSeconds, ["count"] = report.RecoveryTime.Count },
    };
}
