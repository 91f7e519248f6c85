using System.Text;
using System.Text.RegularExpressions;
using Fairway.ApiServer;
using Fairway.Cli;
using Fairway.Client;

namespace Fairway.Platform;

/// <summary>
/// Real clusters that the hub delivers to, kept as one kubeconfig for each below <c>credentials/clusters</c> of the data directory,
/// readable by its owner only.
/// </summary>
internal sealed partial class MemberClusters(DirectoryInfo data)
{
    private readonly string _directory = Path.Combine(data.FullName, "credentials", "clusters");

    /// <summary>How to reach each, by name.</summary>
    /// <exception cref="CommandFailure">A file cannot be read; the message names it.</exception>
    public IReadOnlyList<KubeconfigContext> All()
    {
        if (!Directory.Exists(_directory))
        {
            return [];
        }

        try
        {
            return [.. Directory.EnumerateFiles(_directory, "*.yaml").Order(StringComparer.Ordinal)
                .Select(file => Kubeconfig.Parse(File.ReadAllText(file), file).Context(Path.GetFileNameWithoutExtension(file)))];
        }
        catch (KubeconfigException broken)
        {
            throw new CommandFailure(ExitCode.Failed, $"{broken.Message}. Join the cluster again, or let it go: fairway clusters leave NAME");
        }
    }

    /// <summary>Keeps a cluster's kubeconfig, replacing one of the same name.</summary>
    /// <exception cref="CommandFailure">The name is no DNS label.</exception>
    public async Task JoinAsync(KubeconfigContext context, CancellationToken cancellation)
    {
        if (!DnsLabel().IsMatch(context.Name))
        {
            throw new CommandFailure(ExitCode.Usage, $"\"{context.Name}\" is no cluster name; expected lower-case letters, digits and '-', at most 63");
        }

        Directory.CreateDirectory(_directory);
        Kubeconfig config = Kubeconfig.Empty(PathOf(context.Name));
        config.Set(context with { User = context.Name });
        config.Use(context.Name);
        await PrivateFile.WriteAsync(PathOf(context.Name), Encoding.UTF8.GetBytes(config.ToYaml()), cancellation);
    }

    /// <summary>Forgets a cluster; false when none of that name is joined.</summary>
    public bool Leave(string name)
    {
        if (!DnsLabel().IsMatch(name) || !File.Exists(PathOf(name)))
        {
            return false;
        }

        File.Delete(PathOf(name));
        return true;
    }

    private string PathOf(string name) => Path.Combine(_directory, $"{name}.yaml");

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DnsLabel();
}
