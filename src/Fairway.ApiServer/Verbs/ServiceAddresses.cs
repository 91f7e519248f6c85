using System.Net;
using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>
/// Hands out one cluster's virtual service addresses, each to one Service at a time. Taken addresses are those of the stored
/// Services and of those being created.
/// </summary>
internal sealed class ServiceAddresses(Func<IEnumerable<Document>> services)
{
    private const uint First = 0x0A600001; // 10.96.0.1
    private const uint Count = (1 << 20) - 2; // 10.96.0.0/12

    private readonly Lock _gate = new(); // guards _reserved and _next
    private readonly HashSet<string> _reserved = [];
    private uint _next = 10;

    /// <summary>Gives a new Service an address, or checks the one that it asks for.</summary>
    /// <returns>Holds the address until the Service is stored; null when it has none.</returns>
    /// <exception cref="StatusException">422: the address is out of range or taken.</exception>
    public IDisposable? Assign(JsonObject service)
    {
        if (service["spec"] is not JsonObject spec || (string?)spec["type"] == "ExternalName")
        {
            return null;
        }

        string asked = spec["clusterIP"] is JsonValue value && value.TryGetValue(out string? text) ? text : "";
        if (asked.Length == 0 && spec["clusterIPs"] is JsonArray { Count: > 0 })
        {
            return null; // which validation refuses
        }

        if (asked != "None")
        {
            lock (_gate)
            {
                HashSet<string> taken = Taken();
                asked = asked.Length == 0 ? Free(taken) : Check(service, asked, taken);
                _reserved.Add(asked);
            }
        }

        spec["clusterIP"] = asked;
        spec["clusterIPs"] = new JsonArray(asked);
        spec["ipFamilies"] ??= new JsonArray("IPv4");
        spec["ipFamilyPolicy"] ??= "SingleStack";
        return asked == "None" ? null : new Reservation(this, asked);
    }

    /// <summary>A Service keeps its address through an update that leaves it out.</summary>
    public static void Keep(JsonObject live, JsonObject target)
    {
        if (live["spec"] is not JsonObject old || target["spec"] is not JsonObject spec || (string?)spec["type"] == "ExternalName")
        {
            return;
        }

        foreach (string member in (ReadOnlySpan<string>)["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"])
        {
            bool isAbsent = spec[member] is null || (spec[member] is JsonValue value && value.TryGetValue(out string? text) && text.Length == 0);
            if (isAbsent && old[member] is { } kept)
            {
                spec[member] = kept.DeepClone();
            }
        }
    }

    /// <summary>The ports of nodes that stored Services have.</summary>
    public HashSet<long> TakenPorts() => [.. services().SelectMany(ServicePorts.Of)];

    private static string Text(uint address)
        => new IPAddress([(byte)(address >> 24), (byte)(address >> 16), (byte)(address >> 8), (byte)address]).ToString();

    private static string Check(JsonObject service, string asked, HashSet<string> taken)
    {
        string? problem = !IPAddress.TryParse(asked, out IPAddress? address) || address.GetAddressBytes() is not { Length: 4 } bytes
            ? "must be a valid IPv4 address"
            : !IsInRange(bytes) ? "the provided IP is not in the valid range. The range of valid IPs is 10.96.0.0/12"
            : taken.Contains(asked) ? "provided IP is already allocated"
            : null;
        return problem is null
            ? asked
            : throw new StatusException(422, "Invalid", $"Service \"{(string?)service["metadata"]?["name"]}\" is invalid: spec.clusterIPs: Invalid value: []string{{\"{asked}\"}}: failed to allocate IP {asked}: {problem}")
            {
                Details = new StatusDetails
                {
                    Name = (string?)service["metadata"]?["name"],
                    Kind = "Service",
                    Causes = [new StatusCause { Reason = "FieldValueInvalid", Field = "spec.clusterIPs", Message = $"Invalid value: []string{{\"{asked}\"}}: failed to allocate IP {asked}: {problem}" }],
                },
            };
    }

    private static bool IsInRange(byte[] bytes)
        => ((uint)bytes[0] << 24 | (uint)bytes[1] << 16 | (uint)bytes[2] << 8 | bytes[3]) - First < Count;

    private HashSet<string> Taken()
    {
        var taken = new HashSet<string>(_reserved);
        foreach (Document service in services())
        {
            if ((string?)service.ToNode()["spec"]?["clusterIP"] is { Length: > 0 } address)
            {
                taken.Add(address);
            }
        }

        return taken;
    }

    private string Free(HashSet<string> taken)
    {
        for (uint tried = 0; tried < Count; tried++)
        {
            string address = Text(First + _next);
            _next = (_next + 1) % Count;
            if (!taken.Contains(address))
            {
                return address;
            }
        }

        throw Refusals.Internal("failed to allocate a serviceIP: range is full");
    }

    private sealed class Reservation(ServiceAddresses owner, string address) : IDisposable
    {
        public void Dispose()
        {
            lock (owner._gate)
            {
                owner._reserved.Remove(address);
            }
        }
    }
}
