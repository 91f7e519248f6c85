using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Fairway.ApiServer.Testing;
using Fairway.Client;

namespace Fairway.ApiServer.Tests.Conversations;

/// <summary>
/// Conversations with the server as kube-apiserver 1.32 holds them: each file is one, in a namespace of its own. The same
/// conversations are held with any other server when FAIRWAY_CONVERSATION_KUBECONFIG names the kubeconfig of its administrator.
/// </summary>
public sealed partial class ConversationTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    public static TheoryData<string> Files() => [.. Directory.GetFiles(Home, "*.txt").Select(file => Path.GetFileNameWithoutExtension(file)!).Order()];

    private static string? Elsewhere => Environment.GetEnvironmentVariable("FAIRWAY_CONVERSATION_KUBECONFIG");

    private static string Root => Elsewhere is null ? "/clusters/dev" : "";

    private static string Home => Path.Combine(AppContext.BaseDirectory, "Conversations");

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Conversation_AsWrittenDown_IsHeld(string file)
    {
        using HttpClient http = Client();
        string ns = Elsewhere is null ? $"talk-{file}" : $"talk-{file}-{Guid.NewGuid():N}"[..30];
        using (StringContent space = Json($$$"""{"metadata":{"name":"{{{ns}}}"}}"""))
        {
            (await http.PostAsync(Root + "/api/v1/namespaces", space)).EnsureSuccessStatusCode();
        }

        var kept = new Dictionary<string, string> { ["ns"] = ns };
        var problems = new List<string>();
        foreach (Exchange exchange in Conversation.Parse(await File.ReadAllTextAsync(Path.Combine(Home, file + ".txt"))))
        {
            foreach (string problem in await HoldAsync(http, exchange, kept))
            {
                problems.Add($"{file}.txt:{exchange.Line} {exchange.Title}: {problem}");
            }
        }

        problems.ShouldBeEmpty(string.Join('\n', problems));
    }

    private static async Task<IReadOnlyList<string>> HoldAsync(HttpClient http, Exchange exchange, Dictionary<string, string> kept)
    {
        using var request = new HttpRequestMessage(new HttpMethod(exchange.Method), Root + Fill(exchange.Path, kept));
        if (exchange.Body.Length > 0)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Fill(exchange.Body, kept)));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        foreach ((string name, string value) in exchange.Headers)
        {
            if (name == "Content-Type")
            {
                request.Content ??= new ByteArrayContent([]);
                request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(value);
            }
            else
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        using HttpResponseMessage response = await http.SendAsync(request);
        string body = await response.Content.ReadAsStringAsync();
        var problems = new List<string>();
        if ((int)response.StatusCode != exchange.Code)
        {
            problems.Add($"expected {exchange.Code}, got {(int)response.StatusCode}: {body}");
            return problems;
        }

        CheckHeaders(response, exchange, kept, problems);
        if (exchange.ExpectedBody.Length > 0)
        {
            CheckBody(exchange, body, kept, problems);
        }

        return problems;
    }

    private static void CheckHeaders(HttpResponseMessage response, Exchange exchange, Dictionary<string, string> kept, List<string> problems)
    {
        foreach (IGrouping<string, string> expected in exchange.ExpectedHeaders.GroupBy(header => header.Name, header => Fill(header.Value, kept)))
        {
            string[] actual = response.Headers.TryGetValues(expected.Key, out IEnumerable<string>? values) || response.Content.Headers.TryGetValues(expected.Key, out values) ? [.. values] : [];
            string[] wanted = [.. expected.Where(value => value != "<absent>")];
            if (!wanted.SequenceEqual(actual))
            {
                problems.Add($"header {expected.Key}: expected [{string.Join(" | ", wanted)}], got [{string.Join(" | ", actual)}]");
            }
        }
    }

    private static void CheckBody(Exchange exchange, string body, Dictionary<string, string> kept, List<string> problems)
    {
        string wanted = Fill(exchange.ExpectedBody, kept);
        if (wanted[0] is not ('{' or '['))
        {
            if (exchange.IsExact ? body.Trim('\n') != wanted : !body.Contains(wanted, StringComparison.Ordinal))
            {
                problems.Add($"expected text {wanted}, got {body}");
            }

            return;
        }

        try
        {
            JsonNode? actual = wanted[0] == '[' && body.StartsWith('{')
                ? new JsonArray([.. body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line))])
                : JsonNode.Parse(body);
            var match = new JsonMatch(exchange.IsExact, kept);
            match.Compare(JsonNode.Parse(wanted), actual, "");
            problems.AddRange(match.Differences);
        }
        catch (JsonException broken)
        {
            problems.Add($"{broken.Message}: {body} against {wanted}");
        }
    }

    private static string Fill(string text, Dictionary<string, string> kept)
        => Placeholder().Replace(text, match => kept.GetValueOrDefault(match.Groups["name"].Value) ?? match.Value);

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private HttpClient Client()
    {
        HttpClient http = Elsewhere is { } file ? HttpTransport.Connect(Kubeconfig.Parse(File.ReadAllText(file), file).Context(null)) : fixture.NewClient();
        http.DefaultRequestHeaders.UserAgent.Clear();
        http.DefaultRequestHeaders.UserAgent.ParseAdd("talk/1");
        return http;
    }

    [GeneratedRegex(@"\$\{(?<name>[a-zA-Z0-9]+)\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Placeholder();
}
