using System.Net;

namespace Fairway.Client;

/// <summary>How a pod reaches the API server of the cluster that it runs in, by what Kubernetes gives every pod.</summary>
public static class InCluster
{
    private const string Directory = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>The context of this pod's ServiceAccount.</summary>
    /// <param name="name">What to call the cluster.</param>
    /// <exception cref="KubeconfigException">This is no pod; the message says what is missing.</exception>
    public static KubeconfigContext Context(string name, string directory = Directory)
    {
        string Variable(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value
            ? value
            : throw new KubeconfigException("in-cluster configuration", variable, "is not set: this process runs in no pod; give a kubeconfig");
        string host = Variable("KUBERNETES_SERVICE_HOST");
        string port = Variable("KUBERNETES_SERVICE_PORT");
        string token = Path.Combine(directory, "token");
        string authority = Path.Combine(directory, "ca.crt");
        if (!File.Exists(token))
        {
            throw new KubeconfigException("in-cluster configuration", token, "is not there: the pod has no ServiceAccount token");
        }

        bool isIpv6 = IPAddress.TryParse(host, out IPAddress? address) && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        return new KubeconfigContext
        {
            Name = name,
            Server = new Uri($"https://{(isIpv6 ? $"[{host}]" : host)}:{port}"),
            CertificateAuthority = File.Exists(authority) ? File.ReadAllText(authority) : null,
            Namespace = File.Exists(Path.Combine(directory, "namespace")) ? File.ReadAllText(Path.Combine(directory, "namespace")).Trim() : null,
            User = "in-cluster",
            TokenFile = token,
        };
    }
}
