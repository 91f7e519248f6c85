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

    /// <summary>Refuses what is no name for a cluster.</summary>
    /// <exception cref="CommandFailure">It is no DNS label, or a cluster of the platform has it.</exception>
    public static void CheckName(string name, IEnumerable<string> own)
    {
        if (!DnsLabel().IsMatch(name))
        {
            throw new CommandFailure(ExitCode.Usage, $"\"{name}\" is no cluster name; expected lower-case letters, digits and '-', at most 63");
        }

        if (own.Contains(name))
        {
            throw new CommandFailure(ExitCode.Usage, $"\"{name}\" is a cluster of the platform itself; choose another name");
        }
    }

    /// <summary>A kubeconfig of this one context, with what its files hold.</summary>
    public static string Write(KubeconfigContext context)
    {
        Kubeconfig config = Kubeconfig.Empty(context.Name);
        config.Set(context);
        config.Use(context.Name);
        return config.ToYaml();
    }

    /// <summary>Keeps a cluster's kubeconfig, replacing one of the same name.</summary>
    /// <exception cref="CommandFailure">The name is no DNS label.</exception>
    public async Task JoinAsync(KubeconfigContext context, CancellationToken cancellation)
    {
        CheckName(context.Name, []);
        Directory.CreateDirectory(_directory);
        await PrivateFile.WriteAsync(PathOf(context.Name), Encoding.UTF8.GetBytes(Write(context)), cancellation);
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
