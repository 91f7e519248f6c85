using Fairway.PromQL;
using Fairway.PromQL.Parsing;
using Fairway.Telemetry.Metrics;
using Microsoft.AspNetCore.Http;

namespace Fairway.Telemetry.Prometheus;

/// <summary><c>admin/tsdb/…</c>: deleting series and taking snapshots. Off unless switched on, as with Prometheus.</summary>
internal sealed class AdminEndpoints(MetricStore store, bool enabled)
{
    private static readonly string[] Methods = ["POST", "PUT"];

    public void MapTo(TelemetryRoutes routes)
    {
        PrometheusApi.Map(routes, "admin/tsdb/delete_series", Methods, DeleteAsync);
        PrometheusApi.Map(routes, "admin/tsdb/clean_tombstones", Methods, CleanAsync);
        PrometheusApi.Map(routes, "admin/tsdb/snapshot", Methods, SnapshotAsync);
        PrometheusApi.Map(routes, "series", ["DELETE"], static _ => throw new ApiException("internal", "not implemented"));
    }

    private async Task DeleteAsync(HttpContext context)
    {
        Check();
        ApiRequest request = await ApiRequest.ReadAsync(context);
        if (request.All("match[]").Count == 0)
        {
            throw ApiException.BadData("no match[] parameter provided");
        }

        long start = request.Time("start", long.MinValue);
        long end = request.Time("end", long.MaxValue);
        foreach (string text in request.All("match[]"))
        {
            IReadOnlyList<LabelMatcher> matchers;
            try
            {
                matchers = PromQLParser.ParseSelector(text, ParserOptions.Stable);
            }
            catch (PromQLException refused)
            {
                throw ApiException.Parameter("match[]", refused.Message);
            }

            await store.DeleteAsync(matchers, start, end, context.RequestAborted);
        }

        context.Response.StatusCode = 204;
    }

    /// <summary>What was deleted is gone already.</summary>
    private Task CleanAsync(HttpContext context)
    {
        Check();
        context.Response.StatusCode = 204;
        return Task.CompletedTask;
    }

    private async Task SnapshotAsync(HttpContext context)
    {
        Check();
        string skip = (await ApiRequest.ReadAsync(context))["skip_head"];
        bool skipMemory = skip switch
        {
            "" or "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
            "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
            _ => throw ApiException.Parameter("skip_head", $"unable to parse boolean: strconv.ParseBool: parsing {GoText.Quote(skip)}: invalid syntax"),
        };
        string name = await store.SnapshotAsync(skipMemory, context.RequestAborted);
        await ApiJson.AnswerAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteEndObject();
        });
    }

    private void Check()
    {
        if (!enabled)
        {
            throw new ApiException("unavailable", "admin APIs disabled");
        }
    }
}
