using System.Text.Json.Nodes;

namespace Fairway.ApiServer;

/// <summary>
/// A waiver carries the names of who asked and who decided, taken from the authenticated user, and nobody approves what they asked
/// for themselves.
/// </summary>
internal sealed class WaiverPlugin(TimeProvider time) : IMutatingPlugin, IValidatingPlugin
{
    private static readonly string[] Decisions = ["approval", "rejection"];

    public ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (Spec(request) is not { } spec || request.UserInfo.IsComponent)
        {
            return ValueTask.CompletedTask;
        }

        if (request.Operation == AdmissionOperation.Create && string.IsNullOrEmpty((string?)spec["requestedBy"]))
        {
            spec["requestedBy"] = request.UserInfo.Name;
        }

        foreach (string name in Decisions)
        {
            if (Given(request, spec, name) is { } decision)
            {
                decision["by"] = string.IsNullOrEmpty((string?)decision["by"]) ? request.UserInfo.Name : (string?)decision["by"];
                decision["at"] = SystemMetadata.Timestamp(time.GetUtcNow());
            }
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (Spec(request) is not { } spec || request.UserInfo.IsComponent)
        {
            return ValueTask.CompletedTask;
        }

        string user = request.UserInfo.Name;
        if (request.Operation == AdmissionOperation.Create && (string?)spec["requestedBy"] is var asker && asker != user)
        {
            throw request.Forbidden($"spec.requestedBy is \"{asker}\", but \"{user}\" asks: leave it out, or give your own name");
        }

        foreach (string name in Decisions)
        {
            if (Given(request, spec, name) is not { } decision)
            {
                continue;
            }

            if ((string?)decision["by"] is var by && by != user)
            {
                throw request.Forbidden($"spec.{name}.by is \"{by}\", but the decision is \"{user}\"'s: leave it out, or give your own name");
            }

            if (name == "approval" && (string?)spec["requestedBy"] == user)
            {
                throw request.Forbidden($"spec.approval: \"{user}\" asked for this waiver; another person must approve it");
            }
        }

        return ValueTask.CompletedTask;
    }

    private static JsonObject? Spec(AdmissionRequest request)
        => request.Operation is AdmissionOperation.Create or AdmissionOperation.Update && request.Is("waivers.fairway.dev")
            ? request.Object?["spec"] as JsonObject
            : null;

    // The decision that this request gives or changes.
    private static JsonObject? Given(AdmissionRequest request, JsonObject spec, string name)
        => spec[name] is JsonObject decision && !JsonNode.DeepEquals(decision, request.OldObject?["spec"]?[name]) ? decision : null;
}
