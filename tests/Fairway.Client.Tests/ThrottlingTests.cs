using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Testing;
using Microsoft.AspNetCore.Http;

namespace Fairway.Client.Tests;

public sealed class ThrottlingTests
{
    private const string Map = """{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"one","namespace":"shop","resourceVersion":"7"}}""";
    private static readonly ConfigMap One = new() { Metadata = new ObjectMeta { Name = "one", Namespace = "shop" } };

    private readonly ConcurrentQueue<string> _bodies = new();
    private int _throttled;

    [Theory]
    [InlineData(429, "0")]
    [InlineData(503, "0")]
    [InlineData(429, "Thu, 01 Jan 2015 00:00:00 GMT")]
    public async Task Get_ThrottledTwice_IsAskedAgain(int code, string retryAfter)
    {
        await using FaultyServer server = await ThrottledAsync(2, code, retryAfter);
        using HttpClusterApi api = server.Connect();
        (await api.GetAsync<ConfigMap>("shop", "one", CancellationToken.None)).Metadata.ResourceVersion.ShouldBe("7");
        _bodies.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Get_ThrottledForEver_EndsInTheRefusal()
    {
        await using FaultyServer server = await ThrottledAsync(int.MaxValue, 429, "0");
        using HttpClusterApi api = server.Connect();
        (await Should.ThrowAsync<StatusException>(() => api.ListAsync<ConfigMap>("shop", CancellationToken.None))).Code.ShouldBe(429);
        _bodies.Count.ShouldBe(6);
    }

    [Theory]
    [InlineData(429, null)]
    [InlineData(429, "3600")]
    [InlineData(500, "0")]
    public async Task Get_NotToldToComeBackSoon_IsRefusedAtOnce(int code, string? retryAfter)
    {
        await using FaultyServer server = await ThrottledAsync(1, code, retryAfter);
        using HttpClusterApi api = server.Connect();
        (await Should.ThrowAsync<StatusException>(() => api.ListAsync<ConfigMap>("shop", CancellationToken.None))).Code.ShouldBe(code);
        _bodies.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Update_Throttled_SendsTheSameBodyAgain()
    {
        await using FaultyServer server = await ThrottledAsync(1, 429, "0");
        using HttpClusterApi api = server.Connect();
        await api.UpdateAsync(KindOf<ConfigMap>.Type, "shop", "one", Document.From(One), WriteOptions.Default, CancellationToken.None);
        _bodies.Distinct().ShouldHaveSingleItem().ShouldContain("\"one\"");
        _bodies.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Create_Throttled_IsNotSentTwice()
    {
        await using FaultyServer server = await ThrottledAsync(1, 429, "0");
        using HttpClusterApi api = server.Connect();
        await Should.ThrowAsync<StatusException>(() => api.CreateAsync(One, CancellationToken.None));
        _bodies.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(PatchKind.Apply, 2)]
    [InlineData(PatchKind.Json, 1)]
    public async Task Patch_Throttled_IsSentAgainWhenItIsAnApply(PatchKind kind, int sent)
    {
        await using FaultyServer server = await ThrottledAsync(1, 503, "0");
        using HttpClusterApi api = server.Connect();
        var patch = new PatchBody(kind, kind == PatchKind.Json ? new JsonArray() : Document.From(One).ToNode());
        try
        {
            await api.PatchAsync(KindOf<ConfigMap>.Type, "shop", "one", patch, WriteOptions.Default, CancellationToken.None);
        }
        catch (StatusException refused)
        {
            refused.Code.ShouldBe(503);
        }

        _bodies.Count.ShouldBe(sent);
    }

    [Fact]
    public async Task Get_ToldToWait_Waits()
    {
        var time = new ManualTime();
        await using FaultyServer server = await ThrottledAsync(1, 429, "7");
        using HttpClusterApi api = server.Connect(time);
        Task<ConfigMap> asked = api.GetAsync<ConfigMap>("shop", "one", CancellationToken.None);
        await Eventually.Holds(() => time.Waiting > 0, "the pause");
        time.Advance(TimeSpan.FromSeconds(6));
        _bodies.Count.ShouldBe(1);
        time.Advance(TimeSpan.FromSeconds(1));
        (await asked).ShouldNotBeNull();
    }

    private Task<FaultyServer> ThrottledAsync(int times, int code, string? retryAfter) => FaultyServer.StartAsync(async context =>
    {
        using var reader = new StreamReader(context.Request.Body);
        _bodies.Enqueue(await reader.ReadToEndAsync());
        if (_throttled++ < times)
        {
            await FaultyServer.ThrottleAsync(context, code, retryAfter);
            return;
        }

        await context.Response.WriteAsync(Map);
    });
}
