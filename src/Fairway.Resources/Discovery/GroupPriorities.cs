using System.Text.Json.Nodes;

namespace Fairway.Resources.Discovery;

/// <summary>How groups, and versions of a group, are ordered for clients: by the numbers that kube-apiserver gives its own.</summary>
public static class GroupPriorities
{
    // The group that tells of groups comes before them all; it is in no list of its own.
    private const string First = "apiregistration.k8s.io";

    private static readonly (int Group, int Version) Defined = (1000, 100);

    private static readonly Dictionary<string, (int Group, int Version)> Own = new(StringComparer.Ordinal)
    {
        ["v1"] = (18000, 1),
        ["apps/v1"] = (17800, 15),
        ["events.k8s.io/v1"] = (17750, 15),
        ["authentication.k8s.io/v1"] = (17700, 15),
        ["authorization.k8s.io/v1"] = (17600, 15),
        ["autoscaling/v1"] = (17500, 15),
        ["autoscaling/v2"] = (17500, 30),
        ["batch/v1"] = (17400, 15),
        ["certificates.k8s.io/v1"] = (17300, 15),
        ["networking.k8s.io/v1"] = (17200, 15),
        ["policy/v1"] = (17100, 15),
        ["rbac.authorization.k8s.io/v1"] = (17000, 15),
        ["storage.k8s.io/v1"] = (16800, 15),
        ["apiextensions.k8s.io/v1"] = (16700, 15),
        ["admissionregistration.k8s.io/v1"] = (16700, 15),
        ["admissionregistration.k8s.io/v1beta1"] = (16700, 12),
        ["admissionregistration.k8s.io/v1alpha1"] = (16700, 9),
        ["scheduling.k8s.io/v1"] = (16600, 15),
        ["coordination.k8s.io/v1"] = (16500, 15),
        ["node.k8s.io/v1"] = (16300, 15),
        ["discovery.k8s.io/v1"] = (16200, 15),
    };

    private static readonly Dictionary<string, int> Groups = Own.GroupBy(pair => pair.Key.Split('/')[0], StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.First().Value.Group, StringComparer.Ordinal);

    /// <summary>The priorities of a group version, as an APIService says them.</summary>
    /// <param name="apiVersion"><c>v1</c>, <c>apps/v1</c>.</param>
    /// <param name="isOwn">It is one of Kubernetes' own.</param>
    public static (int Group, int Version) Of(string apiVersion, out bool isOwn)
    {
        isOwn = Own.TryGetValue(apiVersion, out (int, int) priority);
        return isOwn ? priority : Defined;
    }

    /// <summary>Puts the groups of a list in order.</summary>
    /// <param name="groups">What a discovery document lists.</param>
    /// <param name="nameOf">The group's name in one of its members.</param>
    public static void Sort(JsonArray groups, Func<JsonNode?, string?> nameOf)
    {
        ArgumentNullException.ThrowIfNull(groups);
        JsonNode?[] sorted =
        [
            .. groups.OrderBy(group => nameOf(group) != First)
                .ThenByDescending(group => Groups.GetValueOrDefault(nameOf(group) ?? "", Defined.Group))
                .ThenBy(nameOf, StringComparer.Ordinal),
        ];
        groups.Clear();
        foreach (JsonNode? group in sorted)
        {
            groups.Add(group);
        }
    }
}
