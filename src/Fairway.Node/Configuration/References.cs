using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Configuration;

/// <summary>Whether a pod refers to an object.</summary>
internal static class References
{
    public static bool ConfigMap(PodSpec spec, string name)
        => (spec.Volumes ?? []).Any(volume => volume.ConfigMap?.Name == name
                || (volume.Projected?.Sources ?? []).Any(source => source.ConfigMap?.Name == name))
            || Containers(spec).Any(container => (container.EnvFrom ?? []).Any(source => source.ConfigMapRef?.Name == name)
                || (container.Env ?? []).Any(variable => variable.ValueFrom?.ConfigMapKeyRef?.Name == name));

    public static bool Secret(PodSpec spec, string name)
        => (spec.Volumes ?? []).Any(volume => volume.Secret?.SecretName == name
                || (volume.Projected?.Sources ?? []).Any(source => source.Secret?.Name == name))
            || Containers(spec).Any(container => (container.EnvFrom ?? []).Any(source => source.SecretRef?.Name == name)
                || (container.Env ?? []).Any(variable => variable.ValueFrom?.SecretKeyRef?.Name == name));

    private static IEnumerable<Container> Containers(PodSpec spec) => spec.AllContainers();
}
