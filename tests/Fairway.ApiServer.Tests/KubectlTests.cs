using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Fairway.ApiServer.Testing;

namespace Fairway.ApiServer.Tests;

/// <summary>What stock kubectl does with the server, in its own words.</summary>
[Collection("kubectl")]
public sealed class KubectlTests(KubectlFixture fixture)
{
    private const string Deployment = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, labels: {app: web}}
        spec:
          replicas: 1
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              containers:
              - name: web
                image: shop/web:1
                env: [{name: COLOR, value: blue}]
        """;

    private const string Pod = """
        apiVersion: v1
        kind: Pod
        metadata: {name: web, labels: {app: web}}
        spec: {nodeName: node, containers: [{name: web, image: x}]}
        """;

    [KubectlFact]
    public async Task Apply_TwiceWithAChange_ConfiguresAndThenLeavesUnchanged()
    {
        string ns = await NamespaceAsync();
        (await Apply(ns, Deployment)).ShouldBe("deployment.apps/web created\n");
        string changed = Deployment.Replace("replicas: 1", "replicas: 3", StringComparison.Ordinal);
        KubectlResult diff = await fixture.Kubectl.WithInputAsync(changed, "diff", "-n", ns, "-f", "-");
        diff.ExitCode.ShouldBe(1);
        diff.Output.ShouldContain("+  replicas: 3");

        (await Apply(ns, changed)).ShouldBe("deployment.apps/web configured\n");
        (await Apply(ns, changed)).ShouldBe("deployment.apps/web unchanged\n");
        (await Get(ns, "{.spec.replicas} {.metadata.generation}")).ShouldBe("3 2");
    }

    [KubectlFact]
    public async Task ServerSideApply_FieldOfAnother_ConflictsUntilForced()
    {
        string ns = await NamespaceAsync();
        await Apply(ns, Deployment, "--server-side", "--field-manager=one");
        string changed = Deployment.Replace("value: blue", "value: green", StringComparison.Ordinal);

        KubectlResult conflict = await fixture.Kubectl.WithInputAsync(changed, "apply", "-n", ns, "--server-side", "--field-manager=two", "-f", "-");
        conflict.ExitCode.ShouldBe(1);
        conflict.Error.ShouldContain("conflict with \"one\": .spec.template.spec.containers[name=\"web\"].env[name=\"COLOR\"].value");
        await Apply(ns, changed, "--server-side", "--field-manager=two", "--force-conflicts");

        (await Get(ns, "{.spec.template.spec.containers[0].env[0].value}")).ShouldBe("green");
    }

    [KubectlFact]
    public async Task Patch_InEveryForm_ChangesTheObject()
    {
        string ns = await NamespaceAsync();
        await Apply(ns, Deployment);
        await K(ns, "patch", "deploy", "web", "-p", """{"spec":{"template":{"spec":{"containers":[{"name":"web","env":[{"name":"SIZE","value":"xl"}]}]}}}}""");
        await K(ns, "patch", "deploy", "web", "--type=json", "-p", """[{"op":"replace","path":"/spec/replicas","value":4}]""");
        await K(ns, "patch", "deploy", "web", "--type=merge", "-p", """{"spec":{"paused":true}}""");
        await K(ns, "patch", "deploy", "web", "--subresource=status", "--type=merge", "-p", """{"status":{"replicas":2},"spec":{"replicas":9}}""");

        (await Get(ns, "{.spec.template.spec.containers[0].env[*].name} {.spec.replicas} {.spec.paused} {.status.replicas} {.metadata.generation}"))
            .Split(' ').Order().ShouldBe(((string[])["COLOR", "SIZE", "4", "true", "2", "4"]).Order());
        KubectlResult wrong = await fixture.Kubectl.RunAsync("patch", "-n", ns, "deploy", "web", "--type=json", "-p", """[{"op":"test","path":"/spec/replicas","value":5}]""");
        wrong.ExitCode.ShouldBe(1);
    }

    [KubectlFact]
    public async Task Label_Annotate_Scale_Edit_ChangeTheObject()
    {
        string ns = await NamespaceAsync();
        await Apply(ns, Deployment);
        (await K(ns, "label", "deploy", "web", "tier=front")).ShouldBe("deployment.apps/web labeled\n");
        (await K(ns, "annotate", "deploy", "web", "note=it")).ShouldBe("deployment.apps/web annotated\n");
        (await K(ns, "scale", "deploy", "web", "--replicas=5", "--current-replicas=1")).ShouldBe("deployment.apps/web scaled\n");
        using var editor = new Kubectl(fixture.Server.KubeconfigPath, "dev") { Environment = { ["KUBE_EDITOR"] = "sed -i s/replicas:.5/replicas:\\ 7/" } };
        (await editor.RunAsync("edit", "-n", ns, "deploy", "web")).Text.ShouldContain("edited");

        (await Get(ns, "{.metadata.labels.tier} {.metadata.annotations.note} {.spec.replicas}")).ShouldBe("front it 7");
        (await K(ns, "get", "deploy", "-l", "tier in (front),app!=x", "-o", "name")).ShouldBe("deployment.apps/web\n");
    }

    [KubectlFact]
    public async Task Get_InEveryOutput_ShowsTheObject()
    {
        string ns = await NamespaceAsync();
        await Apply(ns, Deployment);
        (await K(ns, "get", "deploy")).ShouldMatch(@"NAME +READY +UP-TO-DATE +AVAILABLE +AGE\s+web +0/1 +0 +0 +\d+s");
        (await K(ns, "get", "deploy", "-o", "wide")).ShouldContain("shop/web:1");
        (await K(ns, "get", "deploy", "web", "-o", "yaml")).ShouldContain("image: shop/web:1");
        (await K(ns, "get", "deploy", "-o", "custom-columns=N:.metadata.name,R:.spec.replicas")).ShouldBe("N     R\nweb   1\n");
        (await K(ns, "describe", "deploy", "web")).ShouldContain("Selector:               app=web");
        (await K(ns, "explain", "deployment.spec.replicas")).ShouldContain("FIELD: replicas <integer>");
        (await K(ns, "explain", "rollout.spec")).ShouldContain("FIELDS:");
        (await K(ns, "api-resources", "--api-group=fairway.dev", "-o", "name")).ShouldContain("rollouts.fairway.dev");
        (await K(ns, "version")).ShouldContain("Server Version: v1.32");
    }

    [KubectlFact]
    public async Task Get_InChunks_ShowsEverythingInOrder()
    {
        string ns = await NamespaceAsync();
        for (int number = 0; number < 7; number++)
        {
            await K(ns, "create", "configmap", $"c{6 - number}", $"--from-literal=n={number}");
        }

        (await K(ns, "get", "cm", "--chunk-size=2", "-o", "name")).ShouldBe(string.Concat(Enumerable.Range(0, 7).Select(number => $"configmap/c{number}\n")));
        (await K(ns, "get", "cm", "--chunk-size=3", "--sort-by=.data.n", "-o", "name")).ShouldStartWith("configmap/c6\n");
    }

    [KubectlFact]
    public async Task Create_WithUnknownField_IsRefusedByName()
    {
        string ns = await NamespaceAsync();
        KubectlResult refused = await fixture.Kubectl.WithInputAsync("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndat: {}\n", "create", "-n", ns, "-f", "-");

        refused.ExitCode.ShouldBe(1);
        refused.Error.ShouldContain("unknown field \"dat\"");
        (await fixture.Kubectl.RunAsync("create", "-n", "nowhere", "cm", "a")).Error.ShouldContain("namespaces \"nowhere\" not found");
    }

    [KubectlFact]
    public async Task Create_ByGeneratedClients_ReadsProtobuf()
    {
        string ns = await NamespaceAsync();
        await K(ns, "create", "secret", "generic", "s", "--from-literal=password=hunter2");
        await K(ns, "create", "deployment", "d", "--image=nginx", "--replicas=2", "--port=80");
        await K(ns, "create", "service", "clusterip", "d", "--tcp=80:8080");
        await K(ns, "create", "role", "r", "--verb=get,list", "--resource=pods,deployments.apps");
        await K(ns, "create", "rolebinding", "r", "--role=r", "--user=ann");

        (await K(ns, "get", "secret", "s", "-o", "jsonpath={.data.password}")).ShouldBe("aHVudGVyMg==");
        (await K(ns, "get", "deploy", "d", "-o", "jsonpath={.spec.replicas} {.spec.template.spec.containers[0].ports[0].containerPort}")).ShouldBe("2 80");
        (await K(ns, "get", "svc", "d", "-o", "jsonpath={.spec.clusterIP} {.spec.ports[0].targetPort}")).ShouldMatch(@"^10\.\d+\.\d+\.\d+ 8080$");
        (await K(ns, "auth", "can-i", "list", "deployments.apps", "--as=ann")).ShouldBe("yes\n");
        (await fixture.Kubectl.RunAsync("auth", "can-i", "delete", "pods", "-n", ns, "--as=ann")).Output.ShouldBe("no\n");
        (await fixture.Kubectl.RunAsync("get", "secrets", "-n", ns, "--as=ann")).Error.ShouldBe(
            $"Error from server (Forbidden): secrets is forbidden: User \"ann\" cannot list resource \"secrets\" in API group \"\" in the namespace \"{ns}\"\n");
        (await K(ns, "auth", "whoami", "-o", "jsonpath={.status.userInfo.username}")).ShouldBe("admin");
    }

    [KubectlFact]
    public async Task Delete_PodOnANode_WaitsForItsNode()
    {
        string ns = await NamespaceAsync();
        await Apply(ns, Pod);
        await K(ns, "delete", "pod", "web", "--wait=false");
        (await K(ns, "get", "pod", "web", "-o", "jsonpath={.metadata.deletionGracePeriodSeconds}")).ShouldBe("30");
        (await K(ns, "get", "pod", "web")).ShouldContain("Terminating");
        await K(ns, "delete", "pod", "web", "--grace-period=0", "--force");

        (await fixture.Kubectl.RunAsync("get", "-n", ns, "pod", "web")).Error.ShouldBe("Error from server (NotFound): pods \"web\" not found\n");
    }

    [KubectlFact]
    public async Task Delete_WithFinalizer_WaitsUntilItIsGone()
    {
        string ns = await NamespaceAsync();
        await Apply(ns, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: held, finalizers: [fairway.dev/test]}\n");
        await K(ns, "delete", "cm", "held", "--wait=false");
        (await K(ns, "get", "cm", "held", "-o", "jsonpath={.metadata.deletionTimestamp}")).ShouldNotBeEmpty();
        Task<KubectlResult> waiting = fixture.Kubectl.RunAsync("wait", "-n", ns, "--for=delete", "cm/held", "--timeout=60s");
        await K(ns, "patch", "cm", "held", "--type=merge", "-p", """{"metadata":{"finalizers":null}}""");

        (await waiting).ExitCode.ShouldBe(0);
    }

    [KubectlFact]
    public async Task Logs_And_Exec_GoThroughTheNode()
    {
        string ns = await NamespaceAsync();
        await Apply(ns, Pod);
        (await K(ns, "logs", "web", "--tail=2")).ShouldBe("web now 1\nweb now 2\n");
        (await K(ns, "logs", "web", "--previous", "-c", "web", "--limit-bytes=3")).ShouldBe("web");
        (await fixture.Kubectl.RunAsync("logs", "-n", ns, "web", "-c", "other")).Error.ShouldContain("container other is not valid for pod web");
        (await fixture.Kubectl.RunAsync("exec", "-n", ns, "web", "--", "exit", "3")).ExitCode.ShouldBe(3);
        (await fixture.Kubectl.RunAsync("hello", ["exec", "-n", ns, "-i", "web", "--", "cat"])).Text.ShouldBe("cat\nhello");
    }

    [KubectlFact]
    public async Task PortForward_ToAPort_CarriesBytesBothWays()
    {
        string ns = await NamespaceAsync();
        await Apply(ns, Pod);
        await K(ns, "patch", "pod", "web", "--subresource=status", "--type=merge", "-p", """{"status":{"phase":"Running"}}""");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task echo = EchoAsync(listener);
        fixture.Server.Api.Pods.Connect = async (request, cancellation) =>
        {
            request.Port.ShouldBe(8080);
            var client = new TcpClient();
            await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, cancellation);
            return client.GetStream();
        };
        using Process forward = fixture.Kubectl.Start("port-forward", "-n", ns, "pod/web", ":8080");
        string line = (await forward.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)))!;
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, int.Parse(line.Split(" -> ")[0].Split(':')[^1]));
        byte[] sent = new byte[200_000];
        Random.Shared.NextBytes(sent);
        byte[] received = new byte[sent.Length];
        Task writing = client.GetStream().WriteAsync(sent).AsTask();
        await client.GetStream().ReadExactlyAsync(received).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
        await writing;
        forward.Kill();

        received.ShouldBe(sent);
        client.Close();
        await echo.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [KubectlFact]
    public async Task Watch_WhileObjectsChange_PrintsEachChange()
    {
        string ns = await NamespaceAsync();
        await K(ns, "create", "cm", "first");
        using Process watch = fixture.Kubectl.Start("get", "-n", ns, "cm", "-w", "-o", "name");
        (await NextLine(watch)).ShouldBe("configmap/first");
        await K(ns, "create", "cm", "second");
        (await NextLine(watch)).ShouldBe("configmap/second");
        watch.Kill();
    }

    private static async Task<string?> NextLine(Process process)
        => await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));

    private static async Task EchoAsync(TcpListener listener)
    {
        using TcpClient connection = await listener.AcceptTcpClientAsync();
        try
        {
            await connection.GetStream().CopyToAsync(connection.GetStream());
        }
        catch (IOException)
        {
            // The tunnel was killed.
        }
    }

    private async Task<string> NamespaceAsync()
    {
        string name = $"t-{Guid.NewGuid():N}"[..12];
        (await fixture.Kubectl.RunAsync("create", "namespace", name)).Text.ShouldBe($"namespace/{name} created\n");
        return name;
    }

    private Task<string> Get(string ns, string path) => K(ns, "get", "deploy", "web", "-o", $"jsonpath={path}");

    private async Task<string> K(string ns, params string[] arguments)
        => (await fixture.Kubectl.RunAsync([arguments[0], "-n", ns, .. arguments[1..]])).Text;

    private async Task<string> Apply(string ns, string manifest, params string[] options)
        => (await fixture.Kubectl.WithInputAsync(manifest, ["apply", "-n", ns, "-f", "-", .. options])).Text;
}
