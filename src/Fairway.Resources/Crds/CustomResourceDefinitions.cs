using System.Text.Json.Nodes;

namespace Fairway.Resources.Crds;

/// <summary>Kinds as apiextensions.k8s.io/v1 CustomResourceDefinitions, for a real cluster.</summary>
public static class CustomResourceDefinitions
{
    /// <summary>The definition of one kind.</summary>
    public static JsonObject Of(KindDefinition kind)
    {
        ArgumentNullException.ThrowIfNull(kind);
        return new JsonObject { ["apiVersion"] = "apiextensions.k8s.io/v1", ["kind"] = "CustomResourceDefinition" };
    }
}
