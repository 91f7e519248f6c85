using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Policy.Opa;

/// <summary>
/// One more source of decisions: a rule of an Open Policy Agent server, asked by its REST data API (<c>POST /v1/data/…</c> with
/// <c>{"input": …}</c>). The answer may be a truth value (false denies), a list of messages or of objects with <c>msg</c> (each denies),
/// or an object with <c>allow</c>, <c>deny</c>, <c>violation</c>. No <c>result</c> means that the rule is undefined: unknown. So is every
/// failure to ask: a server that is down never lets something pass.
/// </summary>
/// <param name="http">With the time limit of one question.</param>
/// <param name="rule">The rule's address: <c>http://localhost:8181/v1/data/kubernetes/admission/deny</c>.</param>
public sealed class OpaSource(HttpClient http, Uri rule)
{
    private const int MaxAnswer = 1024 * 1024;

    public string Name { get; } = "opa:" + rule.AbsolutePath.Replace("/v1/data/", "", StringComparison.Ordinal).Trim('/').Replace('/', '.');

    /// <summary>Asks about a subject.</summary>
    public async Task<Verdict> DecideAsync(Subject subject, CancellationToken cancellation)
    {
        // The input of an admission review is what people write rules for.
        var input = new JsonObject
        {
            ["apiVersion"] = "admission.k8s.io/v1",
            ["kind"] = "AdmissionReview",
            ["request"] = new JsonObject
            {
                ["kind"] = new JsonObject { ["group"] = subject.Identity.Group, ["version"] = subject.Identity.Version, ["kind"] = subject.Identity.Kind },
                ["resource"] = new JsonObject { ["group"] = subject.Identity.Group, ["version"] = subject.Identity.Version, ["resource"] = subject.Identity.Resource },
                ["name"] = subject.Identity.Name,
                ["namespace"] = subject.Identity.NamespaceName,
                ["operation"] = subject.Operation,
                ["object"] = subject.Object?.DeepClone(),
                ["oldObject"] = subject.OldObject?.DeepClone(),
                ["userInfo"] = subject.User?.DeepClone(),
            },
        };
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, rule) { Content = JsonContent.Create<JsonNode>(new JsonObject { ["input"] = input }) };
            using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellation);
            string text = await response.Content.ReadAsStringAsync(cancellation);
            if (!response.IsSuccessStatusCode)
            {
                return Unknown($"the server answered {(int)response.StatusCode}{(Message(text) is { } why ? $": {why}" : "")}");
            }

            return text.Length > MaxAnswer ? Unknown("the server's answer is too long") : Read(JsonNode.Parse(text));
        }
        catch (Exception broken) when (broken is HttpRequestException or JsonException || (broken is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return Unknown($"the server cannot be asked: {broken.Message}");
        }
    }

    /// <summary>Pure: an answer's meaning.</summary>
    internal Verdict Read(JsonNode? answer)
    {
        if (answer is not JsonObject members || !members.TryGetPropertyValue("result", out JsonNode? result))
        {
            return Unknown("the rule is undefined for this input");
        }

        switch (result)
        {
            case JsonValue value when KubeJson.AsBool(value) is { } allowed:
                return allowed ? Verdict.Pass : Denied(["the rule is false"]);
            case JsonArray messages:
                return Denied([.. messages.Select(Text)]);
            case JsonObject decision:
                string[] denials = [.. ((string[])["deny", "violation", "violations"]).SelectMany(name => decision.Array(name) ?? []).Select(Text)];
                return denials.Length > 0 ? Denied(denials)
                    : KubeJson.AsBool(decision["allow"] ?? decision["allowed"]) is { } allow ? (allow ? Verdict.Pass : Denied([decision.Text("reason") ?? "allow is false"]))
                    : decision.ContainsKey("deny") || decision.ContainsKey("violation") ? Verdict.Pass
                    : Unknown("the answer has neither allow, deny nor violation");
            default:
                return Unknown($"the answer is a {KubeJson.TypeOf(result)}; expected a truth value, a list or an object");
        }
    }

    private static string Text(JsonNode? one) => KubeJson.AsString(one) ?? one.Text("msg") ?? one.Text("message") ?? one?.ToJsonString() ?? "denied";

    private static string? Message(string text)
    {
        try
        {
            return JsonNode.Parse(text).Text("message");
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private Verdict Denied(IReadOnlyList<string> messages)
        => messages.Count == 0 ? Verdict.Pass : new Verdict(Outcome.Fail, [.. messages.Select((message, index) => Finding(Outcome.Fail, $"{index}", message))]);

    private Verdict Unknown(string why) => new(Outcome.Unknown, [Finding(Outcome.Unknown, "0", $"It cannot be told: {why}.")]);

    private Finding Finding(Outcome outcome, string ruleName, string message) => new() { Policy = Name, Rule = ruleName, Outcome = outcome, Severity = Severity.Medium, Message = message };

    /// <summary>How reports name it.</summary>
    public PolicyDefinition Definition => new()
    {
        Name = Name,
        Dialect = PolicyDialect.Kubernetes,
        Text = new PolicyText { Title = $"Rule of an Open Policy Agent server: {rule}", Waivable = false },
        Match = MatchRules.Everything,
        Validations = [],
        Document = [],
        Origin = rule.AbsoluteUri,
    };
}
