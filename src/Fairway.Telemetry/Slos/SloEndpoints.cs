using System.Text.Json.Nodes;
using Fairway.Resources;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fairway.Telemetry.Slos;

/// <summary>
/// SLOs over HTTP: <c>GET /fairway/v1/slos</c>, <c>GET /fairway/v1/slos/{slo}/{objective}/burndown</c> and
/// <c>GET /fairway/v1/slos/{slo}/backtest?days=30</c>.
/// </summary>
public sealed class SloEndpoints(SloBook book, TimeProvider time)
{
    private const int MostDays = 400;

    private static readonly string[] Get = ["GET"];

    /// <summary>Maps them; the guard of the routes authenticates and turns refusals into answers.</summary>
    public void MapTo(TelemetryRoutes routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        var report = new SloReport(book, time);
        routes.Map("/fairway/v1/slos", Get, async context => await AnswerAsync(context, await report.AllAsync(context.RequestAborted)));
        routes.Map("/fairway/v1/slos/{slo}/{objective}/burndown", Get, async context =>
        {
            Slo slo = Find(context);
            string name = (string?)context.GetRouteValue("objective") ?? "";
            Objective objective = slo.Objectives.FirstOrDefault(one => one.Name == name)
                ?? throw new StatusException(404, "NotFound", $"SLO {slo.Name} has no objective \"{name}\"; it has {string.Join(", ", slo.Objectives.Select(one => one.Name))}");
            await AnswerAsync(context, await report.BurnDownAsync(slo, objective, context.RequestAborted));
        });
        routes.Map("/fairway/v1/slos/{slo}/backtest", Get, BacktestAsync);
    }

    private async Task BacktestAsync(HttpContext context)
    {
        Slo slo = Find(context);
        string text = context.Request.Query["days"].FirstOrDefault() ?? "30";
        if (!int.TryParse(text, out int days) || days is < 1 or > MostDays)
        {
            throw StatusException.BadRequest($"days: \"{text}\" is no number of days; expected 1 to {MostDays}");
        }

        DateTimeOffset now = time.GetUtcNow();
        BacktestResult result = await new SloBacktest(book.Ranges).RunAsync(slo, now.AddDays(-days), now, context.RequestAborted);
        JsonArray firings =
        [
            .. result.Firings.Select(one => new JsonObject
            {
                ["alert"] = one.Alert,
                ["severity"] = one.Severity,
                ["objective"] = one.Objective,
                ["from"] = one.From,
                ["to"] = one.To,
            }),
        ];
        await AnswerAsync(context, new JsonObject { ["slo"] = slo.Name, ["from"] = result.From, ["to"] = result.To, ["measured"] = Math.Round(result.Measured, 4), ["firings"] = firings });
    }

    private Slo Find(HttpContext context)
    {
        string name = (string?)context.GetRouteValue("slo") ?? "";
        return book.Catalog.Slos.FirstOrDefault(slo => slo.Name == name)
            ?? throw new StatusException(404, "NotFound", $"there is no SLO \"{name}\"; there are {string.Join(", ", book.Catalog.Slos.Select(slo => slo.Name))}");
    }

    private static Task AnswerAsync(HttpContext context, JsonObject answer)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(answer.ToJsonString(), context.RequestAborted);
    }
}
