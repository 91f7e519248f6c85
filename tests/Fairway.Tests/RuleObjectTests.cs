using System.Text;
using System.Text.Json;
using Fairway.ApiServer.Testing;
using Fairway.Client;
using Fairway.Platform;

namespace Fairway.Tests;

/// <summary>PrometheusRules that cannot be evaluated are refused by the API, also in a dry run.</summary>
public sealed class RuleObjectTests
{
    private const string Path = "apis/monitoring.coreos.com/v1/namespaces/default/prometheusrules";

    [Theory]
    [InlineData("")]
    [InlineData("?dryRun=All")]
    public async Task PrometheusRule_WithABrokenExpression_IsInvalidAtItsField(string query)
    {
        await using EmbeddedServer server = await EmbeddedServer.StartAsync(checks: [RuleObjects.Check(() => null)]);
        using HttpClient http = HttpTransport.Connect(server.Kubeconfig(server.AdministratorToken).Context("dev"));
        using HttpResponseMessage refused = await PostAsync(http, query, Rule("bad", "sum("));
        ((int)refused.StatusCode).ShouldBe(422);
        using JsonDocument status = JsonDocument.Parse(await refused.Content.ReadAsStringAsync());
        status.RootElement.GetProperty("reason").GetString().ShouldBe("Invalid");
        JsonElement cause = status.RootElement.GetProperty("details").GetProperty("causes")[0];
        cause.GetProperty("field").GetString().ShouldBe("spec.groups[0].rules[0].expr");
        cause.GetProperty("message").GetString()!.ShouldContain("1:5: parse error: unclosed left parenthesis");
        using HttpResponseMessage taken = await PostAsync(http, query, Rule("good", "sum(up)"));
        ((int)taken.StatusCode).ShouldBe(201);
    }

    private static string Rule(string name, string expression)
        => $$$$"""{"apiVersion":"monitoring.coreos.com/v1","kind":"PrometheusRule","metadata":{"name":"{{{{name}}}}"},"spec":{"groups":[{"name":"g","rules":[{"record":"a","expr":"{{{{expression}}}}"}]}]}}""";

    private static async Task<HttpResponseMessage> PostAsync(HttpClient http, string query, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        return await http.PostAsync(new Uri(http.BaseAddress!, $"/clusters/dev/{Path}{query}"), content);
    }
}
