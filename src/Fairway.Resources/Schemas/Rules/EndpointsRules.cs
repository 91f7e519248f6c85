using System.Net;
using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Endpoints and RuntimeClasses.</summary>
internal static class EndpointsRules
{
    public static void Endpoints(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        _ = old;
        JsonArray subsets = target.Array("subsets") ?? [];
        for (int i = 0; i < subsets.Count; i++)
        {
            Subset(subsets[i], FieldPath.Root("subsets").At(i), errors);
        }
    }

    public static void RuntimeClass(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        string handler = target.Text("handler") ?? "";
        if (old is not null)
        {
            if (old.Text("handler") != handler)
            {
                errors.Invalid("handler", handler, "field is immutable");
            }

            return;
        }

        SelectorRules.Label(handler, FieldPath.Root("handler"), errors);
        if (target["overhead"] is JsonObject overhead)
        {
            AmountRules.Requirements(new JsonObject { ["limits"] = overhead["podFixed"]?.DeepClone() }, FieldPath.Root("overhead"), errors);
        }

        if (target["scheduling"] is not JsonObject scheduling)
        {
            return;
        }

        FieldPath path = FieldPath.Root("scheduling");
        MetadataValidation.CheckLabels(scheduling.Object("nodeSelector"), path.At("nodeSelector"), errors);
        JsonArray tolerations = scheduling.Array("tolerations") ?? [];
        PlacementRules.Tolerations(tolerations, path.At("tolerations").At("tolerations"), errors);
        var seen = new HashSet<(string?, string?, string?, string?)>();
        for (int i = 0; i < tolerations.Count; i++)
        {
            if (!seen.Add((tolerations[i].Text("key"), tolerations[i].Text("operator"), tolerations[i].Text("value"), tolerations[i].Text("effect"))))
            {
                errors.DuplicateShown(path.At("tolerations").At(i), $"core.Toleration{{Key:{Quoted(tolerations[i], "key")}, Operator:{Quoted(tolerations[i], "operator")}, Value:{Quoted(tolerations[i], "value")}, Effect:{Quoted(tolerations[i], "effect")}, TolerationSeconds:(*int64)(nil)}}");
            }
        }
    }

    private static string Quoted(JsonNode? owner, string member) => KubeJson.Quote(owner.Text(member) ?? "");

    private static void Subset(JsonNode? subset, FieldPath path, FieldErrors errors)
    {
        JsonArray ready = subset.Array("addresses") ?? [];
        JsonArray notReady = subset.Array("notReadyAddresses") ?? [];
        JsonArray ports = subset.Array("ports") ?? [];
        if (ready.Count == 0 && notReady.Count == 0)
        {
            errors.Required(path, "must specify `addresses` or `notReadyAddresses`");
        }

        for (int i = 0; i < ready.Count; i++)
        {
            Address(ready[i], path.At("addresses").At(i), errors);
        }

        for (int i = 0; i < notReady.Count; i++)
        {
            Address(notReady[i], path.At("notReadyAddresses").At(i), errors);
        }

        for (int i = 0; i < ports.Count; i++)
        {
            Port(ports[i], ports.Count > 1, path.At("ports").At(i), errors);
        }
    }

    private static void Address(JsonNode? address, FieldPath path, FieldErrors errors)
    {
        string text = address.Text("ip") ?? "";
        IPAddress? ip = Parse(text);
        if (ip is null)
        {
            errors.Invalid(path.At("ip"), text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
        }

        if (address.Text("hostname") is { Length: > 0 } host)
        {
            SelectorRules.Label(host, path.At("hostname"), errors);
        }

        if (address.Text("nodeName") is { } node)
        {
            SelectorRules.Subdomain(node, path.At("nodeName"), errors);
        }

        NotSpecial(ip, text, path.At("ip"), errors);
    }

    /// <summary>An address of an EndpointSlice, by the type of its addresses; nothing is said of unknown types.</summary>
    internal static void AddressOf(string text, string type, FieldPath path, FieldErrors errors)
    {
        IPAddress? ip = Parse(text);
        switch (type)
        {
            case "IPv4" or "IPv6":
                bool isSix = type == "IPv6";
                if (ip is null || (ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6) != isSix)
                {
                    errors.Invalid(path, text, $"must be a valid {type} address");
                }

                NotSpecial(ip, text, path, errors);
                break;
            case "FQDN":
                if (text.Length == 0)
                {
                    errors.Required(path);
                    return;
                }

                string name = text.EndsWith('.') ? text[..^1] : text;
                IReadOnlyList<string> problems = Names.SubdomainProblems(name);
                errors.InvalidEach(path, name, problems);
                if (problems.Count == 0 && name.Split('.') is { Length: < 2 })
                {
                    errors.Invalid(path, name, "should be a domain with at least two segments separated by dots");
                }

                break;
        }
    }

    private static IPAddress? Parse(string text)
        => IPAddress.TryParse(text, out IPAddress? ip) && (ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? !text.Contains('%', StringComparison.Ordinal) && !text.Contains('[', StringComparison.Ordinal) : text.AsSpan().Count('.') == 3) ? ip : null;

    private static void NotSpecial(IPAddress? ip, string text, FieldPath path, FieldErrors errors)
    {
        if (ip is null)
        {
            errors.Invalid(path, text, "must be a valid IP address");
        }
        else if (!IPAddress.IsLoopback(ip) && ServiceAddressRules.SpecialProblem(ip, text) is { } problem)
        {
            // Unlike on a real server loopback is let in: the pods of an embedded cluster live there.
            errors.Invalid(path, text, problem);
        }
    }

    private static void Port(JsonNode? port, bool needsName, FieldPath path, FieldErrors errors)
    {
        string name = port.Text("name") ?? "";
        if (needsName && name.Length == 0)
        {
            errors.Required(path.At("name"));
        }
        else if (name.Length > 0)
        {
            SelectorRules.Label(name, path.At("name"), errors);
        }

        SelectorRules.PortNumber(port.Long("port") ?? 0, path.At("port"), errors);
        string protocol = port.Text("protocol") ?? "";
        if (protocol.Length == 0)
        {
            errors.Required(path.At("protocol"));
        }
        else if (protocol is not ("SCTP" or "TCP" or "UDP"))
        {
            errors.NotSupported(path.At("protocol"), protocol, ["SCTP", "TCP", "UDP"]);
        }

        if (port.Text("appProtocol") is { } application)
        {
            SelectorRules.QualifiedName(application, path.At("appProtocol"), errors);
        }
    }
}
