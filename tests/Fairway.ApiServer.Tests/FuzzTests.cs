using System.Net.Http.Headers;
using System.Text;

namespace Fairway.ApiServer.Tests;

/// <summary>Broken input of every form is refused; nothing breaks. The seeds are fixed, so that a failure comes again.</summary>
public sealed class FuzzTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const string Home = "/clusters/dev/api/v1/namespaces/default/configmaps";

    private static readonly string[] Json =
    [
        """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"fuzz","labels":{"a":"b"},"finalizers":["example.com/x"]},"data":{"k":"v"}}""",
        """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"fuzz"},"spec":{"containers":[{"name":"a","image":"b","ports":[{"containerPort":80}]}]}}""",
        """[{"op":"add","path":"/data/a","value":"1"},{"op":"test","path":"/metadata/name","value":"fuzz"},{"op":"copy","from":"/data","path":"/x"}]""",
        """{"data":{"$patch":"replace","k":null},"metadata":{"$setElementOrder/finalizers":["a"]}}""",
    ];

    private static readonly string[] Yaml =
    [
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fuzz}\ndata:\n  k: &a v\n  l: *a\n",
        "metadata:\n  name: fuzz\ndata: {a: !!str 1, b: |\n  text\n}\n",
    ];

    private static readonly string[] Selectors = ["a in (b,c),!d", "a=b,c!=d", "metadata.name=x,metadata.namespace!=y", "a notin (x),b", "k>5,l<3"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Input_BrokenAtRandom_IsNeverAnInternalError(int seed)
    {
        var random = new Random(seed);
        using HttpClient http = fixture.NewClient();
        for (int round = 0; round < 150; round++)
        {
            using HttpRequestMessage request = Request(random);
            using HttpResponseMessage response = await http.SendAsync(request);
            string answer = await response.Content.ReadAsStringAsync();
            // Apply refuses fields and types that the schema does not have with 500, as kube-apiserver does.
            bool isBroken = (int)response.StatusCode >= 500 && !answer.Contains("failed to create typed patch object", StringComparison.Ordinal) && !answer.Contains("resourceVersion should not be set", StringComparison.Ordinal);
            isBroken.ShouldBeFalse($"seed {seed}, round {round}: {request.Method} {request.RequestUri} {await BodyOf(request)} -> {answer}");
        }
    }

    private static HttpRequestMessage Request(Random random) => random.Next(6) switch
    {
        0 => With(HttpMethod.Post, Home + "?dryRun=All", Break(random, Pick(random, Json)), "application/json"),
        1 => With(HttpMethod.Post, Home + "?dryRun=All", Break(random, Pick(random, Yaml)), "application/yaml"),
        2 => With(HttpMethod.Patch, Home + "/kube-root-ca.crt?dryRun=All", Break(random, Pick(random, Json)), Pick(random, ["application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json"])),
        3 => With(HttpMethod.Patch, Home + "/fuzz?dryRun=All&fieldManager=fuzz", Break(random, Pick(random, Yaml)), "application/apply-patch+yaml"),
        4 => new HttpRequestMessage(HttpMethod.Get, $"{Home}?labelSelector={Uri.EscapeDataString(Break(random, Pick(random, Selectors)))}&fieldSelector={Uri.EscapeDataString(Break(random, Pick(random, Selectors)))}"),
        _ => new HttpRequestMessage(HttpMethod.Get, $"{Home}?limit=1&continue={Uri.EscapeDataString(Token(random))}"),
    };

    private static string Token(Random random)
        => Convert.ToBase64String(Encoding.UTF8.GetBytes(Break(random, """{"v":"meta.k8s.io/v1","rv":5,"start":"default/a\u0000"}"""))).TrimEnd('=');

    private static string Break(Random random, string text)
    {
        var broken = new StringBuilder(text);
        for (int times = random.Next(1, 4); times > 0 && broken.Length > 1; times--)
        {
            int at = random.Next(broken.Length);
            switch (random.Next(5))
            {
                case 0:
                    broken.Remove(at, Math.Min(random.Next(1, 6), broken.Length - at));
                    break;
                case 1:
                    broken.Insert(at, Pick(random, ["{", "}", "[", "]", "\"", ",", ":", "null", "1e999", "-", "\\u0000", "\u2603", "\n", "0x1", "&", "*"]));
                    break;
                case 2:
                    broken[at] = (char)random.Next(1, 127);
                    break;
                case 3:
                    broken.Insert(at, broken.ToString(at, Math.Min(12, broken.Length - at)));
                    break;
                default:
                    broken.Length = at;
                    break;
            }
        }

        return broken.ToString();
    }

    private static T Pick<T>(Random random, T[] from) => from[random.Next(from.Length)];

    private static HttpRequestMessage With(HttpMethod method, string path, string body, string type)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return new HttpRequestMessage(method, path) { Content = content };
    }

    private static Task<string> BodyOf(HttpRequestMessage request) => request.Content?.ReadAsStringAsync() ?? Task.FromResult("");
}
