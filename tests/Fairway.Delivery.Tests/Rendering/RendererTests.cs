using System.Text;
using Fairway.Delivery.Rendering;
using Fairway.Git;

namespace Fairway.Delivery.Tests.Rendering;

public sealed class RendererTests : IDisposable
{
    private static readonly RepositoryName Name = RepositoryName.Of("team", "shop");
    private readonly string _directory = Directory.CreateTempSubdirectory("fairway-renderer-").FullName;
    private readonly GitRepositories _repositories;

    public RendererTests()
        => _repositories = new GitRepositories(Path.Combine(_directory, "git"), new GitProgram(new GitProgramOptions(), TimeProvider.System));

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [KubectlFact]
    public async Task Render_Overlay_IsKustomized()
    {
        IReadOnlyList<Manifest> manifests = await RenderAsync("deploy/prod", Shop("../base"));
        Manifest deployment = manifests.Single(manifest => manifest.Kind == "Deployment");
        deployment.Node["spec"]!["replicas"]!.GetValue<long>().ShouldBe(3);
        deployment.Node["spec"]!["template"]!["spec"]!["containers"]![0]!["image"]!.GetValue<string>().ShouldBe("shop/web@sha256:abc");
    }

    [KubectlTheory]
    [InlineData("https://example.org/base", "deploy/prod/kustomization.yaml: resources: \"https://example.org/base\" is fetched from elsewhere")]
    [InlineData("github.com/acme/base?ref=v1", "deploy/prod/kustomization.yaml: resources: \"github.com/acme/base?ref=v1\" is fetched from elsewhere")]
    [InlineData("../nowhere", "deploy/prod: accumulating resources")]
    [InlineData("../../../../../../etc/passwd", "deploy/prod: accumulating resources")]
    public async Task Render_BadKustomization_SaysWhatIsWrongWithoutPathsOfThisMachine(string resource, string message)
    {
        RenderException refused = await Should.ThrowAsync<RenderException>(() => RenderAsync("deploy/prod", Shop(resource)));
        refused.Message.ShouldStartWith(message);
        refused.Message.ShouldNotContain(Path.GetTempPath() + "fairway-render");
    }

    [Fact]
    public async Task Render_KubectlIsMissing_SaysWhatToInstall()
        => (await Should.ThrowAsync<RenderException>(() => new Kustomize(TimeProvider.System, "no-such-kubectl").BuildAsync(_directory, ".", CancellationToken.None)))
            .Message.ShouldContain("`no-such-kubectl kustomize`");

    [Theory]
    [InlineData("deploy/base", "Deployment")]
    [InlineData("/deploy/base/", "Deployment")]
    public async Task Render_PlainFolder_ReadsEveryManifestInIt(string path, string kind)
        => (await RenderAsync(path, new() { ["deploy/base/a/web.yml"] = Deployment, ["deploy/base/readme.md"] = "# no" })).Single().Kind.ShouldBe(kind);

    [Theory]
    [InlineData("nowhere", "nowhere: there is no such folder at this commit")]
    [InlineData("../up", "path \"../up\": expected a folder inside the repository")]
    [InlineData("deploy/empty", "there is no object to deliver")]
    [InlineData("deploy/broken", "deploy/broken/x.yaml:2")]
    public async Task Render_FolderCannotBeRendered_SaysWhy(string path, string message)
        => (await Should.ThrowAsync<RenderException>(() => RenderAsync(
            path, new() { ["deploy/empty/readme.md"] = "x", ["deploy/broken/x.yaml"] = "a: b\n c: d\n" }))).Message.ShouldStartWith(message);

    private const string Deployment = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          replicas: 1
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec: {containers: [{name: web, image: shop/web}]}
        """;

    private static Dictionary<string, string> Shop(string resource) => new()
    {
        ["deploy/base/web.yaml"] = Deployment,
        ["deploy/base/kustomization.yaml"] = "resources: [web.yaml]\n",
        ["deploy/prod/kustomization.yaml"] = $"resources: [\"{resource}\"]\nreplicas: [{{name: web, count: 3}}]\n",
    };

    private async Task<IReadOnlyList<Manifest>> RenderAsync(string path, Dictionary<string, string> files)
    {
        BareRepository repository = await _repositories.EnsureAsync(Name, "main", CancellationToken.None);
        CommitOutcome outcome = await repository.CommitAsync(
            new CommitRequest
            {
                Branch = "main",
                ExpectedHead = null,
                Files = files.ToDictionary(file => file.Key, file => (ReadOnlyMemory<byte>?)Encoding.UTF8.GetBytes(file.Value)),
                Message = "Files",
                Author = new GitSignature("Ada", "ada@example.org", TimeProvider.System.GetUtcNow()),
            },
            CancellationToken.None);
        string sha = outcome.ShouldBeOfType<CommitOutcome.Committed>().Sha;
        return await new Renderer(_repositories, TimeProvider.System).RenderAsync(Name, sha, path, ManifestTransformTests.Target, CancellationToken.None);
    }
}

/// <summary>A test that needs <c>kubectl</c>; skipped by name where it is not installed.</summary>
internal sealed class KubectlFactAttribute : FactAttribute
{
    public KubectlFactAttribute() => Skip = Kubectl.Missing;
}

internal sealed class KubectlTheoryAttribute : TheoryAttribute
{
    public KubectlTheoryAttribute() => Skip = Kubectl.Missing;
}

internal static class Kubectl
{
    public static string? Missing { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(directory => File.Exists(Path.Combine(directory, "kubectl"))) ? null : "kubectl is not installed";
}
