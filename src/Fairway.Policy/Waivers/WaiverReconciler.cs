using System.Text.Json.Nodes;
using Fairway.Admission.Waivers;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Policy.Packs;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Storage;

namespace Fairway.Policy.Waivers;

/// <summary>Writes where a waiver stands into its status, and each change of it into the ledger.</summary>
internal sealed class WaiverReconciler(InformerSet hub, WaiverUses uses, Ledger ledger, TimeProvider time)
{
    // How old the count of uses in the status may be.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);
    private readonly Informer<Waiver> _waivers = hub.Of<Waiver>();

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_waivers.Get(key) is not { } waiver)
        {
            return ReconcileResult.Done;
        }

        DateTimeOffset now = time.GetUtcNow();
        PolicyDefinition? policy = PackLibrary.All.SelectMany(pack => pack.Policies).FirstOrDefault(one => one.Name == waiver.Spec.Policy);
        (WaiverPhase phase, string message) = WaiverRules.Judge(waiver, policy, now);
        (long count, DateTimeOffset? last) = uses.Of(waiver.Metadata.Name);
        var status = new WaiverStatus
        {
            Phase = phase.ToString(),
            Message = message,
            Uses = count,
            LastUsedAt = last is { } at ? new DateTimeOffset(at.Ticks - (at.Ticks % TimeSpan.TicksPerSecond), at.Offset) : null,
            AgeDays = (long)(now - (waiver.Metadata.CreationTimestamp ?? now)).TotalDays,
            Conditions = waiver.Status?.Conditions,
        };
        if (waiver.Status?.Phase != status.Phase)
        {
            await TellAsync(waiver, phase, now, cancellation);
        }

        await hub.Api.WriteAsync(waiver, waiver with { Status = status }, cancellation, "status");
        TimeSpan[] moments = [waiver.Spec.ExpiresAt - now, waiver.Spec.ExpiresAt - WaiverRules.Soon - now, Longest];
        return ReconcileResult.After(moments.Where(moment => moment > TimeSpan.Zero).Min() + TimeSpan.FromMilliseconds(20));
    }

    private async Task TellAsync(Waiver waiver, WaiverPhase phase, DateTimeOffset now, CancellationToken cancellation)
    {
        (string? type, string? actor, string? comment) = phase switch
        {
            WaiverPhase.Requested => (FactTypes.WaiverRequested, waiver.Spec.RequestedBy, null),
            WaiverPhase.Active => (FactTypes.WaiverApproved, waiver.Spec.Approval?.By, waiver.Spec.Approval?.Comment),
            WaiverPhase.ExpiringSoon when waiver.Status?.Phase != nameof(WaiverPhase.Active) => (FactTypes.WaiverApproved, waiver.Spec.Approval?.By, waiver.Spec.Approval?.Comment),
            WaiverPhase.Rejected => (FactTypes.WaiverRejected, waiver.Spec.Rejection?.By, waiver.Spec.Rejection?.Comment),
            WaiverPhase.Expired => (FactTypes.WaiverExpired, "waivers", null),
            _ => ((string?)null, null, (string?)null),
        };
        if (type is null)
        {
            return;
        }

        await ledger.AppendAsync(
            new Fact
            {
                Type = type,
                At = now,
                Actor = actor ?? "unknown",
                Namespace = waiver.Metadata.Namespace ?? "",
                Subject = $"Waiver/{waiver.Metadata.Name}",
                Data = new JsonObject
                {
                    ["policy"] = waiver.Spec.Policy,
                    ["owner"] = waiver.Spec.Owner,
                    ["reason"] = waiver.Spec.Reason,
                    ["expiresAt"] = waiver.Spec.ExpiresAt,
                    ["comment"] = comment,
                    ["ageDays"] = (long)(now - (waiver.Metadata.CreationTimestamp ?? now)).TotalDays,
                },
            },
            cancellation);
    }
}
