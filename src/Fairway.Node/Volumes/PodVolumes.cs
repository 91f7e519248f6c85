using System.Collections.Concurrent;
using System.Globalization;
using Fairway.Node.Configuration;
using Fairway.Node.Runtimes;
using Fairway.Node.Runtimes.Process;
using Fairway.Node.Storage;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Volumes;

/// <summary>The volumes of the node's pods: one directory for each, below the pod's own, readable by the node's user only.</summary>
/// <param name="places">Where claims and host paths are.</param>
/// <param name="ownerOnly">Files get no permission for others: right where containers run as the node's user.</param>
internal sealed class PodVolumes(string directory, VolumeContents contents, ClaimDirectories places, bool ownerOnly, TimeProvider time)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private long _versions;

    // Where the claims of pods were found, by pod uid and volume name: what is mounted stays, whatever happens to the claim.
    private readonly ConcurrentDictionary<(string Pod, string Volume), (string Path, bool ReadOnly)> _claims = new();

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

    public void Remove(string podUid)
    {
        RootDirectory.Delete(Path.Combine(directory, podUid));
        foreach ((string Pod, string Volume) known in _claims.Keys.Where(known => known.Pod == podUid))
        {
            _claims.TryRemove(known, out _);
        }
    }

    /// <summary>How many bytes a pod's emptyDir volumes hold, by volume name.</summary>
    public IReadOnlyDictionary<string, long> Sizes(Pod pod, IEnumerable<string> volumes)
        => volumes.ToDictionary(volume => volume, volume => DirectorySize(PathOf(pod, volume)));

    private async Task FillAsync(Pod pod, Volume volume, CancellationToken cancellation)
    {
        if (volume.HostPath is { } host)
        {
            places.Check(host.Path, host.Type);
            return;
        }

        if (ClaimOf(pod, volume) is { } claim)
        {
            if (!_claims.ContainsKey((pod.Metadata.Uid!, volume.Name)))
            {
                _claims[(pod.Metadata.Uid!, volume.Name)] = await places.FindAsync(pod, claim, volume.PersistentVolumeClaim?.ReadOnly, cancellation);
            }

            return;
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
        bool readOnly = mount.ReadOnly ?? false;
        string source = volume.HostPath?.Path ?? PathOf(pod, mount.Name);
        if (_claims.TryGetValue((pod.Metadata.Uid!, mount.Name), out (string Path, bool ReadOnly) claimed))
        {
            source = claimed.Path;
            readOnly |= claimed.ReadOnly;
        }

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

        return new ContainerMount(source, mount.MountPath, readOnly);
    }

    private string PathOf(Pod pod, string volume) => Path.Combine(directory, pod.Metadata.Uid!, volume);

    private static string? ClaimOf(Pod pod, Volume volume)
        => volume.PersistentVolumeClaim?.ClaimName ?? (volume.Ephemeral is null ? null : $"{pod.Metadata.Name}-{volume.Name}");

    private static long DirectorySize(string path)
    {
        try
        {
            return new DirectoryInfo(path)
                .EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true })
                .Sum(file => file.Length);
        }
        catch (IOException)
        {
            // Gone, or changing as we look.
            return 0;
        }
    }
}
