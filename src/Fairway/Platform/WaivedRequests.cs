using Fairway.ApiServer;
using Fairway.Policy;

namespace Fairway.Platform;

/// <summary>Brings the policy area's waivers to the API server. Until the area runs, every objection stands.</summary>
internal static class WaivedRequests
{
    public static AdmissionWaivers Of(Func<PolicyArea?> policies) => new()
    {
        All = () => policies()?.Waivers.All() ?? [],
        Used = use => policies()?.Waivers.Note(use.Finding, use.Subject, use.User),
    };
}
