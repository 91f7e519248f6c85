using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Fairway.Admission;
using Fairway.ApiServer.Testing;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds;
using Fairway.Resources.Kinds.Admission;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.ApiServer.Tests.Admission;

/// <summary>What a ValidatingAdmissionPolicy objects to passes under a waiver in force, and under no other.</summary>
public sealed class WaivedPolicyTests : IAsyncLifetime
{
    private static readonly ResourceType ConfigMaps = KindOf<ConfigMap>.Type;
    private static readonly DateTimeOffset End = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ConcurrentQueue<WaivedObjection> _used = [];
    private IReadOnlyList<Waiver> _waivers = [];
    private EmbeddedServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await EmbeddedServer.StartAsync(waivers: new AdmissionWaivers { All = () => _waivers, Used = _used.Enqueue });
        IClusterApi api = Api();
        await api.CreateAsync(KindOf<ValidatingAdmissionPolicy>.Type, null, Object("""
            {"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingAdmissionPolicy","metadata":{"name":"no-maps"},
             "spec":{"matchConstraints":{"resourceRules":[{"apiGroups":[""],"apiVersions":["v1"],"operations":["CREATE","DELETE"],"resources":["configmaps"]}]},
                     "matchConditions":[{"name":"mine","expression":"request.namespace == 'default' && request.userInfo.username != 'apiserver'"}],
                     "validations":[{"expression":"true"},{"expression":"request.operation == 'DELETE' && !('keep' in oldObject.metadata.labels)","message":"no maps"}]}}
            """), WriteOptions.Default, default);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Denial_UnderAWaiverInForce_BecomesAWarningAndAnAuditAnnotation()
    {
        await BindAsync("Deny");
        _waivers = [Waiver(End)];
        using HttpClient http = HttpTransport.Connect(_server.Kubeconfig(_server.AdministratorToken).Context("dev"));
        using HttpResponseMessage response = await PostAsync(http, "a", "");
        ((int)response.StatusCode).ShouldBe(201);
        response.Headers.GetValues("Warning").ShouldBe(
            ["299 - \"ValidatingAdmissionPolicy 'no-maps' with binding 'no-maps' is waived until 2030-01-01T00:00:00Z by waiver shop/w of the shop: no maps\""]);
        WaivedObjection used = _used.ShouldHaveSingleItem();
        ResourceIdentity asked = used.Subject.Identity;
        (asked.Cluster, used.Policy.Name, used.Finding.Index, asked.Kind, asked.NamespaceName, asked.Name, used.User).ShouldBe(("dev", "no-maps", 1, "ConfigMap", "default", "a", "admin"));
        ((string?)used.Subject.Object!["metadata"]!["labels"]!["keep"]).ShouldBe("yes");
        await AuditedAsync("\"policy.fairway.dev/waived\":\"no-maps: shop/w of the shop until 2030-01-01T00:00:00Z\"");
    }

    [Fact]
    public async Task Denial_UnderAWaiver_OfADryRun_IsNoUse()
    {
        await BindAsync("Deny", "Audit");
        _waivers = [Waiver(End)];
        using HttpClient http = HttpTransport.Connect(_server.Kubeconfig(_server.AdministratorToken).Context("dev"));
        using HttpResponseMessage response = await PostAsync(http, "a", "?dryRun=All");
        ((int)response.StatusCode).ShouldBe(201);
        _used.ShouldBeEmpty();
    }

    [Fact]
    public async Task Denial_UnderAWaiverThatHasEnded_SaysSo()
    {
        await BindAsync("Deny");
        _waivers = [Waiver(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero))];
        StatusException refused = await Should.ThrowAsync<StatusException>(Api().CreateAsync(ConfigMaps, "default", Map("a"), WriteOptions.Default, default));
        (refused.Code, refused.Message).ShouldBe(
            (422, "configmaps \"a\" is forbidden: ValidatingAdmissionPolicy 'no-maps' with binding 'no-maps' denied request: no maps (waiver shop/w has expired: it ended 2020-01-01 00:00 UTC)"));
        _used.ShouldBeEmpty();
    }

    [Fact]
    public async Task Denial_WithoutAWaiver_IsInKubernetesWords()
    {
        await BindAsync("Deny");
        StatusException refused = await Should.ThrowAsync<StatusException>(Api().CreateAsync(ConfigMaps, "default", Map("a"), WriteOptions.Default, default));
        refused.Message.ShouldBe("configmaps \"a\" is forbidden: ValidatingAdmissionPolicy 'no-maps' with binding 'no-maps' denied request: no maps");
    }

    [Fact]
    public async Task Denials_OfWhichOneIsWaived_StillRefuse()
    {
        await BindAsync("Deny");
        JsonObject other = Binding("second", "Deny");
        other["spec"]!["policyName"] = "no-maps-either";
        await Api().CreateAsync(KindOf<ValidatingAdmissionPolicyBinding>.Type, null, Document.From(other), WriteOptions.Default, default);
        JsonObject more = (await Api().GetAsync(KindOf<ValidatingAdmissionPolicy>.Type, null, "no-maps", default)).ToNode();
        more["metadata"] = new JsonObject { ["name"] = "no-maps-either" };
        await Api().CreateAsync(KindOf<ValidatingAdmissionPolicy>.Type, null, Document.From(more), WriteOptions.Default, default);
        _waivers = [Waiver(End)];
        await Should.ThrowAsync<StatusException>(Api().CreateAsync(ConfigMaps, "default", Map("a"), WriteOptions.Default, default));
        _used.ShouldBeEmpty();
    }

    [Fact]
    public async Task Deletion_UnderAWaiver_IsAskedAboutTheObjectAsItIs()
    {
        await Api().CreateAsync(ConfigMaps, "default", Map("a"), WriteOptions.Default, default);
        await BindAsync("Deny");
        _waivers = [Waiver(End)];
        await Api().DeleteAsync(ConfigMaps, "default", "a", DeleteOptions.Background, default);
        _used.ShouldHaveSingleItem().Subject.Identity.Name.ShouldBe("a");
    }

    private static Waiver Waiver(DateTimeOffset end) => new()
    {
        Metadata = new ObjectMeta { Name = "w", Namespace = "shop", CreationTimestamp = end.AddDays(-30) },
        Spec = new WaiverSpec
        {
            Policy = "no-maps",
            Scope = new WaiverScope { Names = ["a"], Selector = new LabelSelectorSpec { MatchLabels = new Dictionary<string, string> { ["keep"] = "yes" } } },
            Owner = "the shop",
            Reason = "because of reasons",
            CompensatingControl = "none",
            ExpiresAt = end,
            RequestedBy = "ann",
            Approval = new Approval { By = "bob" },
        },
    };

    private IClusterApi Api() => _server.Api.Client("dev", Identity.Of("tester", Identity.Masters));

    private Task BindAsync(params string[] actions)
        => Api().CreateAsync(KindOf<ValidatingAdmissionPolicyBinding>.Type, null, Document.From(Binding("no-maps", actions)), WriteOptions.Default, default);

    private static JsonObject Binding(string name, params string[] actions) => new()
    {
        ["apiVersion"] = "admissionregistration.k8s.io/v1",
        ["kind"] = "ValidatingAdmissionPolicyBinding",
        ["metadata"] = new JsonObject { ["name"] = name },
        ["spec"] = new JsonObject { ["policyName"] = "no-maps", ["validationActions"] = new JsonArray([.. actions.Select(action => (JsonNode)action)]) },
    };

    private static Document Object(string json) => Document.From(JsonNode.Parse(json)!.AsObject());

    private static Document Map(string name) => Object($$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{name}}","labels":{"keep":"yes"} } }""");

    private static async Task<HttpResponseMessage> PostAsync(HttpClient http, string name, string query)
    {
        using var body = new StringContent(Map(name).ToNode().ToJsonString(), Encoding.UTF8, "application/json");
        return await http.PostAsync(new Uri(http.BaseAddress!, $"/clusters/dev/api/v1/namespaces/default/configmaps{query}"), body);
    }

    // Audit is written behind the answer.
    private async Task AuditedAsync(string text)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            await using var file = new FileStream(Path.Combine(_server.DataDirectory, "audit.log"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(file);
            if ((await reader.ReadToEndAsync(patience.Token)).Contains(text, StringComparison.Ordinal))
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, patience.Token);
        }
    }
}
