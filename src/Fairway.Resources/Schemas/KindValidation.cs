using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Rules between fields, which schemas cannot say, by kind.</summary>
internal static class KindValidation
{
    public static void Validate(ResourceType type, JsonObject target, JsonObject? old, FieldErrors errors)
    {
    }
}
