using System.Text.Json.Nodes;

namespace Fairway.ApiServer;

/// <summary>An approval carries the name of who gives it: filled in where it is left out, refused where it names another.</summary>
internal sealed class ApprovalPlugin(TimeProvider time) : IMutatingPlugin, IValidatingPlugin
{
    public ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (Given(request) is { } approval && !request.UserInfo.IsComponent)
        {
            if (string.IsNullOrEmpty((string?)approval["by"]))
            {
                approval["by"] = request.UserInfo.Name;
            }

            approval["at"] ??= SystemMetadata.Timestamp(time.GetUtcNow());
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        string user = request.UserInfo.Name;
        return Given(request) is { } approval && !request.UserInfo.IsComponent && (string?)approval["by"] is var by && by != user
            ? throw request.Forbidden($"spec.approval.by is \"{by}\", but the approval is given by \"{user}\": leave it out, or give your own name")
            : ValueTask.CompletedTask;
    }

    // The approval that this request gives or changes.
    private static JsonObject? Given(AdmissionRequest request)
        => request.Operation is AdmissionOperation.Create or AdmissionOperation.Update && request.Is("promotions.fairway.dev")
            && request.Object?["spec"]?["approval"] is JsonObject approval && !JsonNode.DeepEquals(approval, request.OldObject?["spec"]?["approval"])
            ? approval
            : null;
}
