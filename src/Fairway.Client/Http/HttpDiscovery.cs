using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.Client;

/// <summary>
/// Discovery over HTTP: two requests where the server has aggregated discovery (Kubernetes 1.26 and later), one for each
/// group's version where it has not. A version that cannot be asked (an aggregated API that is down) is left out.
/// </summary>
internal static class HttpDiscovery
{
    /// <param name="get">Gets a JSON object by path and Accept header.</param>
    public static async Task<IReadOnlyList<ServedResource>> ReadAsync(Func<string, string, Task<JsonObject>> get)
    {
        List<ServedResource> all = [];
        foreach (string root in (string[])["api", "apis"])
        {
            JsonObject answer = await get(root, DiscoveryBody.AcceptAggregated);
            if (DiscoveryBody.Aggregated(answer) is { } aggregated)
            {
                all.AddRange(aggregated);
                continue;
            }

            IEnumerable<string> paths = root == "api" ? ["api/v1"] : DiscoveryBody.GroupVersions(answer).Select(version => $"apis/{version}");
            foreach (string path in paths)
            {
                try
                {
                    all.AddRange(DiscoveryBody.Resources(await get(path, "application/json")));
                }
                catch (StatusException refused) when (refused.Code is 403 or 404 or 500 or 502 or 503)
                {
                    // That version is away; the others are not.
                }
            }
        }

        return all;
    }
}
