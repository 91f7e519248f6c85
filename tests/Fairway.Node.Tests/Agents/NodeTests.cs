using System.Net.Http;
using System.Text;
using Fairway.Node.Configuration;
using Fairway.Node.Runtimes;
using Fairway.Node.Runtimes.Process;
using Fairway.Node.Tests.Runtimes;
using Fairway.Resources;
using Fairway.Resources.Kinds.Coordination;
using Fairway.Resources.Kinds.Core;
using Fairway.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using NodeResource = Fairway.Resources.Kinds.Core.Node;

namespace Fairway.Node.Tests.Agents;

public sealed class NodeTests
{
    private static readonly Container Web = new() { Name = "web", Image = "shop/web:1", Ports = [new ContainerPort { Number = 8080, Name = "http" }] };

    [Fact]
    public async Task Node_RegistersItselfAndKeepsItsLease()
    {
        await using NodeScene scene = await new NodeScene().StartAsync();

        await Eventually.Holds(() => scene.Cluster.All<Lease>("kube-node-lease").Count == 1, "the lease is there");

        NodeResource node = scene.Cluster.All<NodeResource>().Single();
        node.Metadata.Labels!["kubernetes.io/hostname"].ShouldBe("n1");
        node.Status!.Conditions!.Single(condition => condition.Type == "Ready").Status.ShouldBe("True");
        node.Status.Allocatable!.Keys.ShouldBe(["cpu", "memory", "ephemeral-storage", "pods"], ignoreOrder: true);
        node.Status.NodeInfo!.ContainerRuntimeVersion.ShouldBe("simulated://1");
        node.Status.Addresses!.ShouldContain(address => address.Address == "127.0.0.1");
    }

    [Fact]
    public async Task Pod_BoundToTheNode_RunsAndItsEventsTellTheStory()
    {
        await using NodeScene scene = await new NodeScene().StartAsync();
        scene.Create(Web);

        Pod pod = await scene.ReadyAsync();

        PodPorts.Read(pod).Keys.ShouldBe([8080]);
        pod.Status!.PodIP.ShouldBe("127.0.0.1");
        await Eventually.Holds(
            () => scene.Cluster.All<Event>("shop").Select(told => told.Reason).ToHashSet().IsSupersetOf(["Pulled", "Created", "Started"]), "events are told");
        (await scene.Runtime.ListAsync(pod.Metadata.Uid, CancellationToken.None)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Pod_OfAnotherNode_IsLeftAlone()
    {
        await using NodeScene scene = await new NodeScene().StartAsync();
        scene.Create(Web, spec => spec with { NodeName = "n2" }, name: "other");
        scene.Create(Web);
        await scene.ReadyAsync();

        scene.Find("other")!.Status.ShouldBeNull();
    }

    [Fact]
    public async Task Pod_Deleted_IsShownTerminatingThenEndsAndIsGone()
    {
        await using NodeScene scene = await new NodeScene().StartAsync();
        scene.Create(Web, annotations: new Dictionary<string, string> { ["simulated.fairway.dev/stop-after"] = "100ms" });
        await scene.ReadyAsync();

        await scene.DeleteAsync();

        await scene.HoldsAsync(pod => !NodeScene.IsReady(pod), "the pod is shown as not ready");
        (await scene.Runtime.ListAsync(null, CancellationToken.None)).Single().Phase.ShouldBe(ContainerPhase.Running, "it drains first");
        await Eventually.Holds(() => scene.Find() is null, "the pod is gone");
        await Eventually.Holds(() => scene.Runtime.ListAsync(null, CancellationToken.None).GetAwaiter().GetResult().Count == 0, "its container is removed");
    }

    [Fact]
    public async Task Pod_RemovedByForce_LeavesNoContainer()
    {
        await using NodeScene scene = await new NodeScene().StartAsync();
        scene.Create(Web);
        Pod pod = await scene.ReadyAsync();

        await scene.Cluster.DeleteAsync(
            KindOf<Pod>.Type, "shop", "web-1", new Client.DeleteOptions { GracePeriodSeconds = 0 }, CancellationToken.None);

        await Eventually.Holds(() => scene.Runtime.ListAsync(pod.Metadata.Uid, CancellationToken.None).GetAwaiter().GetResult().Count == 0, "its container is removed");
    }

    [Fact]
    public async Task Pod_WithAMissingImage_SaysWhichAndWhere()
    {
        await using NodeScene scene = await new NodeScene().StartAsync();
        scene.Create(Web with { Image = "shop/missing:2" });

        Pod pod = await scene.HoldsAsync(pod => pod.Status?.ContainerStatuses?[0].State?.Waiting?.Reason == "ErrImagePull", "the pull has failed");

        pod.Status!.Phase.ShouldBe("Pending");
        pod.Status.ContainerStatuses![0].State!.Waiting!.Message!.ShouldContain("shop/missing:2");
    }

    [Fact]
    public async Task Pod_WhoseConfigMapComesLater_StartsAsSoonAsItIsThere()
    {
        await using NodeScene scene = await new NodeScene().StartAsync();
        scene.Create(Web with
        {
            Env = [new EnvVar { Name = "COLOR", ValueFrom = new EnvVarSource { ConfigMapKeyRef = new KeySelector { Name = "app", Key = "color" } } }],
        });
        await scene.HoldsAsync(
            pod => pod.Status?.ContainerStatuses?[0].State?.Waiting is { Reason: "CreateContainerConfigError", Message: "configmap \"app\" not found" },
            "the missing map is named");

        scene.Cluster.Seed(new ConfigMap { Metadata = new ObjectMeta { Name = "app", Namespace = "shop" }, Data = new Dictionary<string, string> { ["color"] = "red" } });

        Pod pod = await scene.ReadyAsync();
        (await ExecAsync(scene, pod, "env")).ShouldContain("COLOR=red");
    }

    [Fact]
    public async Task Platform_Restarted_AdoptsContainersAndEndsOrphans()
    {
        await using NodeScene scene = await new NodeScene().StartAsync();
        scene.Create(Web, name: "stays");
        scene.Create(Web, name: "goes");
        Pod stays = await scene.ReadyAsync("stays");
        Pod goes = await scene.ReadyAsync("goes");
        await scene.StopAsync();
        await scene.Cluster.DeleteAsync(KindOf<Pod>.Type, "shop", "goes", new Client.DeleteOptions { GracePeriodSeconds = 0 }, CancellationToken.None);

        await scene.StartAsync();

        await Eventually.Holds(
            () => scene.Runtime.ListAsync(goes.Metadata.Uid, CancellationToken.None).GetAwaiter().GetResult().Count == 0, "the orphan is ended");
        ContainerRecord adopted = (await scene.Runtime.ListAsync(stays.Metadata.Uid, CancellationToken.None)).Single();
        adopted.Identity.Attempt.ShouldBe(0);
        adopted.Phase.ShouldBe(ContainerPhase.Running);
        PodPorts.Read(scene.Find("stays")!).ShouldBe(PodPorts.Read(stays));
    }

    [Fact]
    public async Task Status_WrittenByOthersInBetween_IsNotLost()
    {
        await using NodeScene scene = await new NodeScene().StartAsync();
        int refusals = 3;
        scene.Cluster.OnRequest = (verb, type, _) =>
        {
            if (verb == "patch" && type.Plural == "pods" && refusals-- > 0)
            {
                throw StatusException.Conflict(type, "web-1", "the object has been modified");
            }
        };
        scene.Create(Web);

        await scene.ReadyAsync();
        (await scene.Runtime.ListAsync(null, CancellationToken.None)).Count.ShouldBe(1, "a conflict starts nothing twice");
    }

    [Fact]
    public async Task Container_ThatEndsBadly_LeavesTheEndOfItsLogWherePolicySaysSo()
    {
        await using NodeScene scene = await new NodeScene().StartAsync();
        scene.Create(
            Web with { TerminationMessagePolicy = "FallbackToLogsOnError" },
            spec => spec with { RestartPolicy = "Never" },
            new Dictionary<string, string>
            {
                ["simulated.fairway.dev/exit-after"] = "10ms",
                ["simulated.fairway.dev/exit-code"] = "3",
                ["simulated.fairway.dev/log"] = "no database",
            });

        Pod pod = await scene.HoldsAsync(pod => pod.Status?.Phase == "Failed", "the pod has failed");

        pod.Status!.ContainerStatuses![0].State!.Terminated!.Message.ShouldBe("no database\n");
    }

    [Fact]
    public async Task Pod_DeletedDuringItsPostStartHook_DoesNotWaitForIt()
    {
        await using NodeScene scene = await new NodeScene().StartAsync();
        scene.Create(Web with { Lifecycle = new Lifecycle { PostStart = new LifecycleHandler { Sleep = new SleepAction { Seconds = 600 } } } });
        await Eventually.Holds(
            () => scene.Runtime.ListAsync(null, CancellationToken.None).GetAwaiter().GetResult().Any(record => record.Phase == ContainerPhase.Running), "it runs");
        NodeScene.IsReady(scene.Find()!).ShouldBeFalse("it is not running for others before its hook is done");

        await scene.DeleteAsync();

        await Eventually.Holds(() => scene.Find() is null, "the pod is gone");
    }

    [Fact]
    public async Task ManyPods_OnManyClocks_AllBecomeReadyAndGo()
    {
        await using NodeScene scene = await new NodeScene().StartAsync();
        for (int i = 0; i < 200; i++)
        {
            scene.Create(Web, name: $"p{i}");
        }

        await Eventually.Holds(() => scene.Cluster.All<Pod>("shop").All(NodeScene.IsReady), "all pods are ready");
        foreach (Pod pod in scene.Cluster.All<Pod>("shop"))
        {
            await scene.DeleteAsync(pod.Metadata.Name);
        }

        await Eventually.Holds(() => scene.Cluster.All<Pod>("shop").Count == 0, "all pods are gone");
    }

    /// <summary>Everything together with real processes: a server on an assigned port, a mounted ConfigMap, logs, a crash, a deletion.</summary>
    [Fact]
    public async Task Pod_OfRealProcesses_ServesLogsRestartsAndGoes()
    {
        using var images = new TemporaryDirectory();
        TestImages store = await TestImages.CreateAsync(images.Path);
        NodeScene? built = null;
        built = new NodeScene(() => Task.FromResult<IContainerRuntime>(ProcessRuntime.Open(
            new ProcessRuntimeOptions { Directory = built!.Directory["runtime"], ImageDirectory = images["unpacked"] },
            store.Store,
            TimeProvider.System,
            NullLogger<ProcessRuntime>.Instance)));
        await using NodeScene scene = await built.StartAsync();
        scene.Cluster.Seed(new ConfigMap { Metadata = new ObjectMeta { Name = "page", Namespace = "shop" }, Data = new Dictionary<string, string> { ["index.html"] = "first" } });
        scene.Create(
            new Container
            {
                Name = "web",
                Image = TestImages.Kit,
                Command = ["/bin/sh", "-c", "echo serving on $PORT; trap 'echo bye; exit 0' TERM; /bin/busybox httpd -f -p 127.0.0.1:$PORT -h $FAIRWAY_ROOT/page & wait"],
                Ports = [new ContainerPort { Number = 8080 }],
                VolumeMounts = [new VolumeMount { Name = "page", MountPath = "/page" }],
                ReadinessProbe = new Probe { HttpGet = new HttpGetAction { Path = "/index.html", Port = 8080 }, PeriodSeconds = 1 },
            },
            spec => spec with { Volumes = [new Volume { Name = "page", ConfigMap = new ConfigMapVolumeSource { Name = "page" } }] });

        Pod pod = await scene.ReadyAsync();
        int port = PodPorts.Read(pod)[8080];
        using var client = new HttpClient();
        (await client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/index.html"))).ShouldBe("first");
        (await LogAsync(scene, pod, new PodLogQuery { Container = "web" })).ShouldBe($"serving on {port}\n");
        (await LogAsync(scene, pod, new PodLogQuery { Container = "web", Timestamps = true })).ShouldMatch(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z serving on \d+\n$");

        scene.Cluster.Seed(new ConfigMap { Metadata = scene.Cluster.All<ConfigMap>("shop")[0].Metadata, Data = new Dictionary<string, string> { ["index.html"] = "second" } });
        await Eventually.Holds(
            () => client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/index.html")).GetAwaiter().GetResult() == "second", "the mounted file is renewed");

        await scene.StopAsync();
        (await client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/index.html"))).ShouldBe("second", "it serves while the platform is down");
        await scene.StartAsync();
        await Eventually.Holds(() => scene.Runtime.ListAsync(null, CancellationToken.None).GetAwaiter().GetResult().Count == 1, "it is adopted");
        scene.Find()!.Status!.ContainerStatuses![0].RestartCount.ShouldBe(0);

        await scene.Runtime.SignalAsync(new ContainerIdentity(pod.Metadata.Uid!, "web", 0), ContainerSignal.Kill, CancellationToken.None);
        pod = await scene.HoldsAsync(after => after.Status?.ContainerStatuses?[0].RestartCount == 1 && NodeScene.IsReady(after), "it is restarted");
        PodPorts.Read(pod)[8080].ShouldBe(port, "a pod keeps its port");
        (await LogAsync(scene, pod, new PodLogQuery { Container = "web", Previous = true })).ShouldBe($"serving on {port}\n");

        using var output = new MemoryStream();
        (await scene.Fleet.ExecAsync(pod, "web", ["sh", "-c", "cat; echo $PORT"], tty: false, Streams(output, new MemoryStream("typed "u8.ToArray())), CancellationToken.None))
            .ShouldBe(0);
        Encoding.UTF8.GetString(output.ToArray()).ShouldBe($"typed {port}\n");

        await scene.DeleteAsync();
        await Eventually.Holds(() => scene.Find() is null, "the pod is gone");
        await Eventually.Holds(() => Directory.GetDirectories(scene.Directory["runtime/pods"]).Length == 0, "nothing of it is left");
    }

    private static SessionStreams Streams(Stream output, Stream? input = null) => new(input, output, Stream.Null, Sizes());

    private static async IAsyncEnumerable<(int Columns, int Rows)> Sizes()
    {
        await Task.CompletedTask;
        yield break;
    }

    private static async Task<string> LogAsync(NodeScene scene, Pod pod, PodLogQuery query)
    {
        using var all = new MemoryStream();
        await foreach (ReadOnlyMemory<byte> bytes in scene.Fleet.ReadLogAsync(pod, query, CancellationToken.None))
        {
            all.Write(bytes.Span);
        }

        return Encoding.UTF8.GetString(all.ToArray());
    }

    private static async Task<string> ExecAsync(NodeScene scene, Pod pod, params string[] command)
    {
        using var output = new MemoryStream();
        await scene.Fleet.ExecAsync(pod, "web", command, tty: false, Streams(output), CancellationToken.None);
        return Encoding.UTF8.GetString(output.ToArray());
    }
}
