using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using static Fairway.Telemetry.Alerting.Config.ClientShapes;

namespace Fairway.Telemetry.Alerting;

/// <summary>HTTP as <c>http_config</c> says: TLS, proxies, redirects, who we are. One client for each way of speaking.</summary>
internal sealed class HttpClients(TimeProvider time) : IDisposable
{
    private static readonly TimeSpan EarlyBy = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan UnsaidLife = TimeSpan.FromMinutes(5);
    private readonly ConcurrentDictionary<string, (string Token, DateTimeOffset Until)> tokens = new(StringComparer.Ordinal);
    private const int MostAnswer = 64 * 1024;
    private readonly ConcurrentDictionary<string, HttpClient> clients = new(StringComparer.Ordinal);

    /// <summary>Sends a body and gives the answer. Failures of the server and one more status are worth another try.</summary>
    /// <exception cref="NotifyException">It was refused, or nobody answered.</exception>
    public async Task<HttpAnswer> SendAsync(
        JsonObject settings, HttpMethod method, string url, JsonNode? body, IReadOnlyList<(string Name, string Value)> headers, int retryOn, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
        {
            throw new NotifyException("the receiver's address is missing or no http(s) URL", mayRetry: false);
        }

        var http = settings["http_config"] as JsonObject;
        using var request = new HttpRequestMessage(method, address);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body.ToJsonString(AlertJson.Readable) + "\n")) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        }
        else if (method == HttpMethod.Post)
        {
            request.Content = new ByteArrayContent([]) { Headers = { ContentType = new MediaTypeHeaderValue("text/plain") } };
        }

        request.Headers.UserAgent.ParseAdd("Alertmanager/0.28.1");
        Authorize(request, http);
        foreach ((string name, string value) in headers)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }

        try
        {
            HttpClient client = Client(http);
            await BearAsync(client, request, http, cancellation);
            using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            string answer = await ReadAsync(response, cancellation);
            if (!response.IsSuccessStatusCode)
            {
                int code = (int)response.StatusCode;
                throw new NotifyException($"unexpected status code {code}{(answer.Length > 0 ? ": " + Telling.Cut(answer, 512) : string.Empty)}", code >= 500 || code == retryOn);
            }

            return new HttpAnswer(answer, response.Content.Headers.ContentType?.ToString() ?? string.Empty);
        }
        catch (Exception failed) when (failed is HttpRequestException || (failed is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new NotifyException($"{address.Host} cannot be reached: {failed.Message}", mayRetry: true);
        }
        catch (Exception failed) when (failed is CryptographicException or IOException)
        {
            throw new NotifyException($"http_config cannot be used: {failed.Message}", mayRetry: false);
        }
    }

    /// <summary>Sends a request as settings with the fields of <c>http_config</c> say.</summary>
    public async Task<HttpResponseMessage> AskAsync(JsonObject http, HttpRequestMessage request, CancellationToken cancellation)
    {
        HttpClient client = Client(http);
        Authorize(request, http);
        await BearAsync(client, request, http, cancellation);
        return await client.SendAsync(request, cancellation);
    }

    public void Dispose()
    {
        foreach (HttpClient client in clients.Values)
        {
            client.Dispose();
        }
    }

    private static async Task<string> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        await using Stream stream = await response.Content.ReadAsStreamAsync(cancellation);
        byte[] buffer = new byte[MostAnswer];
        int read = await stream.ReadAtLeastAsync(buffer, MostAnswer, throwOnEndOfStream: false, cancellation);
        return Encoding.UTF8.GetString(buffer, 0, read);
    }

    private HttpClient Client(JsonObject? http) => clients.GetOrAdd(http?.ToJsonString() ?? string.Empty, _ => Make(http));

    private static HttpClient Make(JsonObject? http)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = Of(http, "follow_redirects") != "false" };
        string proxy = Of(http, "proxy_url");
        handler.UseProxy = proxy.Length > 0 || Of(http, "proxy_from_environment") == "true";
        if (proxy.Length > 0)
        {
            handler.Proxy = new WebProxy(proxy) { BypassList = [] };
        }

        handler.SslOptions = TlsOptions(http?["tls_config"] as JsonObject);
        return new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(30) };
    }

    /// <summary>TLS as <c>tls_config</c> says.</summary>
    public static SslClientAuthenticationOptions TlsOptions(JsonObject? tls)
    {
        var options = new SslClientAuthenticationOptions();
        if (tls is null)
        {
            return options;
        }

        if (Has(tls, "server_name"))
        {
            options.TargetHost = Of(tls, "server_name");
        }

        string cert = SecretText.Of(tls, "cert");
        if (cert.Length > 0)
        {
            using X509Certificate2 read = X509Certificate2.CreateFromPem(cert, SecretText.Of(tls, "key"));
            options.ClientCertificates = [X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), null)];
        }

        string authority = SecretText.Of(tls, "ca");
        if (Of(tls, "insecure_skip_verify") == "true")
        {
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        }
        else if (authority.Length > 0)
        {
            var roots = new X509Certificate2Collection();
            roots.ImportFromPem(authority);
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(roots);
            options.CertificateChainPolicy = policy;
        }

        return options;
    }

    private static void Authorize(HttpRequestMessage request, JsonObject? http)
    {
        if (http?["authorization"] is JsonObject authorization)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"{(Has(authorization, "type") ? Of(authorization, "type") : "Bearer")} {SecretText.Of(authorization, "credentials")}");
        }
        else if (http?["basic_auth"] is JsonObject basic)
        {
            string pair = $"{SecretText.Of(basic, "username")}:{SecretText.Of(basic, "password")}";
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
        }

        foreach ((string name, JsonNode? header) in http?["http_headers"] as JsonObject ?? [])
        {
            IEnumerable<string> values = AlertConfigReader.Texts(header?["values"]).Concat(AlertConfigReader.Texts(header?["secrets"]))
                .Concat(AlertConfigReader.Texts(header?["files"]).Select(file => File.ReadAllText(file).Trim()));
            request.Headers.TryAddWithoutValidation(name, values);
        }
    }

    // Client credentials; a token is used for as long as it says that it lives.
    private async Task BearAsync(HttpClient client, HttpRequestMessage request, JsonObject? http, CancellationToken cancellation)
    {
        if (http?["oauth2"] is not JsonObject oauth)
        {
            return;
        }

        string key = oauth.ToJsonString();
        if (tokens.TryGetValue(key, out (string Token, DateTimeOffset Until) known) && time.GetUtcNow() < known.Until)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", known.Token);
            return;
        }

        var form = new Dictionary<string, string>(StringComparer.Ordinal) { ["grant_type"] = "client_credentials" };
        if (AlertConfigReader.Texts(oauth["scopes"]) is { Count: > 0 } scopes)
        {
            form["scope"] = string.Join(' ', scopes);
        }

        foreach ((string name, JsonNode? value) in oauth["endpoint_params"] as JsonObject ?? [])
        {
            form[name] = AlertConfigReader.Text(value);
        }

        using var asked = new HttpRequestMessage(HttpMethod.Post, Of(oauth, "token_url")) { Content = new FormUrlEncodedContent(form) };
        string pair = $"{Uri.EscapeDataString(Of(oauth, "client_id"))}:{Uri.EscapeDataString(SecretText.Of(oauth, "client_secret"))}";
        asked.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
        using HttpResponseMessage response = await client.SendAsync(asked, cancellation);
        string answer = await ReadAsync(response, cancellation);
        string? token = null;
        TimeSpan life = UnsaidLife;
        try
        {
            var granted = JsonNode.Parse(answer) as JsonObject;
            token = response.IsSuccessStatusCode ? AlertConfigReader.Text(granted?["access_token"]) : null;
            life = int.TryParse(AlertConfigReader.Text(granted?["expires_in"]), out int seconds) && seconds > 0 ? TimeSpan.FromSeconds(seconds) : UnsaidLife;
        }
        catch (JsonException)
        {
            // Told below.
        }

        if (token is { Length: > 0 })
        {
            tokens[key] = (token, time.GetUtcNow() + life - EarlyBy);
        }

        request.Headers.Authorization = token is { Length: > 0 }
            ? new AuthenticationHeaderValue("Bearer", token)
            : throw new NotifyException($"the token endpoint answered {(int)response.StatusCode} without a token", (int)response.StatusCode >= 500);
    }
}
