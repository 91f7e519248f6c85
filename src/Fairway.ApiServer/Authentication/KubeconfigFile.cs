using System.Text;
using Fairway.Client;

namespace Fairway.ApiServer;

/// <summary>Kubeconfig for the embedded clusters: one context for each, named like it, with authority and token embedded.</summary>
public static class KubeconfigFile
{
    /// <summary>A config with all clusters; the first one is current.</summary>
    /// <param name="api">The API listener: <c>https://127.0.0.1:6443</c>.</param>
    public static Kubeconfig For(Uri api, IReadOnlyList<string> clusters, string authorityPem, string token)
    {
        var config = Kubeconfig.Empty("kubeconfig");
        Add(config, api, clusters, authorityPem, token);
        if (clusters.Count > 0)
        {
            config.Use(clusters[0]);
        }

        return config;
    }

    /// <summary>Adds the contexts to a user's own file, leaving everything else in it, and its current context if it has one.</summary>
    /// <exception cref="KubeconfigException">The file is there and is no kubeconfig.</exception>
    public static async Task MergeAsync(
        string path, Uri api, IReadOnlyList<string> clusters, string authorityPem, string token, CancellationToken cancellation)
    {
        Kubeconfig config = await Kubeconfig.LoadAsync(path, cancellation);
        Add(config, api, clusters, authorityPem, token);
        if (config.CurrentContext is null && clusters.Count > 0)
        {
            config.Use(clusters[0]);
        }

        await PrivateFile.WriteAsync(path, Encoding.UTF8.GetBytes(config.ToYaml()), cancellation);
    }

    private static void Add(Kubeconfig config, Uri api, IReadOnlyList<string> clusters, string authorityPem, string token)
    {
        ArgumentNullException.ThrowIfNull(clusters);
        foreach (string cluster in clusters)
        {
            config.Set(new KubeconfigContext
            {
                Name = cluster,
                Server = new Uri(api, $"/clusters/{cluster}"),
                CertificateAuthority = authorityPem,
                TlsServerName = ClusterHosts.HostOf(cluster),
                User = $"fairway-{cluster}",
                Token = token,
            });
        }
    }
}
