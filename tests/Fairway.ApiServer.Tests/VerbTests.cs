using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Fairway.ApiServer.Testing;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;

namespace Fairway.ApiServer.Tests;

/// <summary>One server, spoken to over both transports.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    public EmbeddedServer Server { get; private set; } = null!;

    public async Task InitializeAsync() => Server = await EmbeddedServer.StartAsync();

    public async Task DisposeAsync() => await Server.DisposeAsync();

    /// <summary>HTTP as the administrator, from the server's root.</summary>
    public HttpClient NewClient()
    {
        HttpClient http = HttpTransport.Connect(Server.Kubeconfig(Server.AdministratorToken).Context("dev"));
        http.BaseAddress = Server.Url;
        return http;
    }
}

/// <summary>The verbs as clients see them, over HTTP and in process alike.</summary>
public sealed class VerbTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private static readonly ResourceType ConfigMaps = KindOf<ConfigMap>.Type;

    public static TheoryData<string> Transports => ["http", "in process"];

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Update_WithAnOldVersion_Conflicts(string transport)
    {
        (IClusterApi api, string ns) = await BeginAsync(transport);
        Document created = await api.CreateAsync(ConfigMaps, ns, Map("a", "1"), WriteOptions.Default, default);
        await api.UpdateAsync(ConfigMaps, ns, "a", Map("a", "2"), WriteOptions.Default, default);

        JsonObject stale = created.ToNode();
        stale["data"]!["k"] = "3";
        StatusException refused = await Should.ThrowAsync<StatusException>(api.UpdateAsync(ConfigMaps, ns, "a", Document.From(stale), WriteOptions.Default, default));
        refused.IsConflict.ShouldBeTrue();
        refused.Message.ShouldBe("Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply your changes to the latest version and try again");
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Refusals_AreTheSameOverBothTransports(string transport)
    {
        (IClusterApi api, string ns) = await BeginAsync(transport);
        await api.CreateAsync(ConfigMaps, ns, Map("a", "1"), WriteOptions.Default, default);

        (await Should.ThrowAsync<StatusException>(api.GetAsync(ConfigMaps, ns, "none", default))).Message.ShouldBe("configmaps \"none\" not found");
        (await Should.ThrowAsync<StatusException>(api.CreateAsync(ConfigMaps, ns, Map("a", "1"), WriteOptions.Default, default))).IsAlreadyExists.ShouldBeTrue();
        (await Should.ThrowAsync<StatusException>(api.CreateAsync(ConfigMaps, ns, Map("Bad_Name", "1"), WriteOptions.Default, default))).Code.ShouldBe(422);
        (await Should.ThrowAsync<StatusException>(api.CreateAsync(ConfigMaps, "nowhere", Map("a", "1"), WriteOptions.Default, default))).Message.ShouldBe("namespaces \"nowhere\" not found");
        (await Should.ThrowAsync<StatusException>(api.ListAsync(ConfigMaps, ns, new ListOptions { FieldSelector = "data.k=1" }, default))).Message.ShouldBe("\"data.k\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"");
        (await Should.ThrowAsync<StatusException>(api.DeleteAsync(ConfigMaps, ns, "a", new DeleteOptions { PreconditionUid = "other" }, default))).Code.ShouldBe(409);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task List_Paged_ShowsOneRevisionWhateverHappens(string transport)
    {
        (IClusterApi api, string ns) = await BeginAsync(transport);
        for (int number = 0; number < 5; number++)
        {
            await api.CreateAsync(ConfigMaps, ns, Map($"c{number}", "1"), WriteOptions.Default, default);
        }

        DocumentList first = await api.ListAsync(ConfigMaps, ns, new ListOptions { Limit = 2 }, default);
        await api.DeleteAsync(ConfigMaps, ns, "c3", DeleteOptions.Background, default);
        await api.CreateAsync(ConfigMaps, ns, Map("c9", "1"), WriteOptions.Default, default);
        DocumentList second = await api.ListAsync(ConfigMaps, ns, new ListOptions { Limit = 2, Continue = first.Continue }, default);
        DocumentList last = await api.ListAsync(ConfigMaps, ns, new ListOptions { Limit = 2, Continue = second.Continue }, default);

        first.Items.Concat(second.Items).Concat(last.Items).Select(item => item.Header.Name).ShouldBe(["c0", "c1", "c2", "c3", "c4"]);
        last.Continue.ShouldBeNull();
        second.ResourceVersion.ShouldBe(first.ResourceVersion);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Watch_ThroughASelection_TellsEntryAndExit(string transport)
    {
        (IClusterApi api, string ns) = await BeginAsync(transport);
        DocumentList now = await api.ListAsync(ConfigMaps, ns, ListOptions.All, default);
        using var ending = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        Task<List<string>> seen = TakeAsync(
            api.WatchAsync(ConfigMaps, ns, new WatchOptions { ResourceVersion = now.ResourceVersion, LabelSelector = "on=yes" }, ending.Token), 4);
        await api.CreateAsync(ConfigMaps, ns, Map("w", "1"), WriteOptions.Default, default);
        foreach (string patch in (string[])["""{"metadata":{"labels":{"on":"yes"}}}""", """{"data":{"k":"2"}}""", """{"metadata":{"labels":{"on":"no"}}}""", """{"metadata":{"labels":{"on":"yes"}}}"""])
        {
            await api.PatchAsync(ConfigMaps, ns, "w", new PatchBody(PatchKind.Merge, JsonNode.Parse(patch)!), WriteOptions.Default, default);
        }

        (await seen).ShouldBe(["Added w", "Modified w", "Deleted w", "Added w"]);
    }

    [Fact]
    public async Task Watch_FromAVersionToCome_WaitsForIt()
    {
        (IClusterApi api, string ns) = await BeginAsync("http");
        long now = long.Parse((await api.ListAsync(ConfigMaps, ns, ListOptions.All, default)).ResourceVersion, System.Globalization.CultureInfo.InvariantCulture);
        ValueTask<WatchEvent> first = api.WatchAsync(ConfigMaps, ns, new WatchOptions { ResourceVersion = (now + 2).ToString(System.Globalization.CultureInfo.InvariantCulture) }, default).FirstAsync();
        Task<WatchEvent> heard = first.AsTask();
        for (int number = 0; number < 200 && !heard.IsCompleted; number++)
        {
            await api.CreateAsync(ConfigMaps, ns, Map($"later-{number}", "1"), WriteOptions.Default, default);
        }

        long.Parse((await heard).Object.Header.ResourceVersion!, System.Globalization.CultureInfo.InvariantCulture).ShouldBeGreaterThan(now + 2);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Patch_ByManyAtOnce_LosesNothing(string transport)
    {
        (IClusterApi api, string ns) = await BeginAsync(transport);
        await api.CreateAsync(ConfigMaps, ns, Map("busy", "1"), WriteOptions.Default, default);
        await Parallel.ForEachAsync(Enumerable.Range(0, 64), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (number, cancellation) =>
            await api.PatchAsync(ConfigMaps, ns, "busy", new PatchBody(PatchKind.Merge, new JsonObject { ["data"] = new JsonObject { [$"n{number}"] = "x" } }), WriteOptions.Default, cancellation));

        ((JsonObject)(await api.GetAsync(ConfigMaps, ns, "busy", default)).ToNode()["data"]!).Count.ShouldBe(65);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Create_WithGenerateName_MakesDistinctNames(string transport)
    {
        (IClusterApi api, string ns) = await BeginAsync(transport);
        var names = new ConcurrentBag<string>();
        Document body = Document.From(new JsonObject { ["metadata"] = new JsonObject { ["generateName"] = "g-" } });
        await Parallel.ForEachAsync(Enumerable.Range(0, 50), async (_, cancellation) =>
            names.Add((await api.CreateAsync(ConfigMaps, ns, body, WriteOptions.Default, cancellation)).Header.Name));

        names.Distinct().Count().ShouldBe(50);
        names.ShouldAllBe(name => name.StartsWith("g-", StringComparison.Ordinal) && name.Length == 7);
    }

    [Fact]
    public async Task Create_DryRun_StoresNothing()
    {
        (IClusterApi api, string ns) = await BeginAsync("http");
        await api.CreateAsync(ConfigMaps, ns, Map("dry", "1"), new WriteOptions { DryRun = true }, default);

        (await Should.ThrowAsync<StatusException>(api.GetAsync(ConfigMaps, ns, "dry", default))).IsNotFound.ShouldBeTrue();
    }

    [Fact]
    public async Task Status_And_Spec_AreWrittenApart()
    {
        (IClusterApi api, string ns) = await BeginAsync("in process");
        JsonObject body = JsonNode.Parse("""
            {"metadata":{"name":"d"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}},"status":{"replicas":9}}
            """)!.AsObject();
        Document created = await api.CreateAsync(KindOf<Deployment>.Type, ns, Document.From(body), WriteOptions.Default, default);
        JsonObject changed = created.ToNode();
        changed["status"] = new JsonObject { ["replicas"] = 3 };
        changed["spec"]!["replicas"] = 7;
        JsonNode status = (await api.UpdateAsync(KindOf<Deployment>.Type, ns, "d", Document.From(changed), new WriteOptions { Subresource = "status" }, default)).ToNode();

        created.ToNode()["status"]?["replicas"].ShouldBeNull();
        ((int)status["spec"]!["replicas"]!).ShouldBe(1);
        ((int)status["status"]!["replicas"]!).ShouldBe(3);
        ((int)status["metadata"]!["generation"]!).ShouldBe(1);
    }

    [Fact]
    public async Task Delete_Foreground_HoldsTheOwnerByFinalizer()
    {
        (IClusterApi api, string ns) = await BeginAsync("http");
        await api.CreateAsync(ConfigMaps, ns, Map("owner", "1"), WriteOptions.Default, default);
        Document deleting = await api.DeleteAsync(ConfigMaps, ns, "owner", new DeleteOptions { PropagationPolicy = "Foreground" }, default);

        deleting.Header.Finalizers.ShouldBe(["foregroundDeletion"]);
        deleting.Header.IsDeleting.ShouldBeTrue();
    }

    [Fact]
    public async Task Namespace_Deleted_TakesNothingNewAndGoesWhenFinalized()
    {
        IClusterApi api = fixture.Server.Api.Client("stage", Identity.Component("test"));
        ResourceType namespaces = KindOf<Namespace>.Type;
        await api.CreateAsync(namespaces, null, Document.From(new JsonObject { ["metadata"] = new JsonObject { ["name"] = "going" } }), WriteOptions.Default, default);
        (await api.GetAsync(KindOf<ServiceAccount>.Type, "going", "default", default)).Header.Name.ShouldBe("default");
        Document deleting = await api.DeleteAsync(namespaces, null, "going", DeleteOptions.Background, default);

        deleting.ToNode()["status"]!["phase"]!.ToString().ShouldBe("Terminating");
        (await Should.ThrowAsync<StatusException>(api.CreateAsync(ConfigMaps, "going", Map("late", "1"), WriteOptions.Default, default))).Message
            .ShouldBe("configmaps \"late\" is forbidden: unable to create new content in namespace going because it is being terminated");
        JsonObject done = deleting.ToNode();
        done["spec"]!["finalizers"] = new JsonArray();
        await api.UpdateAsync(namespaces, null, "going", Document.From(done), new WriteOptions { Subresource = "finalize" }, default);
        (await Should.ThrowAsync<StatusException>(api.GetAsync(namespaces, null, "going", default))).IsNotFound.ShouldBeTrue();
    }

    [Fact]
    public async Task Clusters_AreSeparate()
    {
        using HttpClusterApi dev = fixture.Server.Connect("dev");
        using HttpClusterApi prod = fixture.Server.Connect("prod");
        await dev.CreateAsync(ConfigMaps, "default", Map("only-dev", "1"), WriteOptions.Default, default);

        (await Should.ThrowAsync<StatusException>(prod.GetAsync(ConfigMaps, "default", "only-dev", default))).IsNotFound.ShouldBeTrue();
    }

    [Fact]
    public async Task User_WithoutRights_IsRefusedOverBothTransports()
    {
        string token = await fixture.Server.Tokens.IssueAsync(Identity.Of("eve"), null, default);
        using HttpClusterApi http = fixture.Server.Connect("dev", token);
        const string Expected = "configmaps is forbidden: User \"eve\" cannot list resource \"configmaps\" in API group \"\" in the namespace \"default\"";

        (await Should.ThrowAsync<StatusException>(http.ListAsync(ConfigMaps, "default", ListOptions.All, default))).Message.ShouldBe(Expected);
        (await Should.ThrowAsync<StatusException>(fixture.Server.Api.Client("dev", Identity.Of("eve")).ListAsync(ConfigMaps, "default", ListOptions.All, default))).Message.ShouldBe(Expected);
        using HttpClusterApi nobody = fixture.Server.Connect("dev", "fairway_wrong");
        (await Should.ThrowAsync<StatusException>(nobody.ListAsync(ConfigMaps, "default", ListOptions.All, default))).Code.ShouldBe(401);
    }

    [Fact]
    public async Task Server_Restarted_StillHasEverything()
    {
        string directory = Directory.CreateTempSubdirectory("fairway-restart-").FullName;
        try
        {
            await using (EmbeddedServer first = await EmbeddedServer.StartAsync(directory, ["dev"]))
            {
                await first.Api.Client("dev", Identity.Component("test")).CreateAsync(ConfigMaps, "default", Map("kept", "1"), WriteOptions.Default, default);
            }

            await using EmbeddedServer second = await EmbeddedServer.StartAsync(directory, ["dev"]);
            using HttpClusterApi api = second.Connect("dev");
            (await api.GetAsync(ConfigMaps, "default", "kept", default)).Header.Name.ShouldBe("kept");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static Document Map(string name, string value)
        => Document.From(new JsonObject { ["metadata"] = new JsonObject { ["name"] = name }, ["data"] = new JsonObject { ["k"] = value } });

    private static async Task<List<string>> TakeAsync(IAsyncEnumerable<WatchEvent> events, int count)
    {
        var seen = new List<string>();
        await foreach (WatchEvent change in events)
        {
            seen.Add($"{change.Type} {change.Object.Header.Name}");
            if (seen.Count == count)
            {
                break;
            }
        }

        return seen;
    }

    private async Task<(IClusterApi Api, string Namespace)> BeginAsync(string transport)
    {
        IClusterApi api = transport == "http" ? fixture.Server.Connect("dev") : fixture.Server.Api.Client("dev", Identity.Of("admin", Identity.Masters));
        string name = $"t-{Guid.NewGuid():N}"[..12];
        await api.CreateAsync(KindOf<Namespace>.Type, null, Document.From(new JsonObject { ["metadata"] = new JsonObject { ["name"] = name } }), WriteOptions.Default, default);
        return (api, name);
    }
}
