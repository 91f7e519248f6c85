using Fairway.ControllerRuntime;
using Fairway.PromQL;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Telemetry.Identity;

/// <summary>
/// What the platform knows of a workload, as labels: cluster, namespace, service, release, environment and team. Put on every
/// signal when it arrives, so that nobody has to join.
/// </summary>
internal sealed class WorkloadIdentity
{
    public const string ApplicationLabel = "fairway.dev/application";
    public const string EnvironmentLabel = "fairway.dev/environment";
    public const string ReleaseLabel = "fairway.dev/release";
    private const string ApplicationNamespaceLabel = "fairway.dev/application-namespace";

    private readonly Informer<Application>? _applications;
    private readonly Dictionary<string, Informer<Pod>> _pods;
    private readonly Dictionary<string, Informer<Service>> _services;

    /// <summary>Reads pods and Services of all clusters, and who owns applications from the hub.</summary>
    public WorkloadIdentity(InformerSet? hub, IReadOnlyDictionary<string, InformerSet> clusters)
    {
        _applications = hub?.Of<Application>();
        _pods = clusters.ToDictionary(cluster => cluster.Key, cluster => cluster.Value.Of<Pod>());
        _services = clusters.ToDictionary(cluster => cluster.Key, cluster => cluster.Value.Of<Service>());
    }

    /// <summary>The clusters' names.</summary>
    public IEnumerable<string> Clusters => _pods.Keys;

    public IEnumerable<(string Cluster, Pod Pod)> Pods => _pods.SelectMany(cluster => cluster.Value.List().Select(pod => (cluster.Key, pod)));

    public Pod? Pod(string cluster, string @namespace, string name) => _pods.GetValueOrDefault(cluster)?.Get(@namespace, name);

    /// <summary>The labels of a pod's signals, in no order; absent ones are left out.</summary>
    public IReadOnlyList<(string Name, string Value)> OfPod(string cluster, Pod pod)
    {
        var labels = new List<(string, string)> { ("cluster", cluster), ("namespace", pod.Metadata.Namespace ?? "") };
        Add(labels, "service", First(pod.Metadata.Labels, ApplicationLabel, "app.kubernetes.io/name", "app"));
        Add(labels, "release", pod.Metadata.Labels?.GetValueOrDefault(ReleaseLabel));
        AddOwner(labels, pod.Metadata.Labels, cluster, pod.Metadata.Namespace);
        return labels;
    }

    /// <summary>The environment and team of a Service.</summary>
    public IReadOnlyList<(string Name, string Value)> OfService(string cluster, string @namespace, string service)
    {
        var labels = new List<(string, string)>();
        AddOwner(labels, _services.GetValueOrDefault(cluster)?.Get(@namespace, service)?.Metadata.Labels, cluster, @namespace);
        return labels;
    }

    private void AddOwner(List<(string, string)> labels, IReadOnlyDictionary<string, string>? from, string cluster, string? @namespace)
    {
        Application? application = from?.GetValueOrDefault(ApplicationLabel) is { } name
            ? _applications?.List(from.GetValueOrDefault(ApplicationNamespaceLabel)).FirstOrDefault(one => one.Metadata.Name == name)
            : _applications?.List().FirstOrDefault(one => EnvironmentIn(one, cluster, @namespace) is not null);
        Add(labels, "environment", from?.GetValueOrDefault(EnvironmentLabel) ?? (application is null ? null : EnvironmentIn(application, cluster, @namespace)));
        Add(labels, "team", application?.Spec.Owner);
    }

    private static string? EnvironmentIn(Application application, string cluster, string? @namespace)
        => application.Spec.Environments
            .FirstOrDefault(one => (one.Cluster ?? one.Name) == cluster && (one.Namespace ?? application.Metadata.Name) == @namespace)?.Name;

    private static string? First(IReadOnlyDictionary<string, string>? labels, params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
        {
            if (labels?.GetValueOrDefault(key) is { Length: > 0 } value)
            {
                return value;
            }
        }

        return null;
    }

    private static void Add(List<(string, string)> labels, string name, string? value)
    {
        if (value is { Length: > 0 })
        {
            labels.Add((name, value));
        }
    }
}
