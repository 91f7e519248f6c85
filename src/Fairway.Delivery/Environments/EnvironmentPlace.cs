using Fairway.Git;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Delivery.Environments;

/// <summary>Where an environment of an application is.</summary>
internal static class EnvironmentPlace
{
    public static string ClusterName(this ApplicationEnvironment environment) => environment.Cluster ?? environment.Name;

    public static string NamespaceIn(this ApplicationEnvironment environment, Application application)
        => environment.Namespace ?? application.Metadata.Name;

    public static string PathIn(this ApplicationEnvironment environment, Application application)
        => environment.Path ?? application.Spec.Path ?? "deploy";

    public static ApplicationEnvironment? Environment(this Application application, string name)
        => application.Spec.Environments.FirstOrDefault(environment => environment.Name == name);

    /// <summary>The application's repository; null when its name cannot be one.</summary>
    public static RepositoryName? RepositoryName(this Application application)
        => Fairway.Git.RepositoryName.TryOf(application.Metadata.Namespace, application.Spec.Repository, out RepositoryName? name) ? name : null;
}
