using System.Globalization;
using Fairway.Node.Configuration;
using Fairway.Node.Runtimes;
using Fairway.Node.Runtimes.Process;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Volumes;

/// <summary>The volumes of the node's pods: one directory for each, below the pod's own, readable by the node's user only.</summary>
/// <param name="ownerOnly">Files get no permission for others: right where containers run as the node's user.</param>
internal sealed class PodVolumes(string directory, VolumeContents contents, bool ownerOnly, TimeProvider time)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private long _versions;

    /// <summary>Makes and fills all volumes of a pod. Again and again: only differences are written.</summary>
    /// <exception cref="ConfigurationException">A volume cannot be filled; the message names it.</exception>
    public async Task FillAsync(Pod pod, CancellationToken cancellation)
    {
        foreach (Volume volume in pod.Spec.Volumes ?? [])
        {
            try
            {
                await FillAsync(pod, volume, cancellation);
            }
            catch (Exception failed) when (failed is ConfigurationException or IOException or UnauthorizedAccessException)
            {
                throw new ConfigurationException($"MountVolume.SetUp failed for volume \"{volume.Name}\" : {failed.Message}");
            }
        }
    }

    /// <summary>The mounts of a container; its volumes must have been filled.</summary>
    /// <exception cref="ConfigurationException">A mount names no volume, or leads out of it.</exception>
    public IReadOnlyList<ContainerMount> Mounts(Pod pod, Container container, IReadOnlyDictionary<string, string> environment)
        => [.. (container.VolumeMounts ?? []).Select(mount => Mount(pod, mount, environment))];

    public void Remove(string podUid) => RootDirectory.Delete(Path.Combine(directory, podUid));

    private async Task FillAsync(Pod pod, Volume volume, CancellationToken cancellation)
    {
        if (volume.HostPath is { } host)
        {
            CheckHostPath(host);
            return;
        }

        if (volume.PersistentVolumeClaim is { } claim)
        {
            throw new ConfigurationException($"persistentvolumeclaim \"{claim.ClaimName}\" not found");
        }

        if (!ContainerDirectory.IsSafe(volume.Name))
        {
            throw new ConfigurationException("its name is not a DNS label");
        }

        string target = PathOf(pod, volume.Name);
        Directory.CreateDirectory(Path.Combine(directory, pod.Metadata.Uid!), OwnerOnly);
        Directory.CreateDirectory(target);
        if (await contents.FilesAsync(pod, volume, cancellation) is { } files)
        {
            string version = string.Create(CultureInfo.InvariantCulture, $"{time.GetUtcNow():yyyy_MM_dd_HH_mm_ss}.{Interlocked.Increment(ref _versions)}.{Environment.ProcessId}");
            AtomicDirectory.Write(target, files.ToDictionary(pair => pair.Key, pair => Restrict(pair.Value)), version);
        }
    }

    private VolumeFile Restrict(VolumeFile file) => ownerOnly ? file with { Mode = file.Mode & OwnerOnly } : file;

    private ContainerMount Mount(Pod pod, VolumeMount mount, IReadOnlyDictionary<string, string> environment)
    {
        Volume volume = pod.Spec.Volumes?.FirstOrDefault(candidate => candidate.Name == mount.Name)
            ?? throw new ConfigurationException($"volume \"{mount.Name}\" of mount {mount.MountPath} does not exist");
        string source = volume.HostPath?.Path ?? PathOf(pod, mount.Name);
        string inside = mount.SubPathExpr is { } expression ? VariableExpansion.Expand(expression, environment) : mount.SubPath ?? "";
        if (inside.Length > 0)
        {
            if (inside.StartsWith('/') || inside.Split('/').Contains(".."))
            {
                throw new ConfigurationException($"subPath \"{inside}\" of volume \"{mount.Name}\" must be relative and without ..");
            }

            source = RootPath.Resolve(source, inside);
            if (!File.Exists(source))
            {
                Directory.CreateDirectory(source);
            }
        }

        return new ContainerMount(source, mount.MountPath, mount.ReadOnly ?? false);
    }

    private string PathOf(Pod pod, string volume) => Path.Combine(directory, pod.Metadata.Uid!, volume);

    private static void CheckHostPath(HostPathVolumeSource host)
    {
        bool isThere = host.Type switch
        {
            "DirectoryOrCreate" => Directory.CreateDirectory(host.Path).Exists,
            "Directory" => Directory.Exists(host.Path),
            "File" => File.Exists(host.Path),
            _ => true,
        };
        if (!isThere)
        {
            throw new ConfigurationException($"hostPath type check failed: {host.Path} is not a {host.Type!.ToLowerInvariant()}");
        }
    }
}
