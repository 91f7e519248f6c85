using System.Collections.Frozen;
using Fairway.Pipelines.Syntax;

namespace Fairway.Pipelines.Actions;

/// <summary>The actions that workflows can use.</summary>
internal sealed class ActionCatalog(IReadOnlyList<HostAction> hosts)
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
        Attach.Action,
        Sign.Action,
    }.Concat(hosts.Select(Adapt)).ToFrozenDictionary(action => action.Interface.Name, StringComparer.OrdinalIgnoreCase);

    private static BuiltInAction Adapt(HostAction host) => new(host.Interface, async (call, cancellation) =>
    {
        HostActionResult result = await host.RunAsync(
            new HostActionCall
            {
                Namespace = call.Job.Key.Namespace,
                Repository = call.Job.Run.Spec.Repository,
                Run = call.Job.Key.Name,
                Workspace = call.Environment.Workspace,
                InWorkspace = call.InWorkspace,
                Inputs = call.Inputs,
                Say = call.Say,
            },
            cancellation);
        foreach ((string name, string value) in result.Outputs)
        {
            call.Channel.SetOutput(name, value);
        }

        if (result.Failure is { } failure)
        {
            throw new ActionFailure(failure);
        }
    });

    public IEnumerable<ActionInterface> Interfaces => _actions.Values.Select(action => action.Interface);

    /// <summary>The action of a <c>uses</c>, whatever its version.</summary>
    public BuiltInAction? Find(string reference) => _actions.GetValueOrDefault(reference.Split('@')[0]);
}
