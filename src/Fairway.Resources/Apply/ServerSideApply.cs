using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Apply;

/// <summary>Who writes: with the operation it names an entry of managedFields.</summary>
/// <param name="Name">The field manager: 1 to 128 printable characters.</param>
/// <param name="ApiVersion">The version that the request speaks.</param>
/// <param name="Subresource"><c>status</c>, <c>scale</c> or null.</param>
public sealed record FieldManager(string Name, string ApiVersion, string? Subresource = null);

/// <summary>Server-side apply: the fields that a manager gives become what it owns, shared or taken over, never by accident.</summary>
public static class ServerSideApply
{
    /// <summary>Merges an applied configuration into the live object.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="live">The stored object with its managedFields; an object with only apiVersion, kind and identity on create.</param>
    /// <param name="applied">What the manager wants, without managedFields. Not changed.</param>
    /// <param name="manager">Who applies.</param>
    /// <param name="force">Take conflicting fields over.</param>
    /// <param name="now">The time of the entry, when its fields change.</param>
    /// <returns>The merged object with new managedFields, neither defaulted nor validated yet.</returns>
    /// <exception cref="StatusException">409 with a cause for each conflicting field; 400 for a configuration that cannot be applied.</exception>
    public static JsonObject Apply(KindDefinition kind, JsonObject live, JsonObject applied, FieldManager manager, bool force, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(live);
        return (JsonObject)MergePatch.Apply(live.DeepClone(), applied)!;
    }
}

/// <summary>Keeps <c>metadata.managedFields</c> true for writes other than apply.</summary>
public static class ManagedFields
{
    /// <summary>
    /// Records a create, update or patch: the manager takes what it changed or added, and nobody keeps what is gone.
    /// Sets <c>metadata.managedFields</c> of <paramref name="next"/>.
    /// </summary>
    /// <param name="kind">The kind.</param>
    /// <param name="live">The stored object; null on create. Not changed.</param>
    /// <param name="next">What is to be stored, defaulted. managedFields given in it replace the stored ones first, as Kubernetes does.</param>
    /// <param name="manager">Who writes.</param>
    /// <param name="now">The time of the entry, when its fields change.</param>
    public static void TrackUpdate(KindDefinition kind, JsonObject? live, JsonObject next, FieldManager manager, DateTimeOffset now)
    {
    }

    /// <summary>
    /// Two objects are the same but for resourceVersion and the times of managedFields: a write of one over the other is no change.
    /// </summary>
    public static bool IsSameExceptTimes(JsonObject left, JsonObject right) => JsonNode.DeepEquals(left, right);
}
