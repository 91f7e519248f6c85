using System.Text.Json.Nodes;
using Fairway.Admission.Policies;
using Fairway.Resources;
using Fairway.Resources.Schemas;

namespace Fairway.ApiServer;

/// <summary>Lays what policies hold against a request before the waivers of the platform.</summary>
/// <param name="cluster">The logical cluster.</param>
/// <param name="waivers">Null: there are none here.</param>
/// <param name="time">For waivers' expiry.</param>
internal sealed class PolicyWaivers(string cluster, AdmissionWaivers? waivers, TimeProvider time)
{
    /// <summary>For audit events: which waivers let the request through.</summary>
    public const string Annotation = "policy.fairway.dev/waived";

    /// <summary>Adds a finding to the outcome as it is, or as waived.</summary>
    public void Add(AdmissionRequest request, Document policy, PolicyPlace place, PolicyFinding finding, int? validation, PolicyOutcome outcome)
    {
        // A binding that only notes for the audit log refuses nothing and warns nobody: there is nothing to waive.
        if (waivers is null || !place.Actions.Any(static action => action is "Deny" or "Warn"))
        {
            outcome.Add(place, finding);
            return;
        }

        WaivableObjection objection = Objection(request, policy, finding.Message, validation);
        switch (waivers.Find(objection))
        {
            case { InForce: true } waiver:
                outcome.Waive(place, finding, objection, waiver);
                break;
            case { } ended:
                outcome.Add(place, finding, $"waiver {ended.Name} {ended.Standing}");
                break;
            default:
                outcome.Add(place, finding);
                break;
        }
    }

    /// <summary>Tells of the waivers that let a request through.</summary>
    public void Tell(AdmissionRequest request, PolicyOutcome outcome)
    {
        if (waivers is null || request.DryRun)
        {
            return;
        }

        foreach ((WaivableObjection objection, AdmissionWaiver waiver) in outcome.Waived)
        {
            waivers.Used(objection, waiver);
        }
    }

    private WaivableObjection Objection(AdmissionRequest request, Document policy, string message, int? validation)
    {
        JsonObject? subject = request.Object ?? request.OldObject;
        return new WaivableObjection
        {
            Cluster = cluster,
            Policy = policy,
            Validation = validation,
            Message = message,
            Group = request.Kind.Group,
            Version = request.Kind.Version,
            Kind = request.Kind.Kind,
            Resource = request.Resource.Resource,
            Subresource = request.Subresource,
            // A namespace itself is in none, as the audit sees it.
            Namespace = request.Resource.GroupResource == "namespaces" ? "" : request.Namespace,
            Name = request.Name.Length > 0 ? request.Name : subject.Object("metadata").Text("name") ?? "",
            Object = subject,
            User = request.UserInfo.Name,
            At = time.GetUtcNow(),
        };
    }
}
