using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Tables;

/// <summary>Cells of Ingresses and Endpoints.</summary>
internal static class NetworkCells
{
    private const int MostHosts = 3;

    public static string Hosts(JsonObject target)
    {
        JsonArray rules = target["spec"].Array("rules") ?? [];
        string[] hosts = [.. rules.Take(MostHosts).Select(rule => rule.Text("host") is { Length: > 0 } host ? host : "*")];
        return hosts.Length == 0 ? "*" : rules.Count > MostHosts ? $"{string.Join(',', hosts)} + {rules.Count - MostHosts} more..." : string.Join(',', hosts);
    }

    public static string Address(JsonObject target)
        => string.Join(',', (target["status"]?["loadBalancer"].Array("ingress") ?? []).Select(point => point.Text("ip") ?? point.Text("hostname") ?? ""));

    public static string Parameters(JsonObject target)
    {
        JsonNode? parameters = target["spec"]?["parameters"];
        string group = parameters.Text("apiGroup") is { Length: > 0 } given ? "." + given : "";
        return parameters is null ? "<none>" : $"{parameters.Text("kind")}{group}/{parameters.Text("name")}";
    }

    public static string Endpoints(JsonObject target)
    {
        string[] all =
        [
            .. from subset in target.Array("subsets") ?? []
               from address in subset.Array("addresses") ?? []
               from port in subset.Array("ports") is { Count: > 0 } ports ? ports.AsEnumerable() : [null]
               select port is null ? address.Text("ip") ?? "" : string.Create(CultureInfo.InvariantCulture, $"{address.Text("ip")}:{port.Long("port")}"),
        ];
        return all.Length == 0 ? "<none>" : all.Length > MostHosts ? $"{string.Join(',', all[..MostHosts])} + {all.Length - MostHosts} more..." : string.Join(',', all);
    }
}
