using Fairway.Client;
using Fairway.Node.Configuration;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Storage;

/// <summary>Where the claims and host paths of pods are on this machine, and whether pods may have them.</summary>
/// <param name="provisioned">The directory of volumes that were made for claims; null where none are made.</param>
/// <param name="allowed">Directories that pods may mount as they are; <c>/</c> allows all.</param>
internal sealed class ClaimDirectories(IClusterApi cluster, string? provisioned, IReadOnlyList<string> allowed)
{
    /// <summary>The directory behind a claim of the pod.</summary>
    /// <exception cref="ConfigurationException">It has none (yet).</exception>
    public async Task<(string Path, bool ReadOnly)> FindAsync(Pod pod, string claimName, bool? readOnly, CancellationToken cancellation)
    {
        PersistentVolumeClaim claim = await cluster.FindAsync<PersistentVolumeClaim>(pod.Metadata.Namespace, claimName, cancellation)
            ?? throw new ConfigurationException($"persistentvolumeclaim \"{claimName}\" not found");
        if (claim.Status?.Phase != "Bound" || string.IsNullOrEmpty(claim.Spec?.VolumeName))
        {
            throw new ConfigurationException($"can't use PVC {claim.Metadata.Namespace}/{claimName}: PVC is not bound");
        }

        PersistentVolume volume = await cluster.FindAsync<PersistentVolume>(null, claim.Spec.VolumeName, cancellation)
            ?? throw new ConfigurationException($"failed to fetch PV {claim.Spec.VolumeName} from API server: persistentvolumes \"{claim.Spec.VolumeName}\" not found");
        string path = volume.Spec?.HostPath?.Path ?? volume.Spec?.Local?.Path
            ?? throw new ConfigurationException($"volume \"{volume.Metadata.Name}\" has no source that this node can mount; expected hostPath or local");
        if (provisioned is null || !LocalProvisioner.IsBelow(path, provisioned))
        {
            Check(path, volume.Spec?.HostPath?.Type);
        }
        else
        {
            Directory.CreateDirectory(path);
        }

        return (path, readOnly == true);
    }

    /// <summary>Whether a pod may mount this path, and whether it is what the pod says.</summary>
    /// <exception cref="ConfigurationException">It may not, or it is not.</exception>
    public void Check(string path, string? type)
    {
        string full = Path.GetFullPath(path);
        if (!path.StartsWith('/') || !allowed.Any(each => each == "/" || full == each || full.StartsWith(each.TrimEnd('/') + "/", StringComparison.Ordinal)))
        {
            throw new ConfigurationException($"hostPath \"{path}\" is not allowed on this node; allow it with: fairway up --cluster NAME=RUNTIME,host-path={path}");
        }

        bool isThere = type switch
        {
            "DirectoryOrCreate" => Directory.CreateDirectory(path).Exists,
            "FileOrCreate" => IsFileOrMade(path),
            "Directory" => Directory.Exists(path),
            "File" => File.Exists(path) && (File.GetAttributes(path) & FileAttributes.Device) == FileAttributes.None,
            "Socket" or "CharDevice" or "BlockDevice" => File.Exists(path),
            _ => true,
        };
        if (!isThere)
        {
            string wanted = type switch { "Directory" => "directory", "File" => "file", "Socket" => "socket file", "CharDevice" => "character device", _ => "block device" };
            throw new ConfigurationException($"hostPath type check failed: {path} is not a {wanted}");
        }
    }

    private static bool IsFileOrMade(string path)
    {
        if (!File.Exists(path))
        {
            using FileStream made = File.Create(path);
        }

        return true;
    }
}
