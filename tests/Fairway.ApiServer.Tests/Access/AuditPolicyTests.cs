namespace Fairway.ApiServer.Tests.Access;

public sealed class AuditPolicyTests
{
    private static readonly AuditPolicy Policy = AuditPolicy.Parse("""
        apiVersion: audit.k8s.io/v1
        kind: Policy
        omitStages: [RequestReceived]
        rules:
        - level: None
          users: ["system:watcher"]
          verbs: [get, list, watch]
        - level: RequestResponse
          resources:
          - {group: "", resources: [pods]}
        - level: Metadata
          resources:
          - {group: "", resources: ["pods/log", "pods/status"]}
        - level: Request
          resources:
          - {group: apps}
          omitStages: [ResponseStarted]
        - level: None
          nonResourceURLs: ["/healthz*"]
        - level: Metadata
          namespaces: [kube-system]
        """);

    [Theory]
    [InlineData("ann", "GET", "/api/v1/namespaces/a/pods/x", AuditLevel.RequestResponse)]
    [InlineData("system:watcher", "GET", "/api/v1/namespaces/a/pods/x", AuditLevel.None)]
    [InlineData("system:watcher", "POST", "/api/v1/namespaces/a/pods", AuditLevel.RequestResponse)]
    [InlineData("ann", "GET", "/api/v1/namespaces/a/pods/x/log", AuditLevel.Metadata)]
    [InlineData("ann", "GET", "/apis/apps/v1/deployments", AuditLevel.Request)]
    [InlineData("ann", "GET", "/healthz/ping", AuditLevel.None)]
    [InlineData("ann", "GET", "/version", AuditLevel.None)]
    [InlineData("ann", "GET", "/api/v1/namespaces/kube-system/configmaps", AuditLevel.Metadata)]
    [InlineData("ann", "GET", "/api/v1/namespaces/a/configmaps", AuditLevel.None)]
    public void Decide_TakesTheFirstRuleThatMatches(string user, string method, string path, AuditLevel expected)
        => Policy.Decide(Identity.Of(user), RequestInfo.Parse(method, path, isWatch: false, null)).Level.ShouldBe(expected);

    [Fact]
    public void Decide_JoinsTheStagesThatAreLeftOut()
        => Policy.Decide(Identity.Of("a"), RequestInfo.Parse("GET", "/apis/apps/v1/deployments", isWatch: false, null)).OmitStages.ShouldBe(["RequestReceived", "ResponseStarted"]);

    [Theory]
    [InlineData("kind: Policy", "apiVersion and kind are")]
    [InlineData("{apiVersion: audit.k8s.io/v1, kind: Policy}", "rules: is missing or empty")]
    [InlineData("{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: All}]}", "rules[0].level: is \"All\"; expected None, Metadata, Request or RequestResponse")]
    [InlineData("{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: None, omitStages: [Never]}]}", "rules[0].omitStages: \"Never\" is no stage")]
    public void Parse_OfWhatIsNoPolicy_NamesTheField(string text, string expected)
        => Should.Throw<FormatException>(() => AuditPolicy.Parse(text)).Message.ShouldStartWith(expected);
}
