using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Schemas;

namespace Fairway.ApiServer;

/// <summary>
/// A check of one kind's objects that needs knowledge the API does not have, such as a query language's parser. Filled by the
/// composition root. Called on the request's thread: no I/O, nothing that waits.
/// </summary>
/// <param name="Resource">The plural with its group: <c>prometheusrules.monitoring.coreos.com</c>.</param>
/// <param name="Judge">Reads the object as it would be stored, changes nothing, and adds what is wrong with it.</param>
public sealed record ObjectCheck(string Resource, Action<JsonObject, FieldErrors> Judge);

/// <summary>
/// Refuses with 422 what a check objects to, also in a dry run. An update that leaves the <c>spec</c> as it is passes, so that labels and
/// finalizers of an object from before the check can be changed.
/// </summary>
internal sealed class ObjectChecks(IReadOnlyList<ObjectCheck> checks) : IValidatingPlugin
{
    public ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (checks.Count == 0 || request.Operation is not (AdmissionOperation.Create or AdmissionOperation.Update)
            || request.Object is not { } target || request.Definition is not { } kind
            || (request.OldObject is { } before && JsonNode.DeepEquals(before["spec"], target["spec"])))
        {
            return ValueTask.CompletedTask;
        }

        var errors = new FieldErrors();
        foreach (ObjectCheck check in checks)
        {
            if (request.Is(check.Resource))
            {
                check.Judge(target, errors);
            }
        }

        return errors.IsEmpty ? ValueTask.CompletedTask : throw StatusException.Invalid(kind.Type, (string?)target["metadata"]?["name"] ?? request.Name, errors.Causes);
    }
}
