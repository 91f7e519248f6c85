using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>
/// Asks webhooks over HTTPS, by URL or by a Service of the cluster, whose ready endpoints are found in its EndpointSlices.
/// Connections are kept for each authority bundle and host. Safe for concurrent use.
/// </summary>
internal sealed class WebhookCaller(ObjectStore store, TimeProvider time)
{
    private const int MaxAnswer = 3 * 1024 * 1024;
    private const int MaxClients = 64;
    private const int ConversionSeconds = 30;

    private readonly ConcurrentDictionary<string, HttpClient> _clients = new();

    /// <summary>Sends an AdmissionReview and gives the answer's body.</summary>
    /// <exception cref="WebhookUnavailableException">It cannot be reached, is too slow, or answers no 2xx.</exception>
    public Task<byte[]> PostAsync(JsonObject webhook, JsonObject review, CancellationToken cancellation)
        => SendAsync(webhook["clientConfig"], review, (int?)webhook["timeoutSeconds"] ?? 10, "kube-apiserver-admission", "failed to call webhook: ", cancellation);

    /// <summary>Sends a ConversionReview and gives the answer's body.</summary>
    /// <exception cref="WebhookUnavailableException">As above.</exception>
    public Task<byte[]> ConvertAsync(JsonNode? config, JsonObject review, CancellationToken cancellation)
        => SendAsync(config, review, ConversionSeconds, "kube-apiserver", "", cancellation);

    private async Task<byte[]> SendAsync(JsonNode? config, JsonObject review, int seconds, string agent, string prefix, CancellationToken cancellation)
    {
        Uri address = Address(config, seconds);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(seconds), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, address);
            request.Headers.Accept.ParseAdd("application/json, */*");
            request.Headers.UserAgent.ParseAdd(agent);
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(review.ToJsonString()));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using HttpResponseMessage response = await Client(config).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            byte[] body = await ReadAsync(response, either.Token);
            return response.IsSuccessStatusCode ? body : throw new WebhookUnavailableException($"{prefix}{Explain(response, body)}");
        }
        catch (OperationCanceledException late) when (patience.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new WebhookUnavailableException($"{prefix}Post \"{address.OriginalString}\": context deadline exceeded", late);
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            throw new WebhookUnavailableException($"{prefix}Post \"{address.OriginalString}\": {Explain(broken, address)}", broken);
        }
    }

    private static async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        await using Stream stream = await response.Content.ReadAsStreamAsync(cancellation);
        using var buffer = new MemoryStream();
        byte[] chunk = new byte[16 * 1024];
        int read;
        while ((read = await stream.ReadAsync(chunk, cancellation)) > 0)
        {
            if (buffer.Length + read > MaxAnswer)
            {
                throw new WebhookUnavailableException($"failed to call webhook: the answer is longer than {MaxAnswer} bytes");
            }

            buffer.Write(chunk, 0, read);
        }

        return buffer.ToArray();
    }

    private static string Explain(HttpResponseMessage response, byte[] body) => response.StatusCode switch
    {
        HttpStatusCode.NotFound => "the server could not find the requested resource",
        HttpStatusCode.Unauthorized => "the server has asked for the client to provide credentials",
        HttpStatusCode.Forbidden => "the server does not allow access to the requested resource",
        HttpStatusCode.TooManyRequests => "the server has received too many requests and has asked us to try again later",
        var code when (int)code >= 500 && response.Content.Headers.ContentType?.MediaType?.StartsWith("text/", StringComparison.Ordinal) != true
            => "an error on the server (\"unknown\") has prevented the request from succeeding",
        var code when (int)code >= 500 => $"an error on the server (\"{Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 512))).Trim()}\") has prevented the request from succeeding",
        var code => $"the server responded with the status code {(int)code} but did not return more details",
    };

    private static string Explain(Exception broken, Uri address)
    {
        Exception inner = broken;
        while (inner.InnerException is { } next)
        {
            inner = next;
        }

        return inner switch
        {
            SocketException { SocketErrorCode: SocketError.ConnectionRefused } => $"dial tcp{(IPAddress.TryParse(address.Host, out _) ? $" {address.Host}:{address.Port}" : "")}: connect: connection refused",
            SocketException { SocketErrorCode: SocketError.HostNotFound } => "dial tcp: lookup: no such host",
            System.Security.Authentication.AuthenticationException => "tls: failed to verify certificate: x509: certificate signed by unknown authority",
            _ when broken is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => "tls: failed to verify certificate: x509: certificate signed by unknown authority",
            _ => inner.Message,
        };
    }

    private static Uri Address(JsonNode? config, int seconds)
    {
        string timeout = $"timeout={seconds}s";
        if ((string?)config?["url"] is { Length: > 0 } url)
        {
            var given = new Uri(url);
            return new Uri($"{url}{(given.AbsolutePath == "/" && !url.EndsWith('/') ? "/" : "")}{(given.Query.Length > 1 ? "&" : "?")}{timeout}");
        }

        JsonNode service = config?["service"] ?? throw new WebhookUnavailableException("could not get REST client: neither url nor service is given");
        string path = ((string?)service["path"] ?? "").TrimStart('/');
        return new Uri($"https://{(string?)service["name"]}.{(string?)service["namespace"]}.svc:{(int?)service["port"] ?? 443}/{path}?{timeout}");
    }

    private HttpClient Client(JsonNode? config)
    {
        string bundle = (string?)config?["caBundle"] ?? "";
        JsonNode? service = config?["service"];
        string key = $"{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(bundle)))} {service?["namespace"]}/{service?["name"]}:{service?["port"]}";
        if (_clients.Count > MaxClients)
        {
            _clients.Clear(); // configurations come and go; what is in use is made again
        }

        return _clients.GetOrAdd(key, _ => Create(bundle, service));
    }

    private HttpClient Create(string bundle, JsonNode? service)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        };
        if (bundle.Length > 0)
        {
            X509Certificate2Collection trusted = Trusted(bundle);
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, errors) => IsTrusted(certificate, trusted, errors);
        }

        if (service is not null)
        {
            string @namespace = (string?)service["namespace"] ?? "";
            string name = (string?)service["name"] ?? "";
            int port = (int?)service["port"] ?? 443;
            handler.ConnectCallback = (_, cancellation) => ConnectAsync(@namespace, name, port, cancellation);
        }

        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private static X509Certificate2Collection Trusted(string bundle)
    {
        var trusted = new X509Certificate2Collection();
        try
        {
            trusted.ImportFromPem(Encoding.UTF8.GetString(Convert.FromBase64String(bundle)));
        }
        catch (Exception broken) when (broken is FormatException or CryptographicException)
        {
            throw new WebhookUnavailableException($"could not get REST client: unable to load root certificates: {broken.Message}", broken);
        }

        return trusted;
    }

    private static bool IsTrusted(X509Certificate? certificate, X509Certificate2Collection trusted, SslPolicyErrors errors)
    {
        if (certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.AddRange(trusted);
        using var presented = new X509Certificate2(certificate);
        return chain.Build(presented);
    }

    private async ValueTask<Stream> ConnectAsync(string @namespace, string name, int port, CancellationToken cancellation)
    {
        (string host, int target) = Endpoint(@namespace, name, port);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, target, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private (string Host, int Port) Endpoint(string @namespace, string name, int port)
    {
        JsonObject service = store.Find("services", @namespace, name)?.ToNode() ?? throw new HttpRequestException($"service \"{name}\" not found");
        JsonNode servicePort = (service["spec"]?["ports"] as JsonArray ?? []).FirstOrDefault(each => (int?)each?["port"] == port)
            ?? throw new HttpRequestException($"no service port {port} found for service \"{name}\"");
        if ((string?)service["spec"]?["type"] == "ExternalName")
        {
            return ((string?)service["spec"]?["externalName"] ?? "", port);
        }

        string portName = (string?)servicePort["name"] ?? "";
        foreach (Document document in store.List("endpointslices.discovery.k8s.io", @namespace))
        {
            JsonObject slice = document.ToNode();
            if ((string?)slice["metadata"]?["labels"]?["kubernetes.io/service-name"] != name)
            {
                continue;
            }

            int? number = (int?)(slice["ports"] as JsonArray ?? []).FirstOrDefault(each => ((string?)each?["name"] ?? "") == portName)?["port"];
            JsonNode? ready = (slice["endpoints"] as JsonArray ?? []).FirstOrDefault(each => (bool?)each?["conditions"]?["ready"] ?? true);
            if (number is { } found && (string?)(ready?["addresses"] as JsonArray)?[0] is { } host)
            {
                return (host, found);
            }
        }

        throw new HttpRequestException($"no endpoints available for service \"{name}\"");
    }
}
