using System.Globalization;
using Fairway.Git;

namespace Fairway.Pipelines.Actions;

/// <summary><c>actions/checkout</c>: a real clone that shares the hosted repository's objects, so that it costs no copy.</summary>
internal static class Checkout
{
    private const string NoCredentials = "jobs here hold no credentials, and none are needed to read.";

    public static BuiltInAction Action { get; } = new(
        new(
            "actions/checkout",
            ["repository", "ref", "path", "fetch-depth", "clean", "fetch-tags"],
            [],
            new Dictionary<string, string>
            {
                ["token"] = NoCredentials,
                ["ssh-key"] = NoCredentials,
                ["ssh-known-hosts"] = NoCredentials,
                ["ssh-strict"] = NoCredentials,
                ["ssh-user"] = NoCredentials,
                ["persist-credentials"] = NoCredentials,
                ["filter"] = "nothing is copied that could be left out.",
                ["show-progress"] = "it takes no time.",
                ["set-safe-directory"] = "the workspace belongs to the user who runs the job.",
                ["github-server-url"] = "repositories come from this platform.",
                ["sparse-checkout-cone-mode"] = "the whole tree is checked out.",
            },
            new Dictionary<string, string>
            {
                ["submodules"] = "submodules are not fetched.",
                ["lfs"] = "Git LFS is not served.",
                ["sparse-checkout"] = "the whole tree is checked out.",
            }),
        RunAsync);

    private static async Task RunAsync(ActionCall call, CancellationToken cancellation)
    {
        RepositoryName name = Repository(call);
        BareRepository source = call.Services.Repositories.Find(name) ?? throw new ActionFailure($"There is no repository {name}.");
        bool own = name.Name == call.Job.Run.Spec.Repository;
        string asked = call.Input("ref", own ? call.Job.Run.Spec.Sha : await source.DefaultBranchAsync(cancellation));
        string sha = await source.ResolveAsync(asked, cancellation) ?? throw new ActionFailure($"'{asked}' is no branch, tag or commit of {name}.");
        string? branch = await BranchAsync(call, source, asked, own, cancellation);
        string target = call.InWorkspace(call.Input("path", "."));
        Clear(target);

        GitProgram git = call.Services.Repositories.Git;
        await git.RunAsync(null, ["clone", "--quiet", "--shared", "--no-checkout", source.Directory, target], cancellation);
        await git.RunAsync(null, ["-C", target, "remote", "set-url", "origin", $"{call.Services.Options.GitUrl()}/{name.RelativePath}"], cancellation);
        if (Depth(call) == 1)
        {
            await File.WriteAllTextAsync(Path.Combine(target, ".git", "shallow"), sha + "\n", cancellation);
        }

        string[] checkout = branch is null ? ["checkout", "--quiet", "--force", "--detach", sha] : ["checkout", "--quiet", "--force", "-B", branch, sha];
        await git.RunAsync(null, ["-C", target, .. checkout], cancellation);
        call.Say($"Checked out {name} at {sha}{(branch is null ? "" : $" ({branch})")}.");
        call.Channel.SetOutput("ref", asked);
        call.Channel.SetOutput("commit", sha);
    }

    private static RepositoryName Repository(ActionCall call)
    {
        string @namespace = call.Job.Key.Namespace;
        string asked = call.Input("repository", $"{@namespace}/{call.Job.Run.Spec.Repository}");
        string[] parts = asked.Split('/');
        if (parts.Length != 2 || !RepositoryName.TryOf(parts[0], parts[1], out RepositoryName? name))
        {
            throw new ActionFailure($"'{asked}' is not a repository of this platform.");
        }

        return name.Namespace == @namespace ? name : throw new ActionFailure($"A run in {@namespace} can read repositories of {@namespace} only, not {name}.");
    }

    private static async Task<string?> BranchAsync(ActionCall call, BareRepository source, string asked, bool own, CancellationToken cancellation)
    {
        const string heads = "refs/heads/";
        string run = call.Job.Run.Spec.Ref;
        if (own && asked == call.Job.Run.Spec.Sha)
        {
            return run.StartsWith(heads, StringComparison.Ordinal) ? run[heads.Length..] : null;
        }

        string branch = asked.StartsWith(heads, StringComparison.Ordinal) ? asked[heads.Length..] : asked;
        return await source.ResolveAsync(heads + branch, cancellation) is null ? null : branch;
    }

    private static int Depth(ActionCall call)
        => int.TryParse(call.Input("fetch-depth", "1"), NumberStyles.None, CultureInfo.InvariantCulture, out int depth)
            ? depth
            : throw new ActionFailure($"fetch-depth must be a number, not '{call.Input("fetch-depth")}'.");

    private static void Clear(string directory)
    {
        if (Directory.Exists(directory))
        {
            foreach (string entry in Directory.EnumerateDirectories(directory))
            {
                Execution.RunPaths.Remove(entry);
            }

            foreach (string file in Directory.EnumerateFiles(directory))
            {
                File.Delete(file);
            }
        }

        Directory.CreateDirectory(directory);
    }
}
