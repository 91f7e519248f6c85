using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Rbac;

namespace Fairway.Workloads.Access;

/// <summary>Keeps the rules of ClusterRoles that gather those of others.</summary>
internal sealed class AggregationReconciler(IClusterApi api, InformerSet informers)
{
    private readonly Informer<ClusterRole> _roles = informers.Of<ClusterRole>();

    /// <summary>The roles whose rules a change of a role can change.</summary>
    public IEnumerable<ObjectKey> ConcernedBy(ClusterRole changed)
        => _roles.List(null).Where(role => role.AggregationRule is not null).Select(ObjectKey.Of);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_roles.Get(key) is not { } role || AggregationPlanner.Plan(role, _roles.List(null)) is not { } rules || AggregationPlanner.AreSame(role.Rules, rules))
        {
            return ReconcileResult.Done;
        }

        await api.WriteAsync(role, role with { Rules = rules }, cancellation);
        return ReconcileResult.Done;
    }
}
