using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Storage;
using Fairway.Workloads.Scheduling;

namespace Fairway.Workloads.Volumes;

/// <summary>Brings claims and volumes together, and lets a claim that is deleted go when no pod uses it any more.</summary>
internal sealed class ClaimReconciler
{
    private readonly IClusterApi _api;
    private readonly Informer<PersistentVolumeClaim> _claims;
    private readonly Informer<PersistentVolume> _volumes;
    private readonly Informer<StorageClass> _classes;
    private readonly ObjectIndex<Pod> _users;
    private readonly EventRecorder _events;

    public ClaimReconciler(IClusterApi api, InformerSet informers, EventRecorder events)
    {
        _api = api;
        _claims = informers.Of<PersistentVolumeClaim>();
        _volumes = informers.Of<PersistentVolume>();
        _classes = informers.Of<StorageClass>();
        _users = informers.Of<Pod>().AddIndex(pod => pod.HasEnded() ? [] : PodClaims.Of(pod).Select(claim => $"{pod.Metadata.Namespace}/{claim.Name}"));
        _events = events;
    }

    /// <summary>The claims that a pod uses.</summary>
    public static IEnumerable<ObjectKey> ClaimsOf(Pod pod) => PodClaims.Of(pod).Select(claim => new ObjectKey(pod.Metadata.Namespace ?? "", claim.Name));

    /// <summary>A free volume concerns every claim that has none; one that is taken, its claim.</summary>
    public IEnumerable<ObjectKey> ClaimsOf(PersistentVolume volume)
        => volume.Spec?.ClaimRef is { Name: { } name } reference ? [new ObjectKey(reference.Namespace ?? "", name)] : Unbound();

    public IEnumerable<ObjectKey> Unbound() => _claims.List().Where(claim => !VolumeMatch.IsBound(claim)).Select(ObjectKey.Of);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_claims.Get(key) is not { } claim)
        {
            return ReconcileResult.Done;
        }

        if (claim.Metadata.DeletionTimestamp is not null)
        {
            await ReleaseAsync(key, claim, cancellation);
            return ReconcileResult.Done;
        }

        await (VolumeMatch.IsBound(claim) ? KeepAsync(claim, cancellation) : FindVolumeAsync(claim, cancellation));
        return ReconcileResult.Done;
    }

    private async Task ReleaseAsync(ObjectKey key, PersistentVolumeClaim claim, CancellationToken cancellation)
    {
        if (claim.Metadata.Finalizers?.Contains(VolumePlanner.ClaimProtection, StringComparer.Ordinal) != true
            || _users.Find($"{key.Namespace}/{key.Name}").Count > 0
            || (await _api.ListAsync<Pod>(key.Namespace, cancellation)).Any(pod => !pod.HasEnded() && PodClaims.Of(pod).Any(used => used.Name == key.Name)))
        {
            return;
        }

        await _api.WriteAsync(
            claim,
            claim with { Metadata = claim.Metadata with { Finalizers = [.. claim.Metadata.Finalizers.Where(name => name != VolumePlanner.ClaimProtection)] } },
            cancellation);
    }

    /// <summary>A claim that was bound stays with its volume; one that lost it is lost.</summary>
    private async Task KeepAsync(PersistentVolumeClaim claim, CancellationToken cancellation)
    {
        PersistentVolume? volume = await _api.FindAsync<PersistentVolume>(null, claim.Spec!.VolumeName!, cancellation);
        string? loss = volume is null ? "Bound claim has lost its PersistentVolume. Data on the volume is lost!"
            : !VolumeMatch.IsFor(volume, claim) && volume.Spec?.ClaimRef is not null
                ? "Two claims are bound to the same volume, this one is bound incorrectly"
                : null;
        if (loss is not null)
        {
            if (claim.Status?.Phase != "Lost")
            {
                _events.Warning(claim, volume is null ? "ClaimLost" : "ClaimMisbound", loss);
                await _api.WriteStatusAsync(claim, claim with { Status = (claim.Status ?? new()) with { Phase = "Lost" } }, cancellation);
            }

            return;
        }

        await BindAsync(claim, volume!, cancellation);
    }

    private async Task FindVolumeAsync(PersistentVolumeClaim claim, CancellationToken cancellation)
    {
        StorageClass? @class = VolumeMatch.ClassOf(claim) is { Length: > 0 } name ? _classes.Get(null, name) : null;
        if (claim.Status?.Phase is null)
        {
            claim = await _api.WriteStatusAsync(claim, claim with { Status = new PersistentVolumeClaimStatus { Phase = "Pending" } }, cancellation);
        }

        switch (VolumePlanner.Plan(claim, _volumes.List(), @class))
        {
            case ClaimStep.Bind bind:
                await BindAsync(claim, bind.Volume, cancellation);
                break;
            case ClaimStep.Provision provision:
                await AskAsync(claim, provision.Provisioner, cancellation);
                break;
            case ClaimStep.Wait { EventType: "Warning" } wait:
                _events.Warning(claim, wait.Reason, wait.Message);
                break;
            case ClaimStep.Wait wait:
                _events.Normal(claim, wait.Reason, wait.Message);
                break;
        }
    }

    private async Task AskAsync(PersistentVolumeClaim claim, string provisioner, CancellationToken cancellation)
    {
        if (claim.Metadata.Annotations?.GetValueOrDefault(VolumeAnnotations.Provisioner) == provisioner)
        {
            return;
        }

        _events.Normal(
            claim,
            "ExternalProvisioning",
            $"Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the system administrator. "
            + "If volume creation is delayed, please verify that the provisioner is running and correctly registered.");
        var annotations = new Dictionary<string, string>(claim.Metadata.Annotations ?? new Dictionary<string, string>())
        {
            [VolumeAnnotations.Provisioner] = provisioner,
            [VolumeAnnotations.OlderProvisioner] = provisioner,
        };
        await _api.WriteAsync(claim, claim with { Metadata = claim.Metadata with { Annotations = annotations } }, cancellation);
    }

    /// <summary>First the volume says that it is the claim's, then the claim that it has the volume: never two claims with one volume.</summary>
    private async Task BindAsync(PersistentVolumeClaim claim, PersistentVolume volume, CancellationToken cancellation)
    {
        PersistentVolume reserved = await _api.WriteAsync(volume, VolumePlanner.Reserved(volume, claim), cancellation);
        PersistentVolumeClaim wanted = VolumePlanner.Bound(claim, reserved);
        PersistentVolumeClaim written = await _api.WriteAsync(claim, wanted with { Status = claim.Status }, cancellation);
        await _api.WriteStatusAsync(written, written with { Status = VolumePlanner.BoundStatus(written, reserved) }, cancellation);
        if (reserved.Status?.Phase != "Bound")
        {
            await _api.WriteStatusAsync(reserved, reserved with { Status = (reserved.Status ?? new()) with { Phase = "Bound" } }, cancellation);
        }
    }
}
