using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>EndpointSlices.</summary>
internal static class SliceRules
{
    private const int MaxEndpoints = 1000;
    private const int MaxAddresses = 100;
    private const int MaxPorts = 20_000;
    private const int MaxHints = 8;

    public static void Slice(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        string type = target.Text("addressType") ?? "";
        if (type.Length == 0)
        {
            errors.Required("addressType");
        }
        else if (type is not ("FQDN" or "IPv4" or "IPv6"))
        {
            errors.NotSupported("addressType", type, ["FQDN", "IPv4", "IPv6"]);
        }

        JsonArray endpoints = target.Array("endpoints") ?? [];
        if (endpoints.Count > MaxEndpoints)
        {
            errors.TooMany("endpoints", endpoints.Count, MaxEndpoints);
        }

        for (int i = 0; i < endpoints.Count && endpoints.Count <= MaxEndpoints; i++)
        {
            Endpoint(endpoints[i], type, FieldPath.Root("endpoints").At(i), errors);
        }

        Ports(target.Array("ports") ?? [], errors);
        if (old is not null && old.Text("addressType") != type)
        {
            errors.Invalid("addressType", type, "field is immutable");
        }
    }

    private static void Endpoint(JsonNode? endpoint, string type, FieldPath path, FieldErrors errors)
    {
        JsonArray addresses = endpoint.Array("addresses") ?? [];
        if (addresses.Count == 0)
        {
            errors.Required(path.At("addresses"), "must contain at least 1 address");
        }
        else if (addresses.Count > MaxAddresses)
        {
            errors.TooMany(path.At("addresses"), addresses.Count, MaxAddresses);
        }

        for (int i = 0; i < addresses.Count; i++)
        {
            EndpointsRules.AddressOf(KubeJson.AsString(addresses[i]) ?? "", type, path.At("addresses").At(i), errors);
        }

        if (endpoint.Text("nodeName") is { } node)
        {
            SelectorRules.Subdomain(node, path.At("nodeName"), errors);
        }

        if (endpoint.Text("hostname") is { } host)
        {
            SelectorRules.Label(host, path.At("hostname"), errors);
        }

        Hints(endpoint.Object("hints").Array("forZones") ?? [], path.At("hints").At("forZones"), errors);
    }

    private static void Hints(JsonArray zones, FieldPath path, FieldErrors errors)
    {
        if (zones.Count > MaxHints)
        {
            errors.TooMany(path, zones.Count, MaxHints);
            return;
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < zones.Count; i++)
        {
            string zone = zones[i].Text("name") ?? "";
            if (!names.Add(zone))
            {
                errors.Duplicate(path.At(i).At("name"), zone);
            }

            errors.InvalidEach(path.At(i).At("name"), zone, Names.LabelValueProblems(zone));
        }
    }

    private static void Ports(JsonArray ports, FieldErrors errors)
    {
        if (ports.Count > MaxPorts)
        {
            errors.TooMany("ports", ports.Count, MaxPorts);
            return;
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < ports.Count; i++)
        {
            FieldPath path = FieldPath.Root("ports").At(i);
            string name = ports[i].Text("name") ?? "";
            if (name.Length > 0)
            {
                SelectorRules.Label(name, path.At("name"), errors);
            }

            if (!names.Add(name))
            {
                errors.Duplicate(path.At("name"), name);
            }

            string protocol = ports[i].Text("protocol") ?? "TCP";
            if (protocol is not ("SCTP" or "TCP" or "UDP"))
            {
                errors.NotSupported(path.At("protocol"), protocol, ["SCTP", "TCP", "UDP"]);
            }

            if (ports[i].Text("appProtocol") is { } application)
            {
                SelectorRules.QualifiedName(application, path.At("appProtocol"), errors);
            }
        }
    }
}
