using System.Net;
using System.Text.Json.Nodes;
using Fairway.Policy.Opa;

namespace Fairway.Policy.Tests;

/// <summary>The data API of Open Policy Agent, by recorded answers of its documentation.</summary>
public sealed class OpaTests
{
    [Theory]
    [InlineData(200, """{"result": true}""", Outcome.Pass, null)]
    [InlineData(200, """{"result": false}""", Outcome.Fail, "the rule is false")]
    [InlineData(200, """{"result": []}""", Outcome.Pass, null)]
    [InlineData(200, """{"result": ["image 'nginx' comes from untrusted registry"]}""", Outcome.Fail, "image 'nginx' comes from untrusted registry")]
    [InlineData(200, """{"result": [{"msg": "no owner", "details": {}}]}""", Outcome.Fail, "no owner")]
    [InlineData(200, """{"result": {"allow": true}}""", Outcome.Pass, null)]
    [InlineData(200, """{"result": {"allow": false, "reason": "why"}}""", Outcome.Fail, "why")]
    [InlineData(200, """{"result": {"deny": []}}""", Outcome.Pass, null)]
    [InlineData(200, """{"result": {"violation": [{"msg": "v"}]}}""", Outcome.Fail, "v")]
    [InlineData(200, "{}", Outcome.Unknown, "undefined")]
    [InlineData(200, """{"result": 7}""", Outcome.Unknown, "expected a truth value")]
    [InlineData(200, "<html>", Outcome.Unknown, "cannot be asked")]
    [InlineData(400, """{"code":"invalid_parameter","message":"error(s) occurred while compiling module(s)"}""", Outcome.Unknown, "400: error(s) occurred")]
    [InlineData(500, "", Outcome.Unknown, "500")]
    public async Task Decide_OnAnAnswer_GivesItsMeaning(int status, string body, Outcome expected, string? message)
    {
        var server = new Recorded((HttpStatusCode)status, body);
        using var http = new HttpClient(server);
        var source = new OpaSource(http, new Uri("http://opa.example:8181/v1/data/kubernetes/admission/deny"));
        JsonObject pod = JsonNode.Parse("""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","namespace":"shop"}}""")!.AsObject();
        Verdict verdict = await source.DecideAsync(new Subject { Identity = KindNames.Of(pod), Object = pod }, default);
        verdict.Outcome.ShouldBe(expected);
        if (message is not null)
        {
            verdict.Findings[0].Message.ShouldContain(message);
        }

        JsonNode request = JsonNode.Parse(server.Sent!)!["input"]!["request"]!;
        ((string?)request["kind"]!["kind"]).ShouldBe("Pod");
        ((string?)request["object"]!["metadata"]!["name"]).ShouldBe("a");
        source.Name.ShouldBe("opa:kubernetes.admission.deny");
    }

    private sealed class Recorded(HttpStatusCode status, string body) : HttpMessageHandler
    {
        public string? Sent { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Method.ShouldBe(HttpMethod.Post);
            Sent = await request.Content!.ReadAsStringAsync(cancellationToken);
            return new HttpResponseMessage(status) { Content = new StringContent(body) };
        }
    }
}
