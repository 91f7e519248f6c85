using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.PromQL;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using MatchType = Fairway.PromQL.MatchType;

namespace Fairway.Telemetry.Alerting;

/// <summary>Silences in Alertmanager's API.</summary>
internal sealed class SilenceEndpoints(AlertManager manager)
{
    private static readonly string[] Order = ["active", "pending", "expired"];

    public void MapTo(TelemetryRoutes routes)
    {
        AlertEndpoints.Map(routes, "/api/v2/silences", "GET", context => Task.FromResult<JsonNode?>(List(AlertFilter.Of(context.Request.Query))));
        AlertEndpoints.Map(routes, "/api/v2/silences", "POST", PostAsync);
        AlertEndpoints.Map(routes, "/api/v2/silence/{id}", "GET", GetAsync);
        AlertEndpoints.Map(routes, "/api/v2/silence/{id}", "DELETE", DeleteAsync);
    }

    private JsonArray List(AlertFilter filter)
    {
        DateTimeOffset now = manager.Now;
        bool Chosen(Silence silence) => silence.State(now) switch
        {
            "active" => filter.Active,
            "pending" => filter.Pending,
            _ => filter.Expired,
        };
        IEnumerable<Silence> chosen = manager.Silences.All
            .Where(Chosen)
            .Where(silence => filter.Matchers.All(wanted => silence.Matchers.Any(matcher => matcher.Name == wanted.Name && wanted.Matches(matcher.Value))))
            .OrderBy(silence => Array.IndexOf(Order, silence.State(now)))
            .ThenBy(silence => silence.State(now) switch
            {
                "active" => silence.EndsAt.UtcTicks,
                "pending" => silence.StartsAt.UtcTicks,
                _ => -silence.EndsAt.UtcTicks,
            });
        return new JsonArray([.. chosen.Select(silence => (JsonNode)SilenceBook.ToJson(silence, now))]);
    }

    private Task<JsonNode?> GetAsync(HttpContext context)
    {
        if (manager.Silences.Find(Id(context)) is { } silence)
        {
            return Task.FromResult<JsonNode?>(SilenceBook.ToJson(silence, manager.Now));
        }

        context.Response.StatusCode = 404;
        return Task.FromResult<JsonNode?>(null);
    }

    private Task<JsonNode?> DeleteAsync(HttpContext context)
    {
        context.Response.StatusCode = manager.Silences.Expire(Id(context)) ? 200 : 404;
        return Task.FromResult<JsonNode?>(null);
    }

    private async Task<JsonNode?> PostAsync(HttpContext context)
    {
        JsonNode body = await ApiBody.ReadAsync(context, "silence");
        JsonObject node = body as JsonObject ?? throw ApiBody.Unreadable("silence", $"json: cannot unmarshal {ApiBody.Kind(body)} into Go value of type models.PostableSilence");
        return new JsonObject { ["silenceID"] = manager.Silences.Set(Read(node)) };
    }

    private static string Id(HttpContext context)
    {
        string id = (string)context.GetRouteValue("id")!;
        return Guid.TryParse(id, out _) ? id : throw new ApiRefusal(422, 601, $"silenceID in path must be of type uuid: {GoText.Quote(id)}");
    }

    private static Silence Read(JsonObject node)
    {
        DateTimeOffset? ends = ApiBody.Time(node["endsAt"], "silence");
        DateTimeOffset? starts = ApiBody.Time(node["startsAt"], "silence");
        foreach (string field in (string[])["comment", "createdBy", "endsAt", "matchers", "startsAt"])
        {
            if (node[field] is null)
            {
                throw ApiRefusal.Required(field);
            }
        }

        if (node["matchers"] is not JsonArray { Count: > 0 } matchers)
        {
            throw node["matchers"] is JsonArray
                ? new ApiRefusal(422, 612, "matchers in body should have at least 1 items")
                : ApiBody.Unreadable("silence", $"json: cannot unmarshal {ApiBody.Kind(node["matchers"])} into Go struct field Silence.matchers of type models.Matchers");
        }

        var read = new List<LabelMatcher>();
        for (int i = 0; i < matchers.Count; i++)
        {
            read.Add(Matcher(matchers[i] as JsonObject ?? [], i));
        }

        return new Silence(
            AlertConfigReader.Text(node["id"]), read, starts ?? default, ends ?? default, default, AlertConfigReader.Text(node["createdBy"]), AlertConfigReader.Text(node["comment"]));
    }

    private static LabelMatcher Matcher(JsonObject node, int index)
    {
        foreach (string field in (string[])["isRegex", "name", "value"])
        {
            if (node[field] is null)
            {
                throw ApiRefusal.Required($"matchers.{index}.{field}");
            }
        }

        bool isRegex = Flag(node["isRegex"], "isRegex");
        bool isEqual = node["isEqual"] is null || Flag(node["isEqual"], "isEqual");
        MatchType type = (isRegex, isEqual) switch
        {
            (true, true) => MatchType.Regexp,
            (true, false) => MatchType.NotRegexp,
            (false, true) => MatchType.Equal,
            _ => MatchType.NotEqual,
        };
        string name = AlertConfigReader.Text(node["name"]);
        string value = AlertConfigReader.Text(node["value"]);
        if (!Names.IsLabelName(name))
        {
            throw new FormatException($"invalid silence: invalid label matcher {index} in set 0: invalid label name {GoText.Quote(name)}");
        }

        try
        {
            return AlertMatchers.Make(type, name, value);
        }
        catch (FormatException broken)
        {
            throw new FormatException($"invalid silence: invalid label matcher {index} in set 0: invalid regular expression {GoText.Quote(value)}: {broken.InnerException?.Message ?? broken.Message}", broken);
        }
    }

    private static bool Flag(JsonNode? node, string field)
        => node?.GetValueKind() switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw ApiBody.Unreadable("silence", $"json: cannot unmarshal {ApiBody.Kind(node)} into Go struct field Matcher.matchers.{field} of type bool"),
        };
}
