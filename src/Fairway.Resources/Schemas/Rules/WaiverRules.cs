using System.Globalization;
using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Waivers: an end within a year, and a scope that says something.</summary>
internal static class WaiverRules
{
    private const int LongestDays = 366;
    private static readonly string[] ScopeMembers = ["clusters", "namespaces", "kinds", "names", "images", "selector"];

    public static void Validate(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        if (!ScopeMembers.Any(member => target["spec"].Object("scope")?[member] is JsonArray { Count: > 0 } or JsonObject { Count: > 0 }))
        {
            errors.Required("spec.scope", $"at least one of {string.Join(", ", ScopeMembers)} must be set: a waiver for everything is no waiver");
        }

        if (old is null
            && Time(target["spec"].Text("expiresAt")) is { } expires
            && Time(target.Object("metadata").Text("creationTimestamp")) is { } created
            && (expires <= created || expires - created > TimeSpan.FromDays(LongestDays)))
        {
            errors.Invalid("spec.expiresAt", target["spec"].Text("expiresAt")!, $"must be in the future and at most {LongestDays} days ahead");
        }
    }

    private static DateTimeOffset? Time(string? text)
        => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time : null;
}
