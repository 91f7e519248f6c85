using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fairway.Telemetry.Remote;

/// <summary>Hands requests for a query API on to a server elsewhere, and its answers back. Nothing of the caller's identity goes along.</summary>
internal sealed class RemoteProxy(Uri server, string prefix) : IDisposable
{
    private static readonly string[] Passed = ["Accept", "Content-Type"];
    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = true, AutomaticDecompression = System.Net.DecompressionMethods.All }) { Timeout = TimeSpan.FromMinutes(2) };

    /// <summary>Maps everything below a path.</summary>
    public void MapTo(TelemetryRoutes routes, string path) => routes.Map(path + "/{**rest}", ["GET", "POST"], HandleAsync);

    public void Dispose() => http.Dispose();

    private async Task HandleAsync(HttpContext context)
    {
        string rest = (string?)context.GetRouteValue("rest") ?? string.Empty;
        var address = new Uri($"{server.AbsoluteUri.TrimEnd('/')}{prefix}/{string.Join('/', rest.Split('/').Select(Uri.EscapeDataString))}{context.Request.QueryString}");
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), address);
        if (HttpMethods.IsPost(context.Request.Method))
        {
            request.Content = new StreamContent(context.Request.Body);
        }

        foreach (string name in Passed)
        {
            if (context.Request.Headers.TryGetValue(name, out Microsoft.Extensions.Primitives.StringValues values))
            {
                if (name == "Content-Type" && request.Content is not null)
                {
                    request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(values.ToString());
                }
                else if (name != "Content-Type")
                {
                    request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
                }
            }
        }

        try
        {
            using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
            context.Response.StatusCode = (int)response.StatusCode;
            context.Response.ContentType = response.Content.Headers.ContentType?.ToString();
            await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
        catch (Exception failed) when (!context.Response.HasStarted && (failed is HttpRequestException || (failed is TaskCanceledException && !context.RequestAborted.IsCancellationRequested)))
        {
            context.Response.StatusCode = StatusCodes.Status502BadGateway;
            context.Response.ContentType = "application/json";
            var problem = new System.Text.Json.Nodes.JsonObject { ["status"] = "error", ["errorType"] = "unavailable", ["error"] = $"{server} cannot be asked: {failed.Message}" };
            await context.Response.WriteAsync(problem.ToJsonString(), Encoding.UTF8, context.RequestAborted);
        }
    }
}
