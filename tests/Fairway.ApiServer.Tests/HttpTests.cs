using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Fairway.ApiServer.Testing;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.ApiServer.Tests;

/// <summary>The server as bare HTTP shows it.</summary>
public sealed class HttpTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private EmbeddedServer Server => fixture.Server;

    [Theory]
    [InlineData("GET", "/clusters/dev/api/v1/pods", null, 403, "pods is forbidden: User \\\"system:anonymous\\\" cannot list resource \\\"pods\\\"")]
    [InlineData("GET", "/clusters/dev/apis", null, 403, "forbidden: User \\\"system:anonymous\\\" cannot get path \\\"/apis\\\"")]
    [InlineData("GET", "/clusters/dev/version", null, 200, "\"minor\":\"32\"")]
    [InlineData("GET", "/clusters/dev/livez", null, 200, "ok")]
    [InlineData("GET", "/clusters/dev/readyz/ping", null, 403, "cannot get path")]
    [InlineData("GET", "/healthz", null, 200, "ok")]
    [InlineData("GET", "/session", null, 401, "\"reason\":\"Unauthorized\"")]
    [InlineData("GET", "/clusters/nowhere/api/v1/pods", "admin", 404, "there is no cluster")]
    [InlineData("GET", "/clusters/dev/api/v1/quotas", "admin", 404, "the server could not find the requested resource")]
    [InlineData("GET", "/clusters/dev/apis/nobody.example.com/v1/quotas", "admin", 404, "404 page not found")]
    [InlineData("GET", "/clusters/dev/nonsense", "admin", 404, "404 page not found")]
    [InlineData("PUT", "/clusters/dev/api/v1/namespaces", "admin", 405, "does not allow this method")]
    [InlineData("POST", "/clusters/dev/version", "admin", 405, "does not allow this method")]
    [InlineData("GET", "/clusters/dev/api/v1/namespaces?resourceVersion=x", "admin", 500, "resourceVersion: Invalid value")]
    [InlineData("GET", "/clusters/dev/api/v1/namespaces?continue=x", "admin", 400, "continue")]
    [InlineData("GET", "/clusters/dev/api/v1/namespaces?labelSelector=a%20in%20(", "admin", 400, "")]
    [InlineData("GET", "/clusters/dev/api/v1/namespaces?at=yesterday", "admin", 400, "at: Invalid value")]
    [InlineData("GET", "/clusters/dev/readyz?verbose", "admin", 200, "readyz check passed")]
    [InlineData("GET", "/healthz", "admin", 200, "ok")]
    [InlineData("GET", "/version", "admin", 200, "\"minor\":\"32\"")]
    public async Task Request_OfAnyKind_IsAnsweredAsKubernetesDoes(string method, string path, string? user, int code, string contains)
    {
        using HttpClient http = Client(user is not null);
        using HttpResponseMessage response = await http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        ((int)response.StatusCode).ShouldBe(code);
        (await response.Content.ReadAsStringAsync()).ShouldContain(contains);
    }

    [Fact]
    public async Task Body_TooLarge_Broken_OrOfUnknownType_IsRefused()
    {
        using HttpClient http = Client(true);
        const string Path = "/clusters/dev/api/v1/namespaces/default/configmaps";
        (await Post(http, Path, new string(' ', 3 * 1024 * 1024 + 1), "application/json")).Code.ShouldBe(413);
        (await Post(http, Path, "{\"metadata\":", "application/json")).Code.ShouldBe(400);
        (await Post(http, Path, "<a/>", "application/xml")).Code.ShouldBe(415);
        (await Post(http, Path, new string('[', 5000), "application/json")).Code.ShouldBe(400);
        (await Post(http, Path, "k8s\0nonsense", "application/vnd.kubernetes.protobuf")).Code.ShouldBe(400);
        (await Post(http, Path, "a: [", "application/yaml")).Code.ShouldBe(400);
    }

    [Fact]
    public async Task Yaml_GoesInAndOut()
    {
        using HttpClient http = Client(true);
        http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/yaml"));
        (int code, string body) = await Post(http, "/clusters/dev/api/v1/namespaces/default/configmaps", "metadata: {name: yaml}\ndata: {a: 'yes'}\n", "application/yaml");

        code.ShouldBe(201);
        body.ShouldContain("kind: ConfigMap");
        body.ShouldContain("a: \"yes\"");
    }

    [Fact]
    public async Task Head_AsksWithoutABody()
    {
        using HttpClient http = Client(true);
        using HttpResponseMessage response = await http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/clusters/dev/apis"));

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await response.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Discovery_Unchanged_Answers304()
    {
        using HttpClient http = Client(true);
        using HttpResponseMessage first = await http.GetAsync("/clusters/dev/openapi/v3/apis/apps/v1");
        var again = new HttpRequestMessage(HttpMethod.Get, "/clusters/dev/openapi/v3/apis/apps/v1");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using HttpResponseMessage second = await http.SendAsync(again);

        second.StatusCode.ShouldBe(HttpStatusCode.NotModified);
    }

    [Fact]
    public async Task Get_AtAPastRevision_ShowsThePast()
    {
        IClusterApi api = Server.Api.Client("dev", Identity.Component("test"));
        ResourceType maps = KindOf<ConfigMap>.Type;
        Document old = await api.CreateAsync(maps, "default", Map("past", "old"), WriteOptions.Default, default);
        await api.UpdateAsync(maps, "default", "past", Map("past", "new"), WriteOptions.Default, default);
        using HttpClient http = Client(true);

        (await http.GetStringAsync($"/clusters/dev/api/v1/namespaces/default/configmaps/past?at={old.Header.ResourceVersion}")).ShouldContain("\"k\":\"old\"");
        (await http.GetStringAsync("/clusters/dev/api/v1/namespaces/default/configmaps/past")).ShouldContain("\"k\":\"new\"");
    }

    [Fact]
    public async Task Audit_OfASecret_NamesItAndKeepsItSecret()
    {
        using HttpClient http = Client(true);
        string body = """{"metadata":{"name":"audited"},"stringData":{"p":"hunter2-of-the-audit"}}""";
        (await Post(http, "/clusters/dev/api/v1/namespaces/default/secrets", body, "application/json")).Code.ShouldBe(201);

        string line = await Eventually(async () => (await ReadSharedAsync(Path.Combine(Server.DataDirectory, "audit.log"))).Split('\n')
            .FirstOrDefault(text => text.Contains("\"resource\":\"secrets\"", StringComparison.Ordinal) && text.Contains("\"verb\":\"create\"", StringComparison.Ordinal)));
        JsonNode record = JsonNode.Parse(line)!;
        record["user"]!["username"]!.ToString().ShouldBe("admin");
        record["responseStatus"]!["code"]!.ToString().ShouldBe("201");
        string all = await ReadSharedAsync(Path.Combine(Server.DataDirectory, "audit.log"));
        all.ShouldNotContain("hunter2-of-the-audit");
        all.ShouldNotContain(Server.AdministratorToken);
    }

    [Fact]
    public async Task SignIn_ByLink_GivesASessionForOurPagesOnly()
    {
        using HttpClient http = Client(false);
        using HttpResponseMessage signedIn = await http.GetAsync(Server.Api.Sessions.CreateSignInPath(Identity.Of("ann", Identity.Masters)));
        signedIn.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        string cookie = signedIn.Headers.GetValues("Set-Cookie").Single();
        cookie.ShouldContain("httponly");
        cookie.ShouldContain("samesite=strict");
        string pair = cookie.Split(';')[0];

        (await Send(HttpMethod.Get, null, null)).ShouldBe(200);
        (await Send(HttpMethod.Get, "https://evil.example", null)).ShouldBe(403);
        (await Send(HttpMethod.Post, null, null)).ShouldBe(403);
        (await Send(HttpMethod.Post, $"https://{Server.Url.Authority}", null)).ShouldBe(400); // let in; the body is empty
        using HttpResponseMessage wrong = await http.GetAsync("/signin?code=guess");
        wrong.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

        async Task<int> Send(HttpMethod method, string? origin, string? site)
        {
            var request = new HttpRequestMessage(method, "/clusters/dev/api/v1/namespaces/default/configmaps");
            request.Headers.Add("Cookie", pair);
            if (origin is not null)
            {
                request.Headers.Add("Origin", origin);
            }

            using HttpResponseMessage response = await http.SendAsync(request);
            return (int)response.StatusCode;
        }
    }

    [Fact]
    public async Task PortalWatch_ManyOverOneSocket_SyncsThenFollows()
    {
        IClusterApi api = Server.Api.Client("prod", Identity.Component("test"));
        ResourceType maps = KindOf<ConfigMap>.Type;
        await api.CreateAsync(maps, "default", Map("one", "1"), WriteOptions.Default, default);
        using ClientWebSocket socket = await WatchSocketAsync(Server.AdministratorToken);
        await SendAsync(socket, """{"id":"m","cluster":"prod","path":"api/v1/namespaces/default/configmaps"}""");
        await SendAsync(socket, """{"id":"n","cluster":"prod","path":"api/v1/namespaces","fieldSelector":"metadata.name=default"}""");
        await SendAsync(socket, """{"id":"bad","cluster":"prod","path":"api/v1/quotas"}""");
        List<string> first = [];
        while (first.Count < 5)
        {
            first.Add(await ReceiveAsync(socket));
        }

        first.Order(StringComparer.Ordinal).ShouldBe(["bad ERROR ", "m ADDED one", "m SYNCED ", "n ADDED default", "n SYNCED "]);
        await api.DeleteAsync(maps, "default", "one", DeleteOptions.Background, default);
        (await ReceiveAsync(socket)).ShouldBe("m DELETED one");
        await SendAsync(socket, """{"id":"m","stop":true}""");
        await SendAsync(socket, """{"id":"o","cluster":"prod","path":"api/v1/namespaces/default/configmaps"}""");
        (await ReceiveAsync(socket)).ShouldBe("o SYNCED ");
        await api.CreateAsync(maps, "default", Map("two", "1"), WriteOptions.Default, default);
        (await ReceiveAsync(socket)).ShouldBe("o ADDED two");
    }

    [Fact]
    public async Task PortalWatch_WithoutRights_IsRefusedForEachWatch()
    {
        string token = await Server.Tokens.IssueAsync(Identity.Of("eve"), null, default);
        using ClientWebSocket socket = await WatchSocketAsync(token);
        await SendAsync(socket, """{"id":"s","cluster":"dev","path":"api/v1/namespaces/default/secrets"}""");

        (await ReceiveAsync(socket)).ShouldBe("s ERROR ");
        await Should.ThrowAsync<WebSocketException>(WatchSocketAsync("fairway_wrong"));
    }

    private static Document Map(string name, string value)
        => Document.From(new JsonObject { ["metadata"] = new JsonObject { ["name"] = name }, ["data"] = new JsonObject { ["k"] = value } });

    private static async Task<(int Code, string Body)> Post(HttpClient http, string path, string body, string mediaType)
    {
        using var content = new StringContent(body, Encoding.UTF8);
        content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        using HttpResponseMessage response = await http.PostAsync(path, content);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static Task SendAsync(ClientWebSocket socket, string text)
        => socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, default);

    private static async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        byte[] buffer = new byte[64 * 1024];
        int length = 0;
        WebSocketReceiveResult received;
        do
        {
            received = await socket.ReceiveAsync(new ArraySegment<byte>(buffer, length, buffer.Length - length), patience.Token);
            length += received.Count;
        }
        while (!received.EndOfMessage);
        JsonNode message = JsonNode.Parse(buffer.AsSpan(0, length))!;
        return $"{message["id"]} {message["type"]} {message["object"]?["metadata"]?["name"]}";
    }

    private static async Task<string> ReadSharedAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return await reader.ReadToEndAsync();
    }

    private static async Task<string> Eventually(Func<Task<string?>> find)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            if (await find() is { } found)
            {
                return found;
            }

            await Task.Delay(20, patience.Token);
        }
    }

    private async Task<ClientWebSocket> WatchSocketAsync(string token)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        using HttpClient trusting = HttpTransport.Connect(Server.Kubeconfig(token).Context("dev"));
        try
        {
            await socket.ConnectAsync(new UriBuilder(Server.Url) { Scheme = "wss", Path = "/watch" }.Uri, trusting, default);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private HttpClient Client(bool isAdministrator)
    {
        KubeconfigContext context = Server.Kubeconfig(Server.AdministratorToken).Context("dev");
        HttpClient http = HttpTransport.Connect(isAdministrator ? context : context with { Token = null });
        http.BaseAddress = Server.Url;
        return http;
    }
}
