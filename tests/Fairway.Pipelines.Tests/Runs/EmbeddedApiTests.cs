using Fairway.ApiServer;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Kinds.Pipelines;
using Fairway.Storage;

namespace Fairway.Pipelines.Tests.Runs;

/// <summary>The same controllers against the API server that the platform has: schemas, defaults, immutable fields, status subresources.</summary>
public sealed class EmbeddedApiTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Push_OverTheEmbeddedApi_EndsInARelease()
    {
        string root = Path.Combine(Path.GetTempPath(), $"fairway-embedded-{Guid.NewGuid():N}");
        Directory.CreateDirectory(root);
        try
        {
            await using RevisionLog log = await RevisionLog.OpenAsync(new RevisionLogOptions { Directory = Path.Combine(root, "resources") }, None);
            TokenStore tokens = await TokenStore.OpenAsync(Path.Combine(root, "tokens.json"), TimeProvider.System, None);
            await using EmbeddedApi server = new(log, new EmbeddedApiOptions { Clusters = ["hub"], Tokens = tokens });
            await server.StartAsync(None);
            IClusterApi hub = server.Client("hub", Identity.Component("controllers"));
            await hub.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = "shop" } }, None);
            await hub.CreateAsync(
                new Secret { Metadata = new ObjectMeta { Name = "pipelines", Namespace = "shop" }, StringData = new Dictionary<string, string> { ["TOKEN"] = "hidden-text" } }, None);

            await using TestPlatform platform = await TestPlatform.StartAsync(Path.Combine(root, "platform"), api: hub);
            await platform.CreateRepositoryAsync();
            string sha = await platform.PushWorkflowAsync(TestPlatform.Workflow("""
                strategy: {matrix: {v: [1, 2]}}
                outputs: {a: '${{ steps.a.outputs.x }}'}
                steps:
                  - {id: a, run: 'mkdir out; echo ${{ secrets.TOKEN }} > out/f; echo x=1 >> $GITHUB_OUTPUT; echo "::warning file=a.cs,line=3::look"'}
                  - if: matrix.v == 1
                    uses: fairway/publish@v1
                    with: {path: out, entrypoint: ./f}
                """));
            PipelineRun run = await platform.RunOfAsync(sha);
            run.Status!.Phase.ShouldBe("Succeeded", await platform.LogAsync(run));
            run.Status.Jobs!.Count.ShouldBe(2);
            run.Status.Annotations!.Count.ShouldBe(2);
            (await platform.LogAsync(run)).ShouldNotContain("hidden-text");
            Release release = (await hub.ListAsync<Release>("shop", None)).ShouldHaveSingleItem();
            release.Spec.Images.ShouldHaveSingleItem().Name.ShouldBe("shop/web");

            GitRepository repository = await hub.GetAsync<GitRepository>("shop", "web", None);
            await hub.DeleteAsync(repository, None);
            for (int i = 0; i < 1000 && await hub.FindAsync<GitRepository>("shop", "web", None) is not null; i++)
            {
                await Task.Delay(10);
            }

            (await hub.FindAsync<GitRepository>("shop", "web", None)).ShouldBeNull();
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
