using System.Text;
using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Monitoring;

namespace Fairway.EndToEnd.Tests;

/// <summary>Policies, waivers and rules as people use them on a running platform.</summary>
public sealed class GovernanceTests
{
    [Fact]
    public async Task Waiver_ApprovedByAnother_LetsADeniedPodThrough_AndTheLedgerTells()
    {
        await using PlatformProcess platform = await PlatformProcess.StartAsync("hub=none", "dev=none");
        HttpClusterApi dev = await platform.ClusterAsync("dev");
        await RunAsync(platform, "policy", "packs", "install", "pod-security-baseline", "--cluster", "dev", "--stage", "deny");
        Document pod = Document.From(JsonNode.Parse("""
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"bad","namespace":"default"},"spec":{"hostNetwork":true,"containers":[{"name":"a","image":"a"}]}}
            """)!.AsObject());
        (await DeniedAsync(dev, pod)).ShouldNotContain("waiver");

        await RunAsync(
            platform, "waivers", "request", "pss-host-namespaces", "--name", "w", "--owner", "shop", "--expires", "30d", "--for-namespace", "default", "--for-cluster", "dev",
            "--reason", "a vendor agent needs it", "--control", "isolated nodes");
        await Eventually.GetAsync("the waiver", async () => (await DeniedAsync(dev, pod)).Contains("(waiver default/w waits for approval", StringComparison.Ordinal) ? "" : null);
        (await platform.RunAsync("waivers", "approve", "w")).ExitCode.ShouldBe(4); // nobody approves their own

        await ApproveAsync(platform, "bob");
        await Eventually.GetAsync("the pod", async () => await dev.CreateAsync(KindOf<Pod>.Type, "default", pod, WriteOptions.Default, default));
        string ledger = await Eventually.GetAsync("the use", async () => (await platform.RunAsync("ledger", "list", "-o", "json")).Output is var text && text.Contains("waiver.used", StringComparison.Ordinal) ? text : null);
        ledger.ShouldContain("Pod default/bad");
    }

    [Fact]
    public async Task PrometheusRule_OfACluster_IsEvaluated_AndRefusedWhenItCannotBe()
    {
        await using PlatformProcess platform = await PlatformProcess.StartAsync("hub=none", "dev=none");
        HttpClusterApi dev = await platform.ClusterAsync("dev");
        string rules = $"{(await platform.JsonAsync("status"))["endpoints"]!["prometheus"]}/api/v1/rules";
        using var http = new HttpClient();
        static Document Rule(string expression) => Document.From(JsonNode.Parse($$$"""
            {"apiVersion":"monitoring.coreos.com/v1","kind":"PrometheusRule","metadata":{"name":"shop","namespace":"default"},
             "spec":{"groups":[{"name":"shop.rules","interval":"1s","partial_response_strategy":"warn","rules":[{"record":"shop:one","expr":"{{{expression}}}"}]}]}}
            """)!.AsObject());
        await dev.CreateAsync(KindOf<PrometheusRule>.Type, "default", Rule("vector(1)"), WriteOptions.Default, default);
        await Eventually.GetAsync("the rule's health", async () => (await http.GetStringAsync(new Uri(rules))) is var text && text.Contains("dev/default/shop", StringComparison.Ordinal) && text.Contains("\"health\":\"ok\"", StringComparison.Ordinal) ? text : null);

        await dev.DeleteAsync(KindOf<PrometheusRule>.Type, "default", "shop", DeleteOptions.Background, default);
        await Eventually.GetAsync("the end of the rule", async () => (await http.GetStringAsync(new Uri(rules))).Contains("dev/default/shop", StringComparison.Ordinal) ? null : "");

        StatusException refused = await Should.ThrowAsync<StatusException>(() => dev.CreateAsync(KindOf<PrometheusRule>.Type, "default", Rule("sum("), WriteOptions.Default, default));
        refused.Message.ShouldContain("spec.groups[0].rules[0].expr");
    }

    private static async Task<string> DeniedAsync(HttpClusterApi api, Document pod)
        => (await Should.ThrowAsync<StatusException>(api.CreateAsync(KindOf<Pod>.Type, "default", pod, WriteOptions.Default, default))).Message;

    private static async Task ApproveAsync(PlatformProcess platform, string user)
    {
        Outcome kubeconfig = await platform.RunAsync("kubeconfig");
        KubeconfigContext hub = Kubeconfig.Parse(kubeconfig.Output, "kubeconfig").Context("hub");
        using HttpClient http = HttpTransport.Connect(hub);
        http.DefaultRequestHeaders.Add("Impersonate-User", user);
        http.DefaultRequestHeaders.Add("Impersonate-Group", "system:masters");
        using var patch = new StringContent("""{"spec":{"approval":{"comment":"until spring"}}}""", Encoding.UTF8, "application/merge-patch+json");
        using HttpResponseMessage answer = await http.PatchAsync(new Uri(hub.Server.AbsoluteUri.TrimEnd('/') + "/apis/fairway.dev/v1/namespaces/default/waivers/w"), patch);
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
    }

    private static async Task RunAsync(PlatformProcess platform, params string[] line)
    {
        Outcome outcome = await platform.RunAsync(line);
        outcome.ExitCode.ShouldBe(0, outcome.Errors);
    }
}
