using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Rules of Ingresses and NetworkPolicies, in kube-apiserver's words.</summary>
internal static class NetworkRules
{
    public static void Ingress(JsonObject target, FieldErrors errors)
    {
        JsonNode? spec = target["spec"];
        JsonArray rules = spec.Array("rules") ?? [];
        if (rules.Count == 0 && spec?["defaultBackend"] is null)
        {
            errors.Invalid("spec", null, "either `defaultBackend` or `rules` must be specified");
        }

        if (spec?["defaultBackend"] is { } backend)
        {
            Backend(backend, "spec.defaultBackend", errors);
        }

        for (int i = 0; i < rules.Count; i++)
        {
            Rule(rules[i], $"spec.rules[{i}]", errors);
        }

        if (spec.Text("ingressClassName") is { } name && Names.SubdomainProblem(name) is { } problem)
        {
            errors.Invalid("spec.ingressClassName", name, problem);
        }
    }

    public static void IngressClass(JsonObject target, FieldErrors errors)
    {
        if (target["spec"].Text("controller") is not { Length: > 0 } controller)
        {
            errors.Required("spec.controller");
        }
        else if (!controller.Contains('/', StringComparison.Ordinal))
        {
            errors.Invalid("spec.controller", controller, "must be a domain-prefixed path (such as \"acme.io/foo\")");
        }
    }

    public static void NetworkPolicy(JsonObject target, FieldErrors errors)
    {
        JsonArray types = target["spec"].Array("policyTypes") ?? [];
        for (int i = 0; i < types.Count; i++)
        {
            if (KubeJson.AsString(types[i]) is not ("Ingress" or "Egress"))
            {
                errors.NotSupportedInOrder($"spec.policyTypes[{i}]", types[i], ["Egress", "Ingress"]);
            }
        }

        foreach ((string rules, string peers) in (ReadOnlySpan<(string, string)>)[("ingress", "from"), ("egress", "to")])
        {
            JsonArray list = target["spec"].Array(rules) ?? [];
            for (int i = 0; i < list.Count; i++)
            {
                Peers(list[i].Array(peers) ?? [], $"spec.{rules}[{i}].{peers}", errors);
            }
        }
    }

    private static void Rule(JsonNode? rule, string path, FieldErrors errors)
    {
        if (rule.Text("host") is { Length: > 0 } host)
        {
            string plain = host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host;
            if (Names.SubdomainProblem(plain) is { } problem)
            {
                errors.Invalid($"{path}.host", host, problem);
            }
        }

        if (rule?["http"] is null)
        {
            return;
        }

        JsonArray paths = rule["http"].Array("paths") ?? [];
        if (paths.Count == 0)
        {
            errors.Required($"{path}.http.paths");
        }

        for (int i = 0; i < paths.Count; i++)
        {
            string at = $"{path}.http.paths[{i}]";
            string given = paths[i].Text("path") ?? "";
            string type = paths[i].Text("pathType") ?? "";
            if (type is "Exact" or "Prefix" || given.Length > 0)
            {
                if (!given.StartsWith('/'))
                {
                    errors.Invalid($"{at}.path", given, "must be an absolute path");
                }
            }

            Backend(paths[i]?["backend"], $"{at}.backend", errors);
        }
    }

    private static void Backend(JsonNode? backend, string path, FieldErrors errors)
    {
        bool hasResource = backend?["resource"] is not null;
        if (hasResource && backend?["service"] is not null)
        {
            errors.Invalid(path, "", "cannot set both resource and service backends");
        }
        else if (hasResource)
        {
            return;
        }

        JsonNode? service = backend?["service"];
        if (service is null)
        {
            errors.Invalid(path, "", "resource or service backend is required");
            return;
        }

        if (service.Text("name") is not { Length: > 0 } name)
        {
            errors.Required($"{path}.service.name");
        }
        else if (Names.Label1035Problem(name) is { } problem)
        {
            errors.Invalid($"{path}.service.name", name, problem);
        }

        bool hasName = service["port"].Text("name") is { Length: > 0 };
        long number = service["port"].Long("number") ?? 0;
        if (hasName && number != 0)
        {
            errors.Invalid($"{path}", "", "cannot set both port name & port number");
        }
        else if (!hasName && number == 0)
        {
            errors.Required($"{path}", "port name or number is required");
        }
        else if (!hasName && number is < 1 or > 65535)
        {
            errors.Invalid($"{path}.service.port.number", number, "must be between 1 and 65535, inclusive");
        }
    }

    private static void Peers(JsonArray peers, string path, FieldErrors errors)
    {
        for (int i = 0; i < peers.Count; i++)
        {
            bool hasSelector = peers[i]?["podSelector"] is not null || peers[i]?["namespaceSelector"] is not null;
            bool hasBlock = peers[i]?["ipBlock"] is not null;
            if (!hasSelector && !hasBlock)
            {
                errors.Required($"{path}[{i}]", "must specify a peer");
            }
            else if (hasSelector && hasBlock)
            {
                errors.Forbidden($"{path}[{i}]", "may not specify both ipBlock and another peer");
            }
        }
    }
}
