using System.Collections.Frozen;
using Fairway.Pipelines.Syntax;

namespace Fairway.Pipelines.Actions;

/// <summary>The actions that workflows can use.</summary>
internal sealed class ActionCatalog
{
    private readonly FrozenDictionary<string, BuiltInAction> _actions = new[]
    {
        Checkout.Action,
        SetupDotnet.Action,
        SetupNode.Action,
        UploadArtifact.Action,
        DownloadArtifact.Action,
        CacheAction.Action,
        Publish.Action,
    }.ToFrozenDictionary(action => action.Interface.Name, StringComparer.OrdinalIgnoreCase);

    public IEnumerable<ActionInterface> Interfaces => _actions.Values.Select(action => action.Interface);

    /// <summary>The action of a <c>uses</c>, whatever its version.</summary>
    public BuiltInAction? Find(string reference) => _actions.GetValueOrDefault(reference.Split('@')[0]);
}
