using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Deployments;

/// <summary>Names pod templates by what is in them, and tells whether two are the same.</summary>
internal static class TemplateHash
{
    /// <summary>The label that tells the pods of one template from those of another.</summary>
    public const string Label = "pod-template-hash";

    // Letters and digits that make no words and no mistakes.
    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";

    /// <summary>The hash of a template; another one for each collision.</summary>
    public static string Of(PodTemplateSpec template, int collisions)
    {
        uint hash = 2166136261;
        foreach (byte part in Encoding.UTF8.GetBytes(Canonical(Without(template)).ToJsonString() + (collisions > 0 ? $"#{collisions}" : "")))
        {
            hash = (hash ^ part) * 16777619;
        }

        string digits = hash.ToString(CultureInfo.InvariantCulture);
        return string.Concat(digits.Select(digit => Alphabet[digit % Alphabet.Length]));
    }

    /// <summary>Equal but for the hash label.</summary>
    public static bool AreEqual(PodTemplateSpec? left, PodTemplateSpec? right)
        => left is not null && right is not null && JsonNode.DeepEquals(ToNode(Without(left)), ToNode(Without(right)));

    public static PodTemplateSpec With(PodTemplateSpec template, string hash)
        => template with { Metadata = (template.Metadata ?? new ObjectMeta()) with { Labels = WithLabel(template.Metadata?.Labels, hash) } };

    public static IReadOnlyDictionary<string, string> WithLabel(IReadOnlyDictionary<string, string>? labels, string hash)
        => new Dictionary<string, string>(labels ?? new Dictionary<string, string>()) { [Label] = hash };

    private static PodTemplateSpec Without(PodTemplateSpec template)
    {
        ObjectMeta metadata = template.Metadata ?? new ObjectMeta();
        Dictionary<string, string> labels = new(metadata.Labels ?? new Dictionary<string, string>());
        labels.Remove(Label);
        bool hasAnnotations = metadata.Annotations is { Count: > 0 };
        return template with
        {
            Metadata = metadata with { Labels = labels, Annotations = hasAnnotations ? metadata.Annotations : null, CreationTimestamp = null },
        };
    }

    private static JsonNode ToNode(PodTemplateSpec template) => JsonSerializer.SerializeToNode(template, KindsJson.Of<PodTemplateSpec>())!;

    /// <summary>Members in order, so that the order in which someone wrote labels makes no new revision.</summary>
    private static JsonNode Canonical(PodTemplateSpec template) => Sorted(ToNode(template))!;

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.OrderBy(member => member.Key, StringComparer.Ordinal)
            .Select(member => KeyValuePair.Create(member.Key, Sorted(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
