using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;
using Fairway.Workloads.Revisions;

namespace Fairway.Workloads.StatefulSets;

/// <summary>The pods and claims of a StatefulSet by their numbers.</summary>
internal static class StatefulPods
{
    private const string PodName = "statefulset.kubernetes.io/pod-name";
    private const string PodIndex = "apps.kubernetes.io/pod-index";

    public static int First(StatefulSet set) => set.Spec.Ordinals?.Start ?? 0;

    public static string NameOf(StatefulSet set, int ordinal) => string.Create(CultureInfo.InvariantCulture, $"{set.Metadata.Name}-{ordinal}");

    /// <summary>The number in the pod's name; null when the name is not one of the set's.</summary>
    public static int? OrdinalOf(StatefulSet set, Pod pod)
        => pod.Metadata.Name.StartsWith(set.Metadata.Name + "-", StringComparison.Ordinal)
            && int.TryParse(pod.Metadata.Name.AsSpan(set.Metadata.Name.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int ordinal) ? ordinal : null;

    public static string? RevisionOf(Pod pod) => pod.Metadata.Labels?.GetValueOrDefault(RevisionPlanner.HashLabel);

    public static Pod New(StatefulSet set, PodTemplateSpec template, string revision, int ordinal)
    {
        string name = NameOf(set, ordinal);
        string number = ordinal.ToString(CultureInfo.InvariantCulture);
        var claims = ClaimTemplates(set).ToDictionary(claim => claim.Name, claim => $"{claim.Name}-{name}", StringComparer.Ordinal);
        Volume[] volumes =
        [
            .. claims.Select(claim => new Volume { Name = claim.Key, PersistentVolumeClaim = new PersistentVolumeClaimVolumeSource { ClaimName = claim.Value } }),
            .. (template.Spec.Volumes ?? []).Where(volume => !claims.ContainsKey(volume.Name)),
        ];
        return new Pod
        {
            Metadata = new ObjectMeta
            {
                Name = name,
                GenerateName = $"{set.Metadata.Name}-",
                Namespace = set.Metadata.Namespace,
                Labels = new Dictionary<string, string>(template.Metadata?.Labels ?? new Dictionary<string, string>())
                {
                    [PodName] = name,
                    [PodIndex] = number,
                    [RevisionPlanner.HashLabel] = revision,
                },
                Annotations = template.Metadata?.Annotations,
                Finalizers = template.Metadata?.Finalizers,
                OwnerReferences = [Owners.ControllerReference(set)],
            },
            Spec = template.Spec with
            {
                Hostname = name,
                Subdomain = string.IsNullOrEmpty(set.Spec.ServiceName) ? template.Spec.Subdomain : set.Spec.ServiceName,
                Volumes = volumes.Length > 0 ? volumes : null,
            },
        };
    }

    /// <summary>The claims that a pod needs, as documents to be created.</summary>
    public static IEnumerable<(string Name, JsonObject Claim)> ClaimsOf(StatefulSet set, int ordinal)
    {
        foreach ((string name, JsonObject template) in ClaimTemplates(set))
        {
            var claim = (JsonObject)template.DeepClone();
            claim.Remove("status");
            JsonObject metadata = claim["metadata"] as JsonObject ?? [];
            metadata["name"] = $"{name}-{NameOf(set, ordinal)}";
            metadata["namespace"] = set.Metadata.Namespace;
            JsonObject labels = metadata["labels"] as JsonObject ?? [];
            metadata["labels"] ??= labels;
            foreach ((string key, string value) in set.Spec.Selector.MatchLabels ?? new Dictionary<string, string>())
            {
                labels[key] = value;
            }

            claim["metadata"] ??= metadata;
            yield return (metadata["name"]!.ToString(), claim);
        }
    }

    private static IEnumerable<(string Name, JsonObject Template)> ClaimTemplates(StatefulSet set)
        => (set.Spec.VolumeClaimTemplates ?? []).Select(claim => (claim.Metadata.Name, JsonSerializer.SerializeToNode(claim, KindOf<PersistentVolumeClaim>.Json)!.AsObject()));
}
