using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Quota;

namespace Fairway.Workloads.Quota;

/// <summary>What a quota's status should say: its limits, and how much of each is used by what is there now.</summary>
internal static class QuotaPlanner
{
    /// <param name="quota">The ResourceQuota.</param>
    /// <param name="objects">The namespace's objects of every resource that the quota names, by group resource.</param>
    /// <returns>The new status, or null when the present one is right.</returns>
    public static JsonObject? Plan(JsonObject quota, IReadOnlyDictionary<string, IReadOnlyList<JsonObject>> objects, DateTimeOffset now)
    {
        SortedDictionary<string, Quantity> hard = Amounts.Read(quota["spec"]?["hard"]);
        SortedDictionary<string, Quantity> used = Amounts.New();
        foreach (string name in hard.Keys)
        {
            used[name] = new Quantity("0");
        }

        foreach ((string resource, IReadOnlyList<JsonObject> each) in objects)
        {
            string[] counted = [.. QuotaUsage.Concerning(resource, hard.Keys)];
            foreach (JsonObject target in counted.Length == 0 ? [] : each.Where(target => QuotaUsage.IsInScope(quota, resource, target)))
            {
                SortedDictionary<string, Quantity> usage = QuotaUsage.Of(resource, target, now);
                Amounts.Add(used, usage.Where(entry => counted.Contains(entry.Key)).ToArray());
            }
        }

        var status = new JsonObject { ["hard"] = Amounts.Write(hard), ["used"] = Amounts.Write(used) };
        return IsSame(quota["status"], "hard", hard) && IsSame(quota["status"], "used", used) ? null : status;
    }

    /// <summary>The resources that a quota's names can mean.</summary>
    public static IEnumerable<string> Resources(JsonObject quota, IEnumerable<string> groupResources)
    {
        string[] names = [.. (quota["spec"]?["hard"] as JsonObject ?? []).Select(entry => entry.Key)];
        return groupResources.Where(resource => QuotaUsage.Concerning(resource, names).Any());
    }

    /// <summary>Whether a status counts less of something than the present one.</summary>
    public static bool Lowers(JsonObject quota, JsonObject status)
    {
        SortedDictionary<string, Quantity> next = Amounts.Read(status["used"]);
        return Amounts.Read(quota["status"]?["used"]).Any(entry => next.TryGetValue(entry.Key, out Quantity amount) && amount < entry.Value);
    }

    private static bool IsSame(JsonNode? status, string member, SortedDictionary<string, Quantity> wanted)
    {
        SortedDictionary<string, Quantity> there = Amounts.Read(status?[member]);
        return there.Count == wanted.Count && wanted.All(entry => there.TryGetValue(entry.Key, out Quantity own) && own.CompareTo(entry.Value) == 0);
    }
}
