using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;

namespace Fairway.Cli;

/// <summary>
/// The CLI's way into a running platform: HTTP only, with the kubeconfig of the data directory, so a command can do nothing that
/// its token may not.
/// </summary>
internal sealed class PlatformConnection : IDisposable
{
    private readonly HttpClient _http;
    private readonly HttpClusterApi _hub;

    private PlatformConnection(PlatformState state, KubeconfigContext hub)
    {
        State = state;
        _hub = HttpClusterApi.Connect(hub);
        _http = HttpTransport.Connect(hub with { Server = new Uri(hub.Server, "/") });
    }

    public PlatformState State { get; }

    /// <summary>The cluster that holds Fairway's own kinds.</summary>
    public IClusterApi Hub => _hub;

    /// <summary>Connects to the platform of a data directory.</summary>
    /// <exception cref="CommandFailure">None runs there.</exception>
    public static PlatformConnection Open(DirectoryInfo data)
    {
        PlatformState? state = PlatformState.Load(data);
        if (state?.IsAlive() != true)
        {
            throw new CommandFailure(
                ExitCode.NotRunning,
                $"no platform runs in {data.FullName}. Start one with: fairway up --detach --data {data.FullName}");
        }

        return new PlatformConnection(state, Context(data, state));
    }

    /// <summary>The kubeconfig context of the cluster that holds Fairway's own kinds.</summary>
    public static KubeconfigContext Context(DirectoryInfo data, PlatformState state)
    {
        string path = KubeconfigPath(data);
        return Kubeconfig.Parse(File.ReadAllText(path), path).Context(state.Hub);
    }

    public static string KubeconfigPath(DirectoryInfo data) => Path.Combine(data.FullName, "kubeconfig");

    public Task<JsonNode> GetAsync(string path, CancellationToken cancellation)
        => SendAsync(HttpMethod.Get, path, null, cancellation);

    public Task<JsonNode> PostAsync(string path, JsonObject body, CancellationToken cancellation)
        => SendAsync(HttpMethod.Post, path, body, cancellation);

    public Task<JsonNode> DeleteAsync(string path, CancellationToken cancellation)
        => SendAsync(HttpMethod.Delete, path, null, cancellation);

    /// <summary>Lines of a streaming answer as they arrive.</summary>
    public async IAsyncEnumerable<string> LinesAsync(
        string path, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("text/plain");
        using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        await ThrowIfRefusedAsync(response, cancellation);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation));
        while (await reader.ReadLineAsync(cancellation) is { } line)
        {
            yield return line;
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _hub.Dispose();
    }

    private async Task<JsonNode> SendAsync(HttpMethod method, string path, JsonObject? body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = JsonContent.Create<JsonNode>(body);
        }

        using HttpResponseMessage response = await _http.SendAsync(request, cancellation);
        await ThrowIfRefusedAsync(response, cancellation);
        string text = await response.Content.ReadAsStringAsync(cancellation);
        return (text.Length == 0 ? null : JsonNode.Parse(text)) ?? new JsonObject();
    }

    private static async Task ThrowIfRefusedAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.IsSuccessStatusCode)
        {
            return;
        }

        string text = await response.Content.ReadAsStringAsync(cancellation);
        string? message = text.StartsWith('{') ? JsonNode.Parse(text)?["message"]?.GetValue<string>() : text;
        throw new StatusException((int)response.StatusCode, response.ReasonPhrase ?? "", string.IsNullOrWhiteSpace(message) ? $"HTTP {(int)response.StatusCode}" : message.Trim());
    }
}
