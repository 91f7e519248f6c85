using System.Text;
using Fairway.Node.Configuration;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Volumes;

/// <summary>What files a volume has, from ConfigMaps, Secrets and the pod itself.</summary>
internal sealed class VolumeContents(ObjectSource objects, PodTokens tokens, string hostIP, IReadOnlyDictionary<string, Quantity> allocatable)
{
    private const int UsualMode = 420; // 0644

    /// <summary>Its files by path; null for a volume that is no set of files (emptyDir, hostPath).</summary>
    /// <exception cref="ConfigurationException">Something referred to is missing and not optional.</exception>
    public async Task<IReadOnlyDictionary<string, VolumeFile>?> FilesAsync(Pod pod, Volume volume, CancellationToken cancellation)
    {
        string @namespace = pod.Metadata.Namespace ?? "";
        var files = new Dictionary<string, VolumeFile>();
        if (volume.ConfigMap is { } map)
        {
            Add(files, await objects.ConfigMapAsync(@namespace, map.Name ?? "", cancellation), map.Items, map.DefaultMode, map.Optional, "configmap", map.Name);
        }
        else if (volume.Secret is { } secret)
        {
            Add(files, await objects.SecretAsync(@namespace, secret.SecretName ?? "", cancellation), secret.Items, secret.DefaultMode, secret.Optional, "secret", secret.SecretName);
        }
        else if (volume.DownwardApi is { } downward)
        {
            AddFields(files, pod, downward.Items, downward.DefaultMode);
        }
        else if (volume.Projected is { } projected)
        {
            foreach (VolumeProjection source in projected.Sources ?? [])
            {
                await AddProjectionAsync(files, pod, source, projected.DefaultMode, cancellation);
            }
        }
        else
        {
            return null;
        }

        return files;
    }

    private async Task AddProjectionAsync(
        Dictionary<string, VolumeFile> files, Pod pod, VolumeProjection source, int? mode, CancellationToken cancellation)
    {
        string @namespace = pod.Metadata.Namespace ?? "";
        if (source.ConfigMap is { } map)
        {
            Add(files, await objects.ConfigMapAsync(@namespace, map.Name ?? "", cancellation), map.Items, mode, map.Optional, "configmap", map.Name);
        }
        else if (source.Secret is { } secret)
        {
            Add(files, await objects.SecretAsync(@namespace, secret.Name ?? "", cancellation), secret.Items, mode, secret.Optional, "secret", secret.Name);
        }
        else if (source.DownwardApi is { } downward)
        {
            AddFields(files, pod, downward.Items, mode);
        }
        else if (source.ServiceAccountToken is { } token)
        {
            files[token.Path] = new VolumeFile(await tokens.GetAsync(pod, token, cancellation), Mode(mode));
        }
    }

    private void AddFields(Dictionary<string, VolumeFile> files, Pod pod, IReadOnlyList<DownwardApiVolumeFile>? items, int? mode)
    {
        foreach (DownwardApiVolumeFile item in items ?? [])
        {
            string text = item.FieldRef is { } field ? DownwardFields.Field(pod, field.FieldPath, hostIP)
                : item.ResourceFieldRef is { } resource ? DownwardFields.Resource(pod, resource, resource.ContainerName ?? "", allocatable)
                : "";
            files[item.Path] = new VolumeFile(Encoding.UTF8.GetBytes(text), Mode(item.Mode ?? mode));
        }
    }

    private static void Add(
        Dictionary<string, VolumeFile> files,
        IReadOnlyDictionary<string, byte[]>? values,
        IReadOnlyList<KeyToPath>? items,
        int? mode,
        bool? optional,
        string kind,
        string? name)
    {
        if (values is null)
        {
            if (optional == true)
            {
                return;
            }

            throw new ConfigurationException($"{kind} \"{name}\" not found");
        }

        if (items is null)
        {
            foreach ((string key, byte[] value) in values)
            {
                files[key] = new VolumeFile(value, Mode(mode));
            }

            return;
        }

        foreach (KeyToPath item in items)
        {
            if (values.TryGetValue(item.Key, out byte[]? value))
            {
                files[item.Path] = new VolumeFile(value, Mode(item.Mode ?? mode));
            }
            else if (optional != true)
            {
                throw new ConfigurationException($"{kind} \"{name}\" references non-existent config key: {item.Key}");
            }
        }
    }

    private static UnixFileMode Mode(int? mode) => (UnixFileMode)(mode ?? UsualMode);
}
