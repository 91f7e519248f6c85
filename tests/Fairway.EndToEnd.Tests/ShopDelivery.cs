using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Kinds.Pipelines;

namespace Fairway.EndToEnd.Tests;

/// <summary>An Application whose releases are made by hand, so that a test decides when there is a next one.</summary>
internal static class ShopDelivery
{
    public const string Team = "shop";

    /// <summary>Pushes the example's manifests and makes an Application that delivers them by canary to a cluster.</summary>
    /// <returns>The commit that releases name.</returns>
    public static async Task<string> SetUpAsync(PlatformProcess platform, string cluster, IReadOnlyList<CanaryStep> steps)
    {
        IClusterApi hub = await platform.ClusterAsync("hub");
        await hub.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = Team } }, CancellationToken.None);
        await hub.CreateAsync(new GitRepository { Metadata = new ObjectMeta { Name = "web", Namespace = Team } }, CancellationToken.None);
        string sha = await PushAsync(platform, hub);
        await hub.CreateAsync(
            new Application
            {
                Metadata = new ObjectMeta { Name = "web", Namespace = Team },
                Spec = new ApplicationSpec
                {
                    Repository = "web",
                    Path = "deploy",
                    Environments =
                    [
                        new ApplicationEnvironment
                        {
                            Name = "prod",
                            Cluster = cluster,
                            Namespace = Team,
                            Strategy = new DeliveryStrategy
                            {
                                Canary = new CanaryStrategy { Steps = steps },
                            },
                        },
                    ],
                },
            },
            CancellationToken.None);
        return sha;
    }

    private static async Task<string> PushAsync(PlatformProcess platform, IClusterApi hub)
    {
        GitRepository repository = await Eventually.GetAsync(
            "the repository to be hosted",
            async () => await hub.GetAsync<GitRepository>(Team, "web", CancellationToken.None) is { Status.Url: not null } hosted ? hosted : null);
        string kubeconfig = (await platform.RunAsync("kubeconfig")).Output;
        string token = Kubeconfig.Parse(kubeconfig, "kubeconfig").Context("hub").Token!;
        string work = Directory.CreateDirectory(Path.Combine(platform.Data.FullName, "work")).FullName;
        string examples = Path.Combine(AppContext.BaseDirectory, "examples", "shop", "deploy", "base");
        Directory.CreateDirectory(Path.Combine(work, "deploy"));
        foreach (string file in Directory.GetFiles(examples))
        {
            string text = await File.ReadAllTextAsync(file);
            await File.WriteAllTextAsync(Path.Combine(work, "deploy", Path.GetFileName(file)), text.Replace("replicas: 1", "replicas: 3", StringComparison.Ordinal));
        }

        await GitAsync(work, "init", "--quiet", "--initial-branch", "main");
        await GitAsync(work, "add", "--all");
        await GitAsync(work, "-c", "user.name=Test", "-c", "user.email=test@fairway.dev", "commit", "--quiet", "--message", "Deploy");
        await GitAsync(work, "push", "--quiet", new UriBuilder(repository.Status!.Url!) { UserName = "test", Password = token }.Uri.AbsoluteUri, "main");
        return (await GitAsync(work, "rev-parse", "HEAD")).Trim();
    }

    private static async Task<string> GitAsync(string directory, params string[] arguments)
    {
        Outcome outcome = await PlatformProcess.ExecuteAsync("git", arguments, directory);
        outcome.ExitCode.ShouldBe(0, outcome.Errors);
        return outcome.Output;
    }

    public static Release NewRelease(int number, string sha) => new()
    {
        Metadata = new ObjectMeta { Name = $"web-{number}", Namespace = Team },
        Spec = new ReleaseSpec
        {
            Application = "web",
            Version = $"v{number}",
            Number = number,
            Commit = new CommitRef { Sha = sha, Message = $"Release {number}", Branch = "main" },
            Images = [new ReleaseImage { Name = "shop/web", Digest = $"sha256:{number:x64}" }],
        },
    };
}
