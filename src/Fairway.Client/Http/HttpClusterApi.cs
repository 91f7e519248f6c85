using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.Client;

/// <summary>
/// <see cref="IClusterApi"/> over HTTP: any Kubernetes API server. Safe for concurrent use. A broken connection throws
/// <see cref="HttpRequestException"/>; a server that refuses throws <see cref="StatusException"/>. A server that throttles (429 or
/// 503 with Retry-After) is asked again a few times, when asking twice does no more than asking once.
/// </summary>
public sealed class HttpClusterApi : IClusterApi, IDisposable
{
    private readonly HttpClient _http;
    private readonly TimeProvider _time;

    /// <summary>Speaks through a client whose base address is the cluster's URL with a final slash.</summary>
    /// <param name="cluster">The cluster's name.</param>
    /// <param name="http">The client; disposed with this.</param>
    /// <param name="time">The clock of pauses that the server asks for; null for the system's.</param>
    public HttpClusterApi(string cluster, HttpClient http, TimeProvider? time = null)
    {
        Cluster = cluster;
        _http = http;
        _time = time ?? TimeProvider.System;
    }

    /// <inheritdoc/>
    public string Cluster { get; }

    /// <summary>Connects as a kubeconfig context says; the context's name is the cluster's.</summary>
    public static HttpClusterApi Connect(KubeconfigContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new HttpClusterApi(context.Name, HttpTransport.Connect(context));
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ServedResource>> DiscoverAsync(CancellationToken cancellation)
        => HttpDiscovery.ReadAsync(
            async (path, accept) => (await SendAsync(HttpMethod.Get, path, null, null, cancellation, accept)).ToNode());

    /// <inheritdoc/>
    public Task<Document> GetAsync(ResourceType type, string? @namespace, string name, CancellationToken cancellation)
        => SendAsync(HttpMethod.Get, Path(type, @namespace, name, null), null, null, cancellation);

    /// <inheritdoc/>
    public async Task<DocumentList> ListAsync(ResourceType type, string? @namespace, ListOptions options, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        var query = new QueryText();
        query.Add("labelSelector", options.LabelSelector);
        query.Add("fieldSelector", options.FieldSelector);
        query.Add("limit", options.Limit?.ToString(CultureInfo.InvariantCulture));
        query.Add("continue", options.Continue);
        Document list = await SendAsync(HttpMethod.Get, Path(type, @namespace, null, null) + query, null, null, cancellation);
        return ListBody.Read(list, type);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<WatchEvent> WatchAsync(
        ResourceType type, string? @namespace, WatchOptions options, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        var query = new QueryText();
        query.Add("watch", "true");
        query.Add("labelSelector", options.LabelSelector);
        query.Add("fieldSelector", options.FieldSelector);
        query.Add("resourceVersion", options.ResourceVersion);
        query.Add("allowWatchBookmarks", options.AllowBookmarks ? "true" : null);
        string path = Path(type, @namespace, null, null) + query;
        using HttpResponseMessage response = await Throttling.SendAsync(
            _http, () => new HttpRequestMessage(HttpMethod.Get, path), HttpCompletionOption.ResponseHeadersRead, _time, cancellation);
        if (!response.IsSuccessStatusCode)
        {
            throw StatusBody.Read((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellation));
        }

        await using Stream stream = await response.Content.ReadAsStreamAsync(cancellation);
        await foreach (WatchEvent change in WatchFrames.ReadAsync(stream, cancellation))
        {
            yield return change;
        }
    }

    /// <inheritdoc/>
    public Task<Document> CreateAsync(ResourceType type, string? @namespace, Document body, WriteOptions options, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentNullException.ThrowIfNull(options);
        // A subresource is created on an object: the body names it (a binding, an eviction).
        string? name = options.Subresource is null ? null : body.Header.Name;
        return SendAsync(HttpMethod.Post, Path(type, @namespace, name, options.Subresource) + Query(options), body.Json, "application/json", cancellation);
    }

    /// <inheritdoc/>
    public Task<Document> UpdateAsync(
        ResourceType type, string? @namespace, string name, Document body, WriteOptions options, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentNullException.ThrowIfNull(options);
        return SendAsync(HttpMethod.Put, Path(type, @namespace, name, options.Subresource) + Query(options), body.Json, "application/json", cancellation);
    }

    /// <inheritdoc/>
    public Task<Document> PatchAsync(
        ResourceType type, string? @namespace, string name, PatchBody patch, WriteOptions options, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(patch);
        ArgumentNullException.ThrowIfNull(options);
        string mediaType = patch.Kind switch
        {
            PatchKind.Json => "application/json-patch+json",
            PatchKind.Merge => "application/merge-patch+json",
            PatchKind.StrategicMerge => "application/strategic-merge-patch+json",
            PatchKind.Apply => "application/apply-patch+yaml",
            _ => throw new ArgumentOutOfRangeException(nameof(patch)),
        };
        return SendAsync(
            HttpMethod.Patch,
            Path(type, @namespace, name, options.Subresource) + Query(options),
            Encoding.UTF8.GetBytes(patch.Body.ToJsonString()),
            mediaType,
            cancellation);
    }

    /// <inheritdoc/>
    public async Task<Document> DeleteAsync(
        ResourceType type, string? @namespace, string name, DeleteOptions options, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        var body = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "DeleteOptions" };
        AddIfSet(body, "propagationPolicy", options.PropagationPolicy);
        AddIfSet(body, "gracePeriodSeconds", options.GracePeriodSeconds);
        if (options.DryRun)
        {
            body["dryRun"] = new JsonArray("All");
        }

        var preconditions = new JsonObject();
        AddIfSet(preconditions, "uid", options.PreconditionUid);
        AddIfSet(preconditions, "resourceVersion", options.PreconditionResourceVersion);
        if (preconditions.Count > 0)
        {
            body["preconditions"] = preconditions;
        }

        Document answer = await SendAsync(
            HttpMethod.Delete, Path(type, @namespace, name, null), Document.From(body).Json, "application/json", cancellation);
        return answer.Header.Kind == "Status" ? Gone(type, @namespace, name, answer) : answer;
    }

    public void Dispose() => _http.Dispose();

    // A server may answer a deletion that is done with a Status, which keeps of the object only its name and uid.
    private static Document Gone(ResourceType type, string? @namespace, string name, Document status)
    {
        var metadata = new JsonObject { ["name"] = name };
        AddIfSet(metadata, "namespace", type.Namespaced ? @namespace : null);
        AddIfSet(metadata, "uid", (string?)status.ToNode()["details"]?["uid"]);
        return Document.From(new JsonObject { ["apiVersion"] = type.ApiVersion, ["kind"] = type.Kind, ["metadata"] = metadata });
    }

    private static void AddIfSet(JsonObject body, string field, JsonNode? value)
    {
        if (value is not null)
        {
            body[field] = value;
        }
    }

    private static string Path(ResourceType type, string? @namespace, string? name, string? subresource)
    {
        ArgumentNullException.ThrowIfNull(type);
        return type.Path(
            @namespace is null ? null : Uri.EscapeDataString(@namespace), name is null ? null : Uri.EscapeDataString(name), subresource);
    }

    private static QueryText Query(WriteOptions options)
    {
        var query = new QueryText();
        query.Add("fieldManager", options.FieldManager);
        query.Add("force", options.Force ? "true" : null);
        query.Add("dryRun", options.DryRun ? "All" : null);
        query.Add("fieldValidation", options.FieldValidation);
        return query;
    }

    private async Task<Document> SendAsync(
        HttpMethod method, string path, ReadOnlyMemory<byte>? body, string? mediaType, CancellationToken cancellation, string accept = "application/json")
    {
        HttpRequestMessage Make()
        {
            var request = new HttpRequestMessage(method, path);
            request.Headers.Accept.ParseAdd(accept);
            if (body is { } content)
            {
                request.Content = new ReadOnlyMemoryContent(content);
                request.Content.Headers.ContentType = new MediaTypeHeaderValue(mediaType!);
            }

            return request;
        }

        using HttpResponseMessage response = IsIdempotent(method, mediaType)
            ? await Throttling.SendAsync(_http, Make, HttpCompletionOption.ResponseContentRead, _time, cancellation)
            : await SendOnceAsync(Make(), cancellation);
        byte[] answer = await response.Content.ReadAsByteArrayAsync(cancellation);
        if (!response.IsSuccessStatusCode)
        {
            throw StatusBody.Read((int)response.StatusCode, answer);
        }

        return IsObject(answer)
            ? Document.FromTrusted(answer)
            : throw new StatusException(502, "InternalError", $"the server at {_http.BaseAddress} answered with something else than a JSON object");
    }

    private async Task<HttpResponseMessage> SendOnceAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        using (request)
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellation);
        }
    }

    private static bool IsIdempotent(HttpMethod method, string? mediaType)
        => method == HttpMethod.Get || method == HttpMethod.Put || method == HttpMethod.Delete || mediaType == "application/apply-patch+yaml";

    private static bool IsObject(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = Document.MaxDepth });
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && reader.TrySkip() && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
