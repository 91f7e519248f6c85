using System.Net;
using Fairway.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Fairway.Client.Tests;

/// <summary>A real HTTP server on a free port of loopback that answers as the test says, badly if need be.</summary>
internal sealed class FaultyServer : IAsyncDisposable
{
    private readonly WebApplication _server;

    private FaultyServer(WebApplication server) => _server = server;

    public static async Task<FaultyServer> StartAsync(RequestDelegate answer)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        WebApplication server = builder.Build();
        server.Run(answer);
        await server.StartAsync();
        return new FaultyServer(server);
    }

    public HttpClusterApi Connect(TimeProvider? time = null) => new("far", new HttpClient { BaseAddress = new Uri(_server.Urls.Single() + "/") }, time);

    /// <summary>Answers that there is too much to do.</summary>
    public static Task ThrottleAsync(HttpContext context, int code, string? retryAfter)
    {
        context.Response.StatusCode = code;
        if (retryAfter is not null)
        {
            context.Response.Headers.RetryAfter = retryAfter;
        }

        return context.Response.WriteAsync("""{"kind":"Status","apiVersion":"v1","status":"Failure","message":"too many requests"}""");
    }

    public async ValueTask DisposeAsync()
    {
        using var hurry = new CancellationTokenSource(TimeSpan.Zero);
        await _server.StopAsync(hurry.Token);
        await _server.DisposeAsync();
    }
}
