using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Schemas;

namespace Fairway.ApiServer;

/// <summary>Ports of nodes for Services of type NodePort and LoadBalancer: 30000 to 32767, each for one Service.</summary>
internal static class ServicePorts
{
    private const int First = 30000;
    private const int Last = 32767;

    /// <summary>Gives each port of a new Service a port of the nodes, where its type wants one and it has none.</summary>
    /// <exception cref="StatusException">422: the port is out of range or taken.</exception>
    public static void Assign(JsonObject service, Func<HashSet<long>> taken)
    {
        JsonNode? spec = service["spec"];
        if (!WantsPorts(spec))
        {
            return;
        }

        HashSet<long> used = taken();
        JsonArray ports = spec.Array("ports") ?? [];
        for (int i = 0; i < ports.Count; i++)
        {
            if (ports[i].Long("nodePort") is { } asked and not 0)
            {
                Check(service, asked, i, used);
                used.Add(asked);
            }
        }

        foreach (JsonObject port in ports.OfType<JsonObject>().Where(port => port.Long("nodePort") is null or 0))
        {
            port["nodePort"] = Free(used);
        }
    }

    /// <summary>A Service keeps its ports of nodes through an update that leaves them out; those of a type that has none are given back.</summary>
    public static void Keep(JsonObject live, JsonObject target, Func<HashSet<long>> taken)
    {
        JsonArray ports = target["spec"].Array("ports") ?? [];
        JsonArray before = live["spec"].Array("ports") ?? [];
        if (!WantsPorts(target["spec"]))
        {
            Release(before, ports);
            return;
        }

        foreach (JsonObject port in ports.OfType<JsonObject>().Where(port => port.Long("nodePort") is null or 0))
        {
            JsonNode? twin = before.FirstOrDefault(each => each.Long("port") == port.Long("port") && each.Text("protocol") == port.Text("protocol"));
            if (twin.Long("nodePort") is { } had and not 0)
            {
                port["nodePort"] = had;
            }
        }

        HashSet<long> used = taken();
        foreach (JsonObject port in ports.OfType<JsonObject>().Where(port => port.Long("nodePort") is null or 0))
        {
            port["nodePort"] = Free(used);
        }
    }

    public static IEnumerable<long> Of(Document service)
        => (service.ToNode()["spec"].Array("ports") ?? []).Select(port => port.Long("nodePort") ?? 0).Where(port => port != 0);

    private static void Release(JsonArray before, JsonArray ports)
    {
        HashSet<long> had = [.. before.Select(port => port.Long("nodePort") ?? 0)];
        foreach (JsonObject port in ports.OfType<JsonObject>().Where(port => port.Long("nodePort") is { } number && had.Contains(number)))
        {
            port.Remove("nodePort");
        }
    }

    private static bool WantsPorts(JsonNode? spec)
        => spec.Text("type") == "NodePort" || (spec.Text("type") == "LoadBalancer" && spec.Flag("allocateLoadBalancerNodePorts") != false);

    private static long Free(HashSet<long> used)
    {
        int start = RandomNumberGenerator.GetInt32(Last - First + 1);
        for (int i = 0; i <= Last - First; i++)
        {
            long port = First + ((start + i) % (Last - First + 1));
            if (used.Add(port))
            {
                return port;
            }
        }

        throw Refusals.Internal("failed to allocate a nodePort: range is full");
    }

    private static void Check(JsonObject service, long asked, int index, HashSet<long> used)
    {
        string? problem = asked is < First or > Last ? $"provided port is not in the valid range. The range of valid ports is {First}-{Last}"
            : used.Contains(asked) ? "provided port is already allocated"
            : null;
        if (problem is not null)
        {
            var errors = new FieldErrors();
            errors.Invalid($"spec.ports[{index}].nodePort", asked, problem);
            errors.ThrowIfAny(KindOf<Resources.Kinds.Core.Service>.Definition.Type, service["metadata"].Text("name") ?? "");
        }
    }
}
