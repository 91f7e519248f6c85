using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Fairway.ApiServer.Tests;

/// <summary>A server on the loopback over HTTPS that answers JSON as a test says: a webhook, an issuer of tokens.</summary>
public sealed class HttpsAnswers : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("fairway-https-").FullName;
    private LocalAuthority _authority = null!;
    private WebApplication _app = null!;

    private HttpsAnswers()
    {
    }

    /// <summary><c>https://127.0.0.1:PORT</c>.</summary>
    public string Url { get; private set; } = "";

    public int Port => new Uri(Url).Port;

    /// <summary>The authority of its certificate.</summary>
    public string Pem => _authority.CertificatePem;

    public string CaBundle => Convert.ToBase64String(Encoding.UTF8.GetBytes(Pem));

    /// <summary>Given the path and the body (null without one), the answer; null: 404.</summary>
    public Func<string, JsonNode?, JsonNode?> Answer { get; set; } = static (_, _) => null;

    public static async Task<HttpsAnswers> StartAsync()
    {
        var made = new HttpsAnswers();
        made._authority = await LocalAuthority.OpenAsync(made._directory, TimeProvider.System, default);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.UseHttps(made._authority.ServerCertificate)));
        made._app = builder.Build();
        made._app.Map("/{**path}", made.AnswerAsync);
        await made._app.StartAsync();
        made.Url = made._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return made;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _authority.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task AnswerAsync(HttpContext context)
    {
        JsonNode? body = HttpMethods.IsPost(context.Request.Method) ? await JsonNode.ParseAsync(context.Request.Body) : null;
        JsonNode? answer = Answer(context.Request.Path.Value!, body);
        context.Response.StatusCode = answer is null ? 404 : 200;
        await context.Response.WriteAsync(answer?.ToJsonString() ?? "");
    }
}
