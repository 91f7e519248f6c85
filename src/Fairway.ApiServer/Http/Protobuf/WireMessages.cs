using System.Collections.Frozen;
using System.Globalization;

namespace Fairway.ApiServer;

/// <summary>One field of a message as it goes over the wire.</summary>
/// <param name="Member">The JSON member; empty: the message's members belong to its parent.</param>
/// <param name="Type">The letter of <c>wire.txt</c>, or <c>m</c> for a message.</param>
/// <param name="Message">The message's name, for <c>m</c>.</param>
internal sealed record WireField(string Member, char Type, string? Message, bool IsList, bool IsMap, bool IsOptional);

/// <summary>The messages of Kubernetes' own types, read from <c>wire.txt</c> on first use.</summary>
internal static class WireMessages
{
    private static readonly Lazy<FrozenDictionary<string, FrozenDictionary<int, WireField>>> Messages = new(Load);

    private static readonly FrozenDictionary<string, string> Packages = new Dictionary<string, string>
    {
        ["v1"] = "core",
        ["apps/v1"] = "apps",
        ["rbac.authorization.k8s.io/v1"] = "rbac",
        ["coordination.k8s.io/v1"] = "coordination",
        ["discovery.k8s.io/v1"] = "discovery",
        ["events.k8s.io/v1"] = "events",
        ["networking.k8s.io/v1"] = "networking",
        ["batch/v1"] = "batch",
        ["autoscaling/v1"] = "autoscaling",
        ["autoscaling/v2"] = "autoscaling2",
        ["policy/v1"] = "policy",
        ["networking.k8s.io/v1"] = "networking",
        ["scheduling.k8s.io/v1"] = "scheduling",
        ["storage.k8s.io/v1"] = "storage",
        ["certificates.k8s.io/v1"] = "certificates",
        ["admissionregistration.k8s.io/v1"] = "admissionregistration",
        ["authentication.k8s.io/v1"] = "authentication",
        ["authorization.k8s.io/v1"] = "authorization",
    }.ToFrozenDictionary();

    public static FrozenDictionary<int, WireField>? Find(string message) => Messages.Value.GetValueOrDefault(message);

    /// <summary>The message of a kind, or null when it is not one that goes over the wire in protobuf.</summary>
    public static string? NameOf(string apiVersion, string kind)
    {
        string? name = kind == "DeleteOptions" ? "meta.DeleteOptions" : Packages.GetValueOrDefault(apiVersion) is { } package ? $"{package}.{kind}" : null;
        return name is not null && Messages.Value.ContainsKey(name) ? name : null;
    }

    private static FrozenDictionary<string, FrozenDictionary<int, WireField>> Load()
    {
        using Stream resource = typeof(WireMessages).Assembly.GetManifestResourceStream("wire.txt")!;
        using var reader = new StreamReader(resource);
        var messages = new Dictionary<string, FrozenDictionary<int, WireField>>();
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith('#'))
            {
                string[] parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                messages[parts[0]] = parts[1..].Select(Field).ToFrozenDictionary(field => field.Number, field => field.Field);
            }
        }

        return messages.ToFrozenDictionary();
    }

    private static (int Number, WireField Field) Field(string text)
    {
        string[] parts = text.Split(':', 3);
        string type = parts[2];
        string? message = type[0] == '<' ? type[1..type.IndexOf('>', StringComparison.Ordinal)] : null;
        string marks = message is null ? type[1..] : type[(message.Length + 2)..];
        return (
            int.Parse(parts[0], CultureInfo.InvariantCulture),
            new WireField(parts[1], message is null ? type[0] : 'm', message, marks.Contains('*'), marks.Contains('%'), marks.Contains('?')));
    }
}
