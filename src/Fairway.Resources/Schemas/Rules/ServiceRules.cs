using System.Net;
using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Services: ports that can be told apart, and an address that stays.</summary>
internal static class ServiceRules
{
    public static void Validate(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        JsonNode? spec = target["spec"];
        string type = spec.Text("type") ?? "ClusterIP";
        JsonArray ports = spec.Array("ports") ?? [];
        bool headless = spec.Text("clusterIP") == "None";
        if (ports.Count == 0 && !headless && type != "ExternalName")
        {
            errors.Required("spec.ports");
        }

        if (type == "ExternalName" && string.IsNullOrEmpty(spec.Text("externalName")))
        {
            errors.Required("spec.externalName");
        }

        Ports(ports, errors);
        MetadataValidation.CheckLabels(spec.Object("selector"), "spec.selector", errors);
        if (spec.Text("clusterIP") is { Length: > 0 } address && !headless && !IPAddress.TryParse(address, out _))
        {
            errors.Invalid("spec.clusterIPs[0]", address, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
        }

        if (old?["spec"].Text("clusterIP") is { Length: > 0 } before && type != "ExternalName" && old["spec"].Text("type") != "ExternalName" && spec.Text("clusterIP") != before)
        {
            errors.Invalid("spec.clusterIPs[0]", spec.Text("clusterIP") ?? "", "may not change once set");
        }
    }

    private static void Ports(JsonArray ports, FieldErrors errors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var numbers = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < ports.Count; i++)
        {
            string path = $"spec.ports[{i}]";
            string name = ports[i].Text("name") ?? "";
            if (name.Length == 0 && ports.Count > 1)
            {
                errors.Required(path + ".name");
            }
            else if (name.Length > 0 && Names.LabelProblem(name) is { } problem)
            {
                errors.Invalid(path + ".name", name, problem);
            }
            else if (name.Length > 0 && !names.Add(name))
            {
                errors.Duplicate(path + ".name", name);
            }

            if (!numbers.Add($"{ports[i].Long("port")}/{ports[i].Text("protocol")}"))
            {
                errors.Duplicate(path, new JsonObject { ["port"] = ports[i].Long("port"), ["protocol"] = ports[i].Text("protocol") });
            }

            PodRules.PortNumber(ports[i]?["port"], path + ".port", errors);
            PodRules.PortNumber(ports[i]?["targetPort"], path + ".targetPort", errors);
        }
    }
}
