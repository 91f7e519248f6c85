using System.Text;
using System.Text.Json.Nodes;
using Fairway.ApiServer.Testing;
using Fairway.Client;

namespace Fairway.ApiServer.Tests;

/// <summary>The page that says what is served, made from what the server itself says when clients ask.</summary>
public sealed class ApiReferenceTests
{
    private const string Discovery = "application/json;v=v2;g=apidiscovery.k8s.io;as=APIGroupDiscoveryList";

    private static readonly string Path = System.IO.Path.Combine(FindRoot(), "docs", "reference", "api.md");

    /// <summary>FAIRWAY_UPDATE=1 writes it anew.</summary>
    [Fact]
    public async Task ReferencePage_IsWhatDiscoverySays()
    {
        await using EmbeddedServer server = await EmbeddedServer.StartAsync();
        string page = await PageAsync(server);
        if (Environment.GetEnvironmentVariable("FAIRWAY_UPDATE") == "1")
        {
            await File.WriteAllTextAsync(Path, page);
        }

        (await File.ReadAllTextAsync(Path)).ReplaceLineEndings("\n").ShouldBe(page, "docs/reference/api.md is stale; write it anew with FAIRWAY_UPDATE=1 ./test");
    }

    private static async Task<string> PageAsync(EmbeddedServer server)
    {
        var page = new StringBuilder("""
            # What is served

            Made from the discovery documents that every cluster of Fairway gives to its clients. Kinds of the group `fairway.dev` live in the hub by convention; every cluster serves all of them, and what CustomResourceDefinitions add.

            A verb that is not listed is answered 405, a resource that is not listed 404, as a server answers that does not have them.

            """.ReplaceLineEndings("\n"));
        foreach (string root in (string[])["api", "apis"])
        {
            foreach (JsonNode? group in (await GetAsync(server, root))["items"]!.AsArray())
            {
                Write(page, group!);
            }
        }

        return page.ToString();
    }

    private static void Write(StringBuilder page, JsonNode group)
    {
        string name = (string?)group["metadata"]?["name"] ?? "";
        foreach (JsonNode? version in group["versions"]!.AsArray())
        {
            page.Append($"\n## {(name.Length == 0 ? "" : name + "/")}{version!["version"]}\n\n| resource | kind | short | scope | verbs | subresources |\n|---|---|---|---|---|---|\n");
            foreach (JsonNode? resource in version["resources"]!.AsArray())
            {
                string kind = $"{resource!["responseKind"]?["kind"]}";
                string subresources = string.Join(", ", (resource["subresources"] as JsonArray ?? []).Select(one => $"`{one!["subresource"]}`"));
                string shorts = string.Join(", ", (resource["shortNames"] as JsonArray ?? []).Select(one => $"`{one}`"));
                page.Append($"| `{resource["resource"]}` | {kind} | {shorts} | {resource["scope"]} | {string.Join(" ", resource["verbs"]!.AsArray())} | {subresources} |\n");
            }
        }
    }

    private static async Task<JsonNode> GetAsync(EmbeddedServer server, string root)
    {
        using HttpClient http = HttpTransport.Connect(server.Kubeconfig(server.AdministratorToken).Context("dev"));
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Url, $"/clusters/dev/{root}"));
        request.Headers.TryAddWithoutValidation("Accept", Discovery);
        using HttpResponseMessage response = await http.SendAsync(request);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(at.FullName, "Fairway.slnx")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException("The tests run outside of the repository.");
    }
}
