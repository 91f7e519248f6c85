using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Fairway.Gateway.Tests;

/// <summary>A real HTTP server on loopback that says who it is, echoes, streams and speaks WebSocket.</summary>
internal sealed class Backend : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Backend(WebApplication app, string name)
    {
        _app = app;
        Name = name;
    }

    public string Name { get; }

    public int Port { get; private set; }

    /// <summary>Releases the second half of <c>/halves</c>.</summary>
    public TaskCompletionSource SecondHalf { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static async Task<Backend> StartAsync(string name)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        var backend = new Backend(app, name);
        app.UseWebSockets();
        app.Map("/echo-socket", EchoSocketAsync);
        app.MapGet("/fail", () => Results.StatusCode(500));
        app.MapGet("/break", context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        app.MapGet("/slow", async context => await Task.Delay(TimeSpan.FromSeconds(30), TimeProvider.System, context.RequestAborted));
        app.MapGet("/halves", backend.HalvesAsync);
        app.MapPost("/echo", async context => await context.Request.Body.CopyToAsync(context.Response.Body));
        app.MapFallback(context =>
        {
            context.Response.Headers["X-Seen"] = string.Join('|', context.Request.Headers.Select(header => $"{header.Key}={header.Value}"));
            context.Response.Headers["X-Target"] = context.Request.Path + context.Request.QueryString;
            return context.Response.WriteAsync(name);
        });
        await app.StartAsync();
        backend.Port = new Uri(app.Urls.First()).Port;
        return backend;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task HalvesAsync(HttpContext context)
    {
        await context.Response.WriteAsync("first;");
        await context.Response.Body.FlushAsync();
        await SecondHalf.Task.WaitAsync(context.RequestAborted);
        await context.Response.WriteAsync("second");
    }

    private static async Task EchoSocketAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        byte[] buffer = new byte[1024];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer, context.RequestAborted);
            if (received.CloseStatus is { } status)
            {
                await socket.CloseAsync(status, null, context.RequestAborted);
                return;
            }

            await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, context.RequestAborted);
        }
    }
}
