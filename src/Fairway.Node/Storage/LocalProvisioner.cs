using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Node.Runtimes.Process;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Storage;

namespace Fairway.Node.Storage;

/// <summary>
/// Makes volumes for claims as directories of this machine, and removes them: the provisioner of the class <c>standard</c>. All
/// nodes of a cluster are on one machine, so every node reaches every volume.
/// </summary>
/// <remarks>
/// The directory is made before the volume object and removed before it: a crash in between leaves a directory that the next try
/// finds, never an object without one. Its name comes from the claim's uid, so doing it twice finds it done.
/// </remarks>
internal sealed class LocalProvisioner(IClusterApi cluster, InformerSet informers, string directory, EventRecorder events, TimeProvider time)
{
    public const string Name = "fairway.dev/local-path";

    private const string Standard = "standard";
    private const string ProvisionerAnnotation = "volume.kubernetes.io/storage-provisioner";
    private const string ProvisionedBy = "pv.kubernetes.io/provisioned-by";
    private static readonly TimeSpan AfterError = TimeSpan.FromSeconds(2);

    private readonly Informer<PersistentVolumeClaim> _claims = informers.Of<PersistentVolumeClaim>();
    private readonly Informer<PersistentVolume> _volumes = informers.Of<PersistentVolume>();
    private readonly Informer<StorageClass> _classes = informers.Of<StorageClass>();

    /// <summary>Makes the default class where there is none of its name, then waits until cancelled. What a person changed about it stays.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var standard = new StorageClass
        {
            Metadata = new ObjectMeta { Name = Standard, Annotations = new Dictionary<string, string> { [StorageClass.DefaultAnnotation] = "true" } },
            Provisioner = Name,
            ReclaimPolicy = "Delete",
            VolumeBindingMode = "WaitForFirstConsumer",
        };
        if (await cluster.FindAsync<StorageClass>(null, Standard, cancellation) is null)
        {
            await cluster.CreateAsync(standard, cancellation);
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellation);
    }

    public async Task<ReconcileResult> ReconcileClaimAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_claims.Get(key) is not { Spec: { } spec } claim
            || claim.Metadata.DeletionTimestamp is not null
            || claim.Metadata.Annotations?.GetValueOrDefault(ProvisionerAnnotation) != Name)
        {
            return ReconcileResult.Done;
        }

        if (!string.IsNullOrEmpty(spec.VolumeName))
        {
            await GrowAsync(claim, cancellation);
            return ReconcileResult.Done;
        }

        if (_classes.Get(null, spec.StorageClassName ?? "") is not { } @class)
        {
            return ReconcileResult.Done;
        }

        if (spec.VolumeMode == "Block")
        {
            events.Warning(claim, "ProvisioningFailed", $"failed to provision volume with StorageClass \"{@class.Metadata.Name}\": block volumes are not supported");
            return ReconcileResult.Done;
        }

        await ProvisionAsync(claim, spec, @class, cancellation);
        return ReconcileResult.Done;
    }

    /// <summary>A volume that its claim has left goes with its directory, where its policy says so.</summary>
    public async Task<ReconcileResult> ReconcileVolumeAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_volumes.Get(key) is not { Status.Phase: "Released", Spec: { PersistentVolumeReclaimPolicy: "Delete", HostPath.Path: { } path } } volume
            || volume.Metadata.Annotations?.GetValueOrDefault(ProvisionedBy) != Name
            || !IsOurs(path))
        {
            return ReconcileResult.Done;
        }

        try
        {
            RootDirectory.Delete(path);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            events.Warning(volume, "VolumeFailedDelete", failed.Message);
            return ReconcileResult.After(AfterError);
        }

        await cluster.DeleteAsync(volume, cancellation);
        return ReconcileResult.Done;
    }

    /// <summary>Whether a path is a volume's of this provisioner: such paths need no permission to be mounted.</summary>
    public static bool IsBelow(string path, string directory)
        => Path.GetFullPath(path).StartsWith(Path.GetFullPath(directory) + "/", StringComparison.Ordinal);

    private bool IsOurs(string path) => IsBelow(path, directory);

    private async Task ProvisionAsync(PersistentVolumeClaim claim, PersistentVolumeClaimSpec spec, StorageClass @class, CancellationToken cancellation)
    {
        string name = $"pvc-{claim.Metadata.Uid}";
        if (_volumes.Get(null, name) is not null)
        {
            return;
        }

        events.Normal(claim, "Provisioning", $"External provisioner is provisioning volume for claim \"{claim.Metadata.Namespace}/{claim.Metadata.Name}\"");
        string path = Path.Combine(directory, $"{name}_{claim.Metadata.Namespace}_{claim.Metadata.Name}");
        Directory.CreateDirectory(path);
        var volume = new PersistentVolume
        {
            Metadata = new ObjectMeta { Name = name, Annotations = new Dictionary<string, string> { [ProvisionedBy] = Name }, Finalizers = ["kubernetes.io/pv-protection"] },
            Spec = new PersistentVolumeSpec
            {
                Capacity = new Dictionary<string, Quantity> { ["storage"] = Requested(spec) },
                AccessModes = spec.AccessModes,
                HostPath = new HostPathVolumeSource { Path = path, Type = "DirectoryOrCreate" },
                PersistentVolumeReclaimPolicy = @class.ReclaimPolicy ?? "Delete",
                StorageClassName = @class.Metadata.Name,
                MountOptions = @class.MountOptions,
                VolumeMode = "Filesystem",
                ClaimRef = new ObjectReference
                {
                    ApiVersion = "v1",
                    Kind = "PersistentVolumeClaim",
                    Namespace = claim.Metadata.Namespace,
                    Name = claim.Metadata.Name,
                    Uid = claim.Metadata.Uid,
                    ResourceVersion = claim.Metadata.ResourceVersion,
                },
            },
        };
        try
        {
            await cluster.CreateAsync(volume, cancellation);
        }
        catch (StatusException refused) when (refused.IsAlreadyExists)
        {
            return;
        }

        events.Normal(claim, "ProvisioningSucceeded", $"Successfully provisioned volume {name}");
    }

    /// <summary>A directory holds as much as its disk: a claim that asks for more, and may, gets it at once.</summary>
    private async Task GrowAsync(PersistentVolumeClaim claim, CancellationToken cancellation)
    {
        Quantity wanted = Requested(claim.Spec!);
        if (claim.Status is not { Phase: "Bound", Capacity: { } capacity } status
            || !capacity.TryGetValue("storage", out Quantity has)
            || wanted <= has
            || _volumes.Get(null, claim.Spec!.VolumeName!) is not { Spec: { } volume } grown)
        {
            return;
        }

        var larger = new Dictionary<string, Quantity> { ["storage"] = wanted };
        await cluster.WriteAsync(grown, grown with { Spec = volume with { Capacity = larger } }, cancellation);
        await cluster.WriteStatusAsync(claim, claim with { Status = status with { Capacity = larger } }, cancellation);
        events.Normal(claim, "FileSystemResizeSuccessful", $"MountVolume.NodeExpandVolume succeeded for volume \"{claim.Spec.VolumeName}\"");
    }

    private static Quantity Requested(PersistentVolumeClaimSpec spec)
        => spec.Resources?.Requests is { } requests && requests.TryGetValue("storage", out Quantity amount) ? amount : new Quantity("0");
}
