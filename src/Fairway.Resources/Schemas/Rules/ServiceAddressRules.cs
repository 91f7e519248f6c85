using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>The cluster addresses of Services and their families.</summary>
internal static class ServiceAddressRules
{
    private const string Stays = "may not change once set";

    public static void Validate(JsonObject spec, FieldErrors errors)
    {
        if (spec.Text("type") == "ExternalName")
        {
            return;
        }

        FieldPath path = FieldPath.Spec.At("clusterIPs");
        JsonArray addresses = spec.Array("clusterIPs") ?? [];
        Together(spec, addresses, path, errors);
        Families(spec, errors);
        if (!Each(addresses, path, errors))
        {
            return;
        }

        if (addresses.Count > 1 && (addresses.Count > 2 || IsSix(addresses[0]) == IsSix(addresses[1])))
        {
            errors.InvalidShown(path, GoValue.Strings(addresses), "may specify no more than one IP for each IP family");
        }

        JsonArray families = spec.Array("ipFamilies") ?? [];
        for (int i = 0; i < Math.Min(addresses.Count, families.Count) && !ServiceRules.IsHeadless(spec); i++)
        {
            string family = KubeJson.AsString(families[i]) ?? "";
            if (family is "IPv4" or "IPv6" && IsSix(addresses[i]) != (family == "IPv6"))
            {
                errors.Invalid(path.At(i), addresses[i]?.DeepClone(), $"expected an {family} value as indicated by `ipFamilies[{i}]`");
            }
        }
    }

    /// <summary>What a change may not do to the addresses.</summary>
    public static void Changes(JsonObject before, JsonObject after, FieldErrors errors)
    {
        if (before.Text("type") == "ExternalName" || after.Text("type") == "ExternalName" || (ServiceRules.IsHeadless(before) && ServiceRules.IsHeadless(after)))
        {
            return;
        }

        JsonArray was = before.Array("clusterIPs") ?? [];
        JsonArray now = after.Array("clusterIPs") ?? [];
        FieldPath path = FieldPath.Spec.At("clusterIPs");
        if (now.Count == 0 && was.Count > 0)
        {
            errors.InvalidShown(path.At(0), GoValue.Strings(after.Array("clusterIPs")), "primary clusterIP can not be unset");
        }

        int common = was.Count == now.Count ? was.Count : Math.Min(1, Math.Min(was.Count, now.Count));
        for (int i = 0; i < common; i++)
        {
            if (!JsonNode.DeepEquals(was[i], now[i]))
            {
                errors.InvalidShown(path.At(i), GoValue.Strings(now), Stays);
            }
        }

        if (was.Count > now.Count && now.Count == 1 && after.Text("ipFamilyPolicy") != "SingleStack")
        {
            errors.Invalid("spec.ipFamilyPolicy", after["ipFamilyPolicy"], "must be set to 'SingleStack' when releasing the secondary clusterIP");
        }

        if (!ServiceRules.IsHeadless(before) && !ServiceRules.IsHeadless(after))
        {
            ChangedFamilies(before.Array("ipFamilies") ?? [], after.Array("ipFamilies") ?? [], errors);
        }
    }

    /// <summary>Addresses that nobody else can reach.</summary>
    public static string? SpecialProblem(IPAddress address, string text)
    {
        byte[] bytes = address.GetAddressBytes();
        bool isFour = address.AddressFamily == AddressFamily.InterNetwork;
        return address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) ? $"may not be unspecified ({text})"
            : IPAddress.IsLoopback(address) ? "may not be in the loopback range (127.0.0.0/8, ::1/128)"
            : address.IsIPv6LinkLocal || (isFour && bytes is [169, 254, ..]) ? "may not be in the link-local range (169.254.0.0/16, fe80::/10)"
            : (isFour && bytes is [224, 0, 0, _]) || (!isFour && bytes is [0xff, 2, ..]) ? "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"
            : null;
    }

    private static void Together(JsonObject spec, JsonArray addresses, FieldPath path, FieldErrors errors)
    {
        string primary = spec.Text("clusterIP") ?? "";
        if (primary.Length > 0 && addresses.Count == 0)
        {
            errors.Required(path);
        }
        else if (primary.Length > 0 && KubeJson.AsString(addresses[0]) != primary)
        {
            errors.InvalidShown(path, GoValue.Strings(addresses), "first value must match `clusterIP`");
        }
        else if (primary.Length == 0 && addresses.Count > 0)
        {
            errors.InvalidShown(path, GoValue.Strings(addresses), "must be empty when `clusterIP` is not specified");
        }
    }

    private static void Families(JsonObject spec, FieldErrors errors)
    {
        JsonArray families = spec.Array("ipFamilies") ?? [];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < families.Count; i++)
        {
            string family = KubeJson.AsString(families[i]) ?? "";
            if (family is not ("IPv4" or "IPv6"))
            {
                errors.NotSupported($"spec.ipFamilies[{i}]", family, ["IPv4", "IPv6"]);
            }

            if (!seen.Add(family))
            {
                errors.Duplicate($"spec.ipFamilies[{i}]", family);
            }
        }

        SelectorRules.AnyOf(spec, "ipFamilyPolicy", FieldPath.Spec, errors, "PreferDualStack", "RequireDualStack", "SingleStack");
    }

    private static bool Each(JsonArray addresses, FieldPath path, FieldErrors errors)
    {
        int before = errors.Count;
        for (int i = 0; i < addresses.Count; i++)
        {
            string text = KubeJson.AsString(addresses[i]) ?? "";
            if (i == 0 && text == "None")
            {
                if (addresses.Count > 1)
                {
                    errors.InvalidShown(path, GoValue.Strings(addresses), "'None' must be the first and only value");
                }
            }
            else if (!IPAddress.TryParse(text, out _))
            {
                errors.Invalid(path.At(i), text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
            }
        }

        bool good = errors.Count == before;
        if (addresses.Count > 2)
        {
            errors.InvalidShown(path, GoValue.Strings(addresses), "may only hold up to 2 values");
        }

        return good;
    }

    private static void ChangedFamilies(JsonArray was, JsonArray now, FieldErrors errors)
    {
        if (was.Count > 0 && now.Count > 0 && !JsonNode.DeepEquals(was[0], now[0]))
        {
            errors.InvalidShown("spec.ipFamilies[0]", GoValue.Strings(now, "core.IPFamily"), Stays);
        }
    }

    private static bool IsSix(JsonNode? address) => KubeJson.AsString(address)?.Contains(':', StringComparison.Ordinal) == true;
}
