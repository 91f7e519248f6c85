using Fairway.ApiServer;
using Fairway.Policy;
using Fairway.Policy.Waivers;

namespace Fairway.Platform;

/// <summary>Joins the API server's question about waivers to the policy area's answer. Until the area runs, every objection stands.</summary>
internal static class WaivedRequests
{
    public static AdmissionWaivers Of(Func<PolicyArea?> policies) => new()
    {
        Find = objection => policies()?.Waivers.Find(objection.Policy, objection.Validation, SubjectOf(objection), objection.At) is { } standing ? Tell(standing) : null,
        Used = (objection, waiver) => policies()?.Waivers.Note(
            objection.Policy, objection.Validation, SubjectOf(objection), waiver.Name[(waiver.Name.IndexOf('/', StringComparison.Ordinal) + 1)..], objection.Message, objection.User),
    };

    private static AdmissionWaiver Tell(WaiverStanding standing) => new(
        $"{standing.Waiver.Metadata.Namespace}/{standing.Waiver.Metadata.Name}", standing.Waiver.Spec.Owner, standing.Waiver.Spec.ExpiresAt, standing.InForce, standing.Clause);

    private static Subject SubjectOf(WaivableObjection objection) => new()
    {
        Identity = new ResourceIdentity
        {
            Group = objection.Group,
            Version = objection.Version,
            Kind = objection.Kind,
            Resource = objection.Resource,
            Subresource = objection.Subresource,
            Namespaced = objection.Namespace.Length > 0,
            NamespaceName = objection.Namespace,
            Name = objection.Name,
            Cluster = objection.Cluster,
        },
        Object = objection.Object,
    };
}
