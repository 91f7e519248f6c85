using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Fairway.Resources.Schemas;

/// <summary>Ingresses and their classes, NetworkPolicies.</summary>
internal static partial class NetworkRules
{
    private static readonly string[] BadSequences = ["//", "/./", "/../", "%2f", "%2F"];
    private static readonly string[] BadSuffixes = ["/..", "/."];

    public static void Ingress(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        JsonNode? spec = target["spec"];
        FieldPath path = FieldPath.Spec;
        JsonArray rules = spec.Array("rules") ?? [];
        if (rules.Count == 0 && spec?["defaultBackend"] is null)
        {
            errors.InvalidShown(path, $"[]networking.IngressRule{(spec.Array("rules") is null ? "(nil)" : "{}")}", "either `defaultBackend` or `rules` must be specified");
        }

        if (spec?["defaultBackend"] is { } backend)
        {
            Backend(backend, path.At("defaultBackend"), errors);
        }

        for (int i = 0; i < rules.Count; i++)
        {
            Rule(rules[i], path.At("rules").At(i), errors);
        }

        Tls(spec.Array("tls") ?? [], path.At("tls"), errors);
        if (spec.Text("ingressClassName") is { } name)
        {
            SelectorRules.Subdomain(name, path.At("ingressClassName"), errors);
            const string Annotation = "kubernetes.io/ingress.class";
            if (old is null && target["metadata"].Object("annotations").Text(Annotation) is { } annotated && annotated != name)
            {
                errors.Invalid($"annotations.{Annotation}", annotated, "must match `ingressClassName` when both are specified");
            }
        }
    }

    public static void IngressClass(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        JsonNode? spec = target["spec"];
        FieldPath path = FieldPath.Spec;
        if (old is not null)
        {
            Immutability.Field(old["spec"], spec, "controller", "spec.controller", errors);
        }

        string controller = spec.Text("controller") ?? "";
        if (controller.Length > 250)
        {
            errors.TooLong(path.At("controller"), 250);
        }

        DomainPrefixedPath(controller, path.At("controller"), errors);
        if (spec?["parameters"] is JsonObject parameters)
        {
            Parameters(parameters, path.At("parameters"), errors);
        }
    }

    public static void NetworkPolicy(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        _ = old;
        JsonNode? spec = target["spec"];
        FieldPath path = FieldPath.Spec;
        SelectorRules.LabelSelector(spec?["podSelector"], path.At("podSelector"), errors);
        foreach ((string rules, string peers) in (ReadOnlySpan<(string, string)>)[("ingress", "from"), ("egress", "to")])
        {
            JsonArray list = spec.Array(rules) ?? [];
            for (int i = 0; i < list.Count; i++)
            {
                Ports(list[i].Array("ports") ?? [], path.At(rules).At(i).At("ports"), errors);
                Peers(list[i].Array(peers) ?? [], path.At(rules).At(i).At(peers), errors);
            }
        }

        JsonArray types = spec.Array("policyTypes") ?? [];
        if (types.Count > 2)
        {
            errors.InvalidShown(path.At("policyTypes"), GoValue.Strings(types, "networking.PolicyType"), "may not specify more than two policyTypes");
            return;
        }

        for (int i = 0; i < types.Count; i++)
        {
            if (KubeJson.AsString(types[i]) is not ("Ingress" or "Egress"))
            {
                errors.NotSupportedInOrder(path.At("policyTypes").At(i), types[i], ["Ingress", "Egress"]);
            }
        }
    }

    /// <summary><c>acme.io/foo</c>.</summary>
    public static void DomainPrefixedPath(string text, FieldPath path, FieldErrors errors)
    {
        if (text.Length == 0)
        {
            errors.Required(path);
            return;
        }

        string[] parts = text.Split('/', 2);
        if (parts.Length != 2 || parts[0].Length == 0 || parts[1].Length == 0)
        {
            errors.Invalid(path, text, "must be a domain-prefixed path (such as \"acme.io/foo\")");
            return;
        }

        SelectorRules.Subdomain(parts[0], path, errors);
        if (!HttpPath().IsMatch(parts[1]))
        {
            errors.Invalid(path, parts[1], "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')");
        }
    }

    private static void Parameters(JsonObject parameters, FieldPath path, FieldErrors errors)
    {
        Reference(parameters, path, errors);
        if (parameters["scope"] is null)
        {
            errors.Required(path.At("scope"));
            return;
        }

        SelectorRules.AnyOf(parameters, "scope", path, errors, "Cluster", "Namespace");
        string? space = parameters.Text("namespace");
        if (parameters.Text("scope") == "Namespace" && space is null)
        {
            errors.Required(path.At("namespace"), "`parameters.scope` is set to 'Namespace'");
        }
        else if (parameters.Text("scope") == "Namespace")
        {
            SelectorRules.Label(space!, path.At("namespace"), errors);
        }
        else if (parameters.Text("scope") == "Cluster" && space is not null)
        {
            errors.Forbidden(path.At("namespace"), "`parameters.scope` is set to 'Cluster'");
        }
    }

    private static void Reference(JsonNode reference, FieldPath path, FieldErrors errors)
    {
        if (reference.Text("apiGroup") is { } group)
        {
            SelectorRules.Subdomain(group, path.At("apiGroup"), errors);
        }

        foreach (string member in (ReadOnlySpan<string>)["kind", "name"])
        {
            string value = reference.Text(member) ?? "";
            if (value.Length == 0)
            {
                errors.Required(path.At(member), $"{member} is required");
            }
            else
            {
                errors.InvalidEach(path.At(member), value, Names.PathSegmentProblems(value));
            }
        }
    }

    private static void Rule(JsonNode? rule, FieldPath path, FieldErrors errors)
    {
        if (rule.Text("host") is { Length: > 0 } host)
        {
            if (IPAddress.TryParse(host, out _) && (host.Contains(':', StringComparison.Ordinal) || host.Count(letter => letter == '.') == 3))
            {
                errors.Invalid(path.At("host"), host, "must be a DNS name, not an IP address");
            }

            errors.InvalidEach(path.At("host"), host, host.Contains('*', StringComparison.Ordinal) ? Names.WildcardProblems(host) : Names.SubdomainProblems(host));
        }

        if (rule?["http"] is not JsonObject http)
        {
            return;
        }

        JsonArray paths = http.Array("paths") ?? [];
        if (paths.Count == 0)
        {
            errors.Required(path.At("http").At("paths"));
        }

        for (int i = 0; i < paths.Count; i++)
        {
            Path(paths[i], path.At("http").At("paths").At(i), errors);
        }
    }

    private static void Path(JsonNode? rule, FieldPath path, FieldErrors errors)
    {
        string given = rule.Text("path") ?? "";
        bool isAbsolute = given.StartsWith('/');
        switch (rule.Text("pathType"))
        {
            case null:
                errors.Required(path.At("pathType"), "pathType must be specified");
                return;
            case "Exact" or "Prefix":
                if (!isAbsolute)
                {
                    errors.Invalid(path.At("path"), given, "must be an absolute path");
                }

                foreach (string bad in BadSequences.Where(bad => given.Contains(bad, StringComparison.Ordinal)))
                {
                    errors.Invalid(path.At("path"), given, $"must not contain '{bad}'");
                }

                foreach (string bad in BadSuffixes.Where(bad => given.EndsWith(bad, StringComparison.Ordinal)))
                {
                    errors.Invalid(path.At("path"), given, $"cannot end with '{bad}'");
                }

                break;
            case "ImplementationSpecific":
                if (given.Length > 0 && !isAbsolute)
                {
                    errors.Invalid(path.At("path"), given, "must be an absolute path");
                }

                break;
            default:
                errors.NotSupported(path.At("pathType"), rule!["pathType"], ["Exact", "ImplementationSpecific", "Prefix"]);
                break;
        }

        Backend(rule?["backend"], path.At("backend"), errors);
    }

    private static void Backend(JsonNode? backend, FieldPath path, FieldErrors errors)
    {
        JsonNode? resource = backend?["resource"];
        JsonNode? service = backend?["service"];
        if ((resource is null) == (service is null))
        {
            errors.Invalid(path, "", resource is null ? "resource or service backend is required" : "cannot set both resource and service backends");
            return;
        }

        if (resource is not null)
        {
            Reference(resource, path.At("resource"), errors);
            return;
        }

        string name = service.Text("name") ?? "";
        if (name.Length == 0)
        {
            errors.Required(path.At("service").At("name"));
        }
        else
        {
            errors.InvalidEach(path.At("service").At("name"), name, Names.Label1035Problems(name));
        }

        string portName = service!["port"].Text("name") ?? "";
        long number = service["port"].Long("number") ?? 0;
        FieldPath port = path.At("service").At("port");
        if (portName.Length > 0 && number != 0)
        {
            errors.Invalid(path, "", "cannot set both port name & port number");
        }
        else if (portName.Length > 0)
        {
            errors.InvalidEach(port.At("name"), portName, [.. Names.PortNameProblems(portName)]);
        }
        else if (number != 0)
        {
            SelectorRules.PortNumber(number, port.At("number"), errors);
        }
        else
        {
            errors.Required(path, "port name or number is required");
        }
    }

    private static void Tls(JsonArray entries, FieldPath path, FieldErrors errors)
    {
        for (int i = 0; i < entries.Count; i++)
        {
            JsonArray hosts = entries[i].Array("hosts") ?? [];
            for (int j = 0; j < hosts.Count; j++)
            {
                string host = KubeJson.AsString(hosts[j]) ?? "";
                errors.InvalidEach(path.At(i).At("hosts").At(j), host, host.Contains('*', StringComparison.Ordinal) ? Names.WildcardProblems(host) : Names.SubdomainProblems(host));
            }

            if (entries[i].Text("secretName") is { Length: > 0 } secret)
            {
                SelectorRules.Subdomain(secret, path.At(i).At("secretName"), errors);
            }
        }
    }

    private static void Ports(JsonArray ports, FieldPath path, FieldErrors errors)
    {
        for (int i = 0; i < ports.Count; i++)
        {
            JsonNode? port = ports[i];
            FieldPath at = path.At(i);
            SelectorRules.AnyOf(port, "protocol", at, errors, "TCP", "UDP", "SCTP");
            long? end = port.Long("endPort");
            if (port?["port"] is not { } number)
            {
                if (end is not null)
                {
                    errors.Invalid(at.At("endPort"), end, "may not be specified when `port` is not specified");
                }

                continue;
            }

            bool isName = KubeJson.AsString(number) is not null;
            if (isName && end is not null)
            {
                errors.Invalid(at.At("endPort"), end, "may not be specified when `port` is non-numeric");
            }

            SelectorRules.PortOrName(number, at.At("port"), errors);
            if (!isName && end is not null)
            {
                if (end < KubeJson.AsLong(number))
                {
                    errors.Invalid(at.At("endPort"), KubeJson.AsLong(number), "must be greater than or equal to `port`");
                }

                SelectorRules.PortNumber(end.Value, at.At("endPort"), errors);
            }
        }
    }

    private static void Peers(JsonArray peers, FieldPath path, FieldErrors errors)
    {
        for (int i = 0; i < peers.Count; i++)
        {
            FieldPath at = path.At(i);
            SelectorRules.LabelSelector(peers[i]?["podSelector"], at.At("podSelector"), errors);
            SelectorRules.LabelSelector(peers[i]?["namespaceSelector"], at.At("namespaceSelector"), errors);
            bool hasSelector = peers[i]?["podSelector"] is not null || peers[i]?["namespaceSelector"] is not null;
            if (peers[i]?["ipBlock"] is { } block)
            {
                Block(block, at.At("ipBlock"), errors);
                if (hasSelector)
                {
                    errors.Forbidden(at, "may not specify both ipBlock and another peer");
                }
            }
            else if (!hasSelector)
            {
                errors.Required(at, "must specify a peer");
            }
        }
    }

    private static void Block(JsonNode block, FieldPath path, FieldErrors errors)
    {
        string range = block.Text("cidr") ?? "";
        if (range.Length == 0)
        {
            errors.Required(path.At("cidr"));
            return;
        }

        ServiceRules.Range(range, path.At("cidr"), errors);
        JsonArray except = block.Array("except") ?? [];
        for (int i = 0; i < except.Count && ServiceRules.IsRange(range); i++)
        {
            string inner = KubeJson.AsString(except[i]) ?? "";
            ServiceRules.Range(inner, path.At("except").At(i), errors);
            if (ServiceRules.IsRange(inner) && !IsWithin(inner, range))
            {
                errors.Invalid(path.At("except").At(i), inner, "must be a strict subset of `cidr`");
            }
        }
    }

    private static bool IsWithin(string inner, string outer)
    {
        (byte[] address, int bits) = Parts(inner);
        (byte[] network, int mask) = Parts(outer);
        return address.Length == network.Length && mask < bits
            && Enumerable.Range(0, mask).All(bit => (address[bit / 8] >> (7 - (bit % 8)) & 1) == (network[bit / 8] >> (7 - (bit % 8)) & 1));
    }

    private static (byte[] Address, int Bits) Parts(string range)
    {
        string[] parts = range.Split('/');
        return (IPAddress.Parse(parts[0]).GetAddressBytes(), int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"\A[A-Za-z0-9/\-._~%!$&'()*+,;=:]+\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex HttpPath();
}
