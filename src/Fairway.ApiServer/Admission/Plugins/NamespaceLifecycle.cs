using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>
/// Nothing is made or changed in a namespace that is not there, nothing is made in one that is being deleted, and the system's
/// namespaces stay.
/// </summary>
internal sealed class NamespaceLifecycle(ObjectStore store) : IMutatingPlugin
{
    private static readonly string[] Immortal = ["default", "kube-system", "kube-public"];

    public ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        bool isNamespace = request.Resource.GroupResource == "namespaces";
        if (isNamespace && request.Operation == AdmissionOperation.Delete && Immortal.Contains(request.Name))
        {
            throw Refusals.Forbidden("namespaces", "", request.Name, "this namespace may not be deleted");
        }

        if (isNamespace || request.Namespace.Length == 0 || request.Operation == AdmissionOperation.Delete)
        {
            return ValueTask.CompletedTask;
        }

        string name = request.Namespace;
        Document home = store.Find("namespaces", "", name) ?? throw new StatusException(404, "NotFound", $"namespaces \"{name}\" not found")
        {
            Details = new StatusDetails { Name = name, Kind = "namespaces" },
        };
        return request.Operation == AdmissionOperation.Create && home.Header.IsDeleting ? throw Terminating(request, name) : ValueTask.CompletedTask;
    }

    private static StatusException Terminating(AdmissionRequest request, string name)
    {
        StatusException refused = request.Forbidden($"unable to create new content in namespace {name} because it is being terminated");
        return new StatusException(refused.Code, refused.Reason, refused.Message)
        {
            Details = refused.Details! with
            {
                Causes = [new StatusCause { Reason = "NamespaceTerminating", Message = $"namespace {name} is being terminated", Field = "metadata.namespace" }],
            },
        };
    }
}
