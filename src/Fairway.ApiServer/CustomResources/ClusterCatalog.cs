using System.Runtime.CompilerServices;
using Fairway.Resources;
using Fairway.Resources.CustomResources;
using Fairway.Storage;

namespace Fairway.ApiServer;

/// <summary>
/// What one cluster serves: the compiled-in kinds and those of its CustomResourceDefinitions. Always that of the stored
/// definitions: what a read of them shows is served. A compiled-in kind is not replaced by a definition of the same resource.
/// </summary>
/// <remarks>Reading it costs a reference comparison until a definition changes. Safe for concurrent use.</remarks>
internal sealed class ClusterCatalog(KindCatalog compiled, RevisionLog log, string cluster)
{
    public const string Definitions = "customresourcedefinitions.apiextensions.k8s.io";

    private static readonly ConditionalWeakTable<Document, IReadOnlyList<KindDefinition>> Made = [];

    private State _state = new(log.List(cluster, Definitions, null), compiled);

    private bool _isRead;

    public KindCatalog Current
    {
        get
        {
            Snapshot now = log.List(cluster, Definitions, null);
            State state = _state;
            if (_isRead && state.Definitions.HasSameObjects(now))
            {
                return state.Catalog;
            }

            KindCatalog catalog = compiled.With(now.SelectMany(definition => Made.GetValue(definition, CustomKinds.Of)));
            _state = new State(now, catalog);
            _isRead = true;
            return catalog;
        }
    }

    /// <summary>The definition's objects are those of a compiled-in kind, which outlives the definition.</summary>
    public bool IsCompiledIn(string group, string plural) => compiled.All.Any(kind => kind.Type.Group == group && kind.Type.Plural == plural);

    private sealed record State(Snapshot Definitions, KindCatalog Catalog);
}
