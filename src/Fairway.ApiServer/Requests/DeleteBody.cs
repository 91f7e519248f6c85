using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>Reads meta/v1 DeleteOptions.</summary>
internal static class DeleteBody
{
    /// <exception cref="StatusException">400: a member is not of its type.</exception>
    public static DeleteOptions Read(JsonObject body)
    {
        try
        {
            var preconditions = body["preconditions"] as JsonObject;
            string? policy = (string?)body["propagationPolicy"];
            return new DeleteOptions
            {
                PropagationPolicy = string.IsNullOrEmpty(policy) ? null : policy,
                GracePeriodSeconds = (long?)body["gracePeriodSeconds"],
                PreconditionUid = (string?)preconditions?["uid"],
                PreconditionResourceVersion = (string?)preconditions?["resourceVersion"],
                DryRun = body["dryRun"] is JsonArray { Count: > 0 },
            };
        }
        catch (Exception wrong) when (wrong is InvalidOperationException or FormatException)
        {
            throw StatusException.BadRequest($"DeleteOptions in version \"v1\" cannot be handled: {wrong.Message}");
        }
    }
}
