using System.Collections.Concurrent;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Client.Tests;

/// <summary>An informer over HTTP, and what goes wrong with lists and watches between machines.</summary>
public sealed class FaultyWatchTests
{
    private const string Expired = """{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Expired","message":"too old resource version","code":410}""";

    private readonly ConcurrentQueue<string> _asked = new();
    private readonly TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _lists;
    private int _watches;

    [Fact]
    public async Task Informer_EverythingBreaksOnce_ShowsWhatIsThereInTheEnd()
    {
        await using FaultyServer server = await FaultyServer.StartAsync(context => context.Request.Query.ContainsKey("watch") ? WatchAsync(context) : ListAsync(context));
        using HttpClusterApi api = server.Connect();
        using var stop = new CancellationTokenSource();
        var informer = new Informer(api, KindOf<ConfigMap>.Type, null, null, TimeProvider.System, NullLogger.Instance);
        informer.Subscribe(change =>
        {
            if (change.After?.Header.Name == "seen")
            {
                _seen.TrySetResult();
            }
        });
        Task running = informer.RunAsync(stop.Token);
        await Eventually.Holds(() => informer.Get(new ObjectKey("shop", "last")) is not null, "the event of the last watch");
        string[] shown = [.. informer.List().Select(map => map.Header.Name).Order(StringComparer.Ordinal)];
        shown.ShouldBe(["last", "listed-3"], "what the last list and watch told of, and nothing older");
        informer.LastError.ShouldBeNull();
        await stop.CancelAsync();
        await running;
        _asked.ShouldBe(
        [
            "list", // cut off
            "list", // throttled
            "list",
            "watch 10", // breaks off inside of an event
            "watch 11", // throttled
            "watch 11", // answered 410
            "list",
            "watch 20", // tells of 410
            "list",
            "watch 30", // ended in good order
            "watch 31",
        ]);
    }

    private async Task ListAsync(HttpContext context)
    {
        _asked.Enqueue("list");
        switch (_lists++)
        {
            case 0:
                await context.Response.WriteAsync("""{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[""");
                await context.Response.Body.FlushAsync();
                context.Abort();
                break;
            case 1:
                await FaultyServer.ThrottleAsync(context, 503, "0");
                break;
            default:
                int number = _lists - 2;
                await context.Response.WriteAsync($$$"""{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"{{{number}}}0"},"items":[{{{Map($"listed-{number}", number * 10)}}}]}""");
                break;
        }
    }

    private async Task WatchAsync(HttpContext context)
    {
        _asked.Enqueue($"watch {context.Request.Query["resourceVersion"]}");
        switch (_watches++)
        {
            case 0:
                await context.Response.WriteAsync(Event("ADDED", Map("seen", 11)) + "{\"type\":\"ADDED\",\"obj");
                await context.Response.Body.FlushAsync();
                await _seen.Task; // a reset takes along what was not read
                context.Abort();
                break;
            case 1:
                await FaultyServer.ThrottleAsync(context, 429, "0");
                break;
            case 2:
                context.Response.StatusCode = 410;
                await context.Response.WriteAsync(Expired);
                break;
            case 3:
                await context.Response.WriteAsync(Event("ERROR", Expired));
                break;
            case 4:
                await context.Response.WriteAsync(Event("BOOKMARK", Map("", 31)));
                break;
            default:
                await context.Response.WriteAsync(Event("ADDED", Map("last", 32)));
                await context.Response.Body.FlushAsync();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
        }
    }

    private static string Event(string type, string body) => $$"""{"type":"{{type}}","object":{{body}}}""" + "\n";

    private static string Map(string name, int version)
        => $$$"""{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"{{{name}}}","namespace":"shop","uid":"{{{name}}}","resourceVersion":"{{{version}}}"}}""";
}
