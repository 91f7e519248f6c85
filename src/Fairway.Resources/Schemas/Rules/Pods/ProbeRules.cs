using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Fairway.Resources.Schemas;

/// <summary>Probes and lifecycle hooks of a container.</summary>
internal static partial class ProbeRules
{
    private static readonly string[] ProbeHandlers = ["exec", "httpGet", "tcpSocket", "grpc"];
    private static readonly string[] HookHandlers = ["exec", "httpGet", "tcpSocket", "sleep"];

    /// <summary>The hooks and the three probes of a container that may have them.</summary>
    public static void All(JsonNode container, long? grace, FieldPath path, FieldErrors errors)
    {
        if (container.Object("lifecycle") is { } lifecycle)
        {
            foreach (string hook in (ReadOnlySpan<string>)["postStart", "preStop"])
            {
                if (lifecycle[hook] is JsonObject action)
                {
                    Handler(action, HookHandlers, grace, path.At("lifecycle").At(hook), errors);
                }
            }
        }

        One(container, "livenessProbe", grace, path, errors);
        One(container, "readinessProbe", grace, path, errors);
        One(container, "startupProbe", grace, path, errors);
    }

    private static void One(JsonNode container, string name, long? grace, FieldPath parent, FieldErrors errors)
    {
        if (container[name] is not JsonObject probe)
        {
            return;
        }

        FieldPath path = parent.At(name);
        Handler(probe, ProbeHandlers, grace, path, errors);
        foreach (string number in (ReadOnlySpan<string>)["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"])
        {
            errors.Nonnegative(probe, number, path);
        }

        if (probe.Long("terminationGracePeriodSeconds") is <= 0 and var own)
        {
            errors.Invalid(path.At("terminationGracePeriodSeconds"), own, "must be greater than 0");
        }

        if (name == "readinessProbe")
        {
            if (probe.Long("terminationGracePeriodSeconds") is { } period)
            {
                errors.Invalid(path.At("terminationGracePeriodSeconds"), period, "must not be set for readinessProbes");
            }
        }
        else if (probe.Long("successThreshold") is { } successes and not 1)
        {
            errors.Invalid(path.At("successThreshold"), successes, "must be 1");
        }
    }

    private static void Handler(JsonObject owner, string[] kinds, long? grace, FieldPath path, FieldErrors errors)
    {
        bool found = false;
        foreach (string kind in kinds)
        {
            if (owner[kind] is not JsonObject action)
            {
                continue;
            }

            if (found)
            {
                errors.Forbidden(path.At(kind), "may not specify more than 1 handler type");
                continue;
            }

            found = true;
            Action(kind, action, grace, path.At(kind), errors);
        }

        if (!found)
        {
            errors.Required(path, "must specify a handler type");
        }
    }

    private static void Action(string kind, JsonObject action, long? grace, FieldPath path, FieldErrors errors)
    {
        switch (kind)
        {
            case "exec":
                if (action.Array("command") is not { Count: > 0 })
                {
                    errors.Required(path.At("command"));
                }

                break;
            case "httpGet":
                HttpGet(action, path, errors);
                break;
            case "sleep":
                if (grace is { } most && action.Long("seconds") is var seconds && (seconds is null or <= 0 || seconds > most))
                {
                    errors.Invalid(
                        path,
                        seconds ?? 0,
                        $"must be greater than 0 and less than terminationGracePeriodSeconds ({most}). Enable AllowPodLifecycleSleepActionZeroValue feature gate for zero sleep.");
                }

                break;
            default:
                SelectorRules.PortOrName(action["port"], path.At("port"), errors);
                break;
        }
    }

    private static void HttpGet(JsonObject action, FieldPath path, FieldErrors errors)
    {
        if (string.IsNullOrEmpty(action.Text("path")))
        {
            errors.Required(path.At("path"));
        }

        SelectorRules.PortOrName(action["port"], path.At("port"), errors);
        if (action.Text("scheme") is not ("HTTP" or "HTTPS"))
        {
            errors.NotSupported(path.At("scheme"), action.Text("scheme") ?? "", ["HTTP", "HTTPS"]);
        }

        foreach (JsonNode? header in action.Array("httpHeaders") ?? [])
        {
            if (header.Text("name") is var name && !HeaderName().IsMatch(name ?? ""))
            {
                errors.Invalid(path.At("httpHeaders"), name ?? "", "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')");
            }
        }
    }

    [GeneratedRegex(@"\A[-A-Za-z0-9]+\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex HeaderName();
}
