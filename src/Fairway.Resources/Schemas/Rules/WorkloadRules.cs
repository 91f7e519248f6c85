using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Resources.Labels;

namespace Fairway.Resources.Schemas;

/// <summary>Deployments, ReplicaSets, StatefulSets, DaemonSets and their revisions.</summary>
internal static class WorkloadRules
{
    private static readonly string[] MutableOfStatefulSets = ["replicas", "ordinals", "template", "updateStrategy", "persistentVolumeClaimRetentionPolicy", "minReadySeconds"];

    public static void Deployment(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        JsonNode? spec = target["spec"];
        errors.Nonnegative(spec, "replicas", FieldPath.Spec);
        Selected(spec, errors);
        DeploymentStrategy(spec?["strategy"], FieldPath.Spec.At("strategy"), errors);
        errors.Nonnegative(spec, "minReadySeconds", FieldPath.Spec);
        errors.Nonnegative(spec, "revisionHistoryLimit", FieldPath.Spec);
        if (spec.Long("progressDeadlineSeconds") is { } deadline)
        {
            errors.Nonnegative(spec, "progressDeadlineSeconds", FieldPath.Spec);
            if (deadline <= (spec.Long("minReadySeconds") ?? 0))
            {
                errors.Invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds");
            }
        }

        SameSelector(old, spec, errors);
    }

    public static void ReplicaSet(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        JsonNode? spec = target["spec"];
        errors.Nonnegative(spec, "replicas", FieldPath.Spec);
        errors.Nonnegative(spec, "minReadySeconds", FieldPath.Spec);
        Selected(spec, errors);
        SameSelector(old, spec, errors);
    }

    /// <summary>The selector is a plain map, and may be left out where the template has labels.</summary>
    public static void ReplicationController(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        _ = old;
        JsonNode? spec = target["spec"];
        errors.Nonnegative(spec, "minReadySeconds", FieldPath.Spec);
        JsonObject selector = spec.Object("selector") ?? [];
        if (selector.Count == 0)
        {
            errors.Required("spec.selector");
        }

        errors.Nonnegative(spec, "replicas", FieldPath.Spec);
        FieldPath path = FieldPath.Spec.At("template");
        if (spec?["template"] is not JsonObject template)
        {
            errors.Required(path);
            return;
        }

        if (selector.Count > 0)
        {
            TemplateRules.Match(LabelSelector.OfLabels(selector.Select(pair => KeyValuePair.Create(pair.Key, KubeJson.AsString(pair.Value) ?? ""))), template, path, errors);
        }

        TemplateRules.Template(template, path, errors);
        TemplateRules.RunsForEver(template, "ReplicationController", path, errors);
    }

    public static void StatefulSet(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        JsonNode? spec = target["spec"];
        FieldPath path = FieldPath.Spec;
        string management = spec.Text("podManagementPolicy") ?? "";
        if (management.Length == 0)
        {
            errors.Required(path.At("podManagementPolicy"));
        }
        else if (management is not ("OrderedReady" or "Parallel"))
        {
            errors.Invalid(path.At("podManagementPolicy"), management, "must be 'OrderedReady' or 'Parallel'");
        }

        SetStrategy(spec?["updateStrategy"], path.At("updateStrategy"), errors);
        if (spec.Object("persistentVolumeClaimRetentionPolicy") is { } retention)
        {
            foreach (string member in (ReadOnlySpan<string>)["whenDeleted", "whenScaled"])
            {
                if (retention.Text(member) is not ("Retain" or "Delete"))
                {
                    errors.NotSupportedInOrder(path.At("persistentVolumeClaimRetentionPolicy").At(member), retention.Text(member) ?? "", ["Retain", "Delete"]);
                }
            }
        }

        errors.Nonnegative(spec, "replicas", path);
        errors.Nonnegative(spec, "minReadySeconds", path);
        if (spec.Object("ordinals").Long("start") is < 0 and var start)
        {
            errors.Invalid(path.At("ordinals.start"), start, "must be greater than or equal to 0");
        }

        TemplateRules.Selector(spec?["selector"], "statefulset", path.At("selector"), errors);
        if (TemplateRules.Parse(spec?["selector"]) is not { } selector)
        {
            errors.InvalidShown(path.At("selector"), GoValue.Selector(spec?["selector"]), "");
        }
        else
        {
            if (!selector.IsEverything)
            {
                TemplateRules.Match(selector, spec?["template"], path.At("template"), errors);
            }

            // The pod of a StatefulSet's template is only looked at when pods are made of it.
            TemplateRules.Metadata(spec?["template"], path.At("template"), errors);
        }

        TemplateRules.RunsForEver(spec?["template"], "StatefulSet", path.At("template"), errors);
        if (old?["spec"] is JsonObject before && spec is JsonObject after && !Immutability.Same(Without(before, MutableOfStatefulSets), Without(after, MutableOfStatefulSets)))
        {
            errors.Forbidden(
                "spec",
                "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden");
        }
    }

    public static void DaemonSet(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        JsonNode? spec = target["spec"];
        FieldPath path = FieldPath.Spec;
        JsonNode? given = spec?["selector"];
        SelectorRules.LabelSelector(given, path.At("selector"), errors);
        if (TemplateRules.Parse(given) is { } selector)
        {
            TemplateRules.Match(selector, spec?["template"], path.At("template"), errors);
        }

        if (given is JsonObject && SelectorRules.IsEmpty(given))
        {
            errors.InvalidShown(path.At("selector"), GoValue.Selector(given), "empty selector is invalid for daemonset");
        }

        TemplateRules.Template(spec?["template"], path.At("template"), errors);
        TemplateRules.RunsForEver(spec?["template"], "DaemonSet", path.At("template"), errors);
        errors.Nonnegative(spec, "minReadySeconds", path);
        DaemonStrategy(spec?["updateStrategy"], path.At("updateStrategy"), errors);
        errors.Nonnegative(spec, "revisionHistoryLimit", path);
        SameSelector(old, spec, errors);
    }

    public static void ControllerRevision(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        if (target["data"] is null)
        {
            errors.Required("data", "data is mandatory");
        }

        if (target.Long("revision") is < 0 and var revision)
        {
            errors.Invalid("revision", revision, "must be greater than or equal to 0");
        }

        if (old is not null && !JsonNode.DeepEquals(old["data"], target["data"]))
        {
            errors.Invalid("data", target["data"], "field is immutable");
        }
    }

    /// <summary>A number or a percentage, not below zero.</summary>
    public static void Share(JsonNode? value, FieldPath path, FieldErrors errors)
    {
        if (KubeJson.AsString(value) is { } text)
        {
            if (Percent(value) is null)
            {
                errors.InvalidShown(path, GoValue.IntOrString(text), "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')");
            }
        }
        else if (KubeJson.AsLong(value) is < 0 and var number)
        {
            errors.Invalid(path, number, "must be greater than or equal to 0");
        }
    }

    /// <summary>A percentage of at most all.</summary>
    public static void AtMostAll(JsonNode? value, FieldPath path, FieldErrors errors)
    {
        if (Percent(value) > 100)
        {
            errors.InvalidShown(path, GoValue.IntOrString(value), "must not be greater than 100%");
        }
    }

    private static void Selected(JsonNode? spec, FieldErrors errors)
    {
        FieldPath path = FieldPath.Spec;
        TemplateRules.Selector(spec?["selector"], "deployment", path.At("selector"), errors);
        if (TemplateRules.Parse(spec?["selector"]) is not { } selector)
        {
            errors.InvalidShown(path.At("selector"), GoValue.Selector(spec?["selector"]), "invalid label selector");
            return;
        }

        if (!selector.IsEverything)
        {
            TemplateRules.Match(selector, spec?["template"], path.At("template"), errors);
        }

        TemplateRules.Template(spec?["template"], path.At("template"), errors);
        TemplateRules.RunsForEver(spec?["template"], "ReplicaSet", path.At("template"), errors);
    }

    private static void SameSelector(JsonObject? old, JsonNode? spec, FieldErrors errors)
    {
        if (old is not null)
        {
            Immutability.Field(old["spec"], spec, "selector", "spec.selector", errors, GoValue.Selector(spec?["selector"]));
        }
    }

    private static void DeploymentStrategy(JsonNode? strategy, FieldPath path, FieldErrors errors)
    {
        JsonObject? rolling = strategy.Object("rollingUpdate");
        FieldPath at = path.At("rollingUpdate");
        switch (strategy.Text("type"))
        {
            case "Recreate":
                if (rolling is not null)
                {
                    errors.Forbidden(at, "may not be specified when strategy `type` is 'Recreate'");
                }

                break;
            case "RollingUpdate" when rolling is null:
                errors.Required(at, "this should be defaulted and never be nil");
                break;
            case "RollingUpdate":
                Share(rolling["maxUnavailable"], at.At("maxUnavailable"), errors);
                Share(rolling["maxSurge"], at.At("maxSurge"), errors);
                if (Amount(rolling["maxUnavailable"]) == 0 && Amount(rolling["maxSurge"]) == 0)
                {
                    errors.InvalidShown(at.At("maxUnavailable"), GoValue.IntOrString(rolling["maxUnavailable"]), "may not be 0 when `maxSurge` is 0");
                }

                AtMostAll(rolling["maxUnavailable"], at.At("maxUnavailable"), errors);
                break;
            default:
                Unknown(strategy, "apps.DeploymentStrategy", "*apps.RollingUpdateDeployment", ["Recreate", "RollingUpdate"], path, errors);
                break;
        }
    }

    private static void SetStrategy(JsonNode? strategy, FieldPath path, FieldErrors errors)
    {
        JsonObject? rolling = strategy.Object("rollingUpdate");
        FieldPath at = path.At("rollingUpdate");
        string type = strategy.Text("type") ?? "";
        if (type.Length == 0)
        {
            errors.Required(path);
        }
        else if (type == "OnDelete" && rolling is not null)
        {
            string shown = $"apps.RollingUpdateStatefulSetStrategy{{Partition:{rolling.Long("partition") ?? 0}, MaxUnavailable:{GoValue.Pointer(rolling["maxUnavailable"], "*intstr.IntOrString")}}}";
            errors.InvalidShown(at, shown, "only allowed for updateStrategy 'RollingUpdate'");
        }
        else if (type == "RollingUpdate" && rolling is not null)
        {
            errors.Nonnegative(rolling, "partition", at);
            if (rolling["maxUnavailable"] is { } most)
            {
                Share(most, at.At("maxUnavailable"), errors);
                if (Amount(most) == 0)
                {
                    errors.InvalidShown(at.At("maxUnavailable"), GoValue.IntOrString(most), "cannot be 0");
                }

                AtMostAll(most, at.At("maxUnavailable"), errors);
            }
        }
        else if (type is not ("OnDelete" or "RollingUpdate"))
        {
            string shown = $"apps.StatefulSetUpdateStrategy{{Type:{KubeJson.Quote(type)}, RollingUpdate:{GoValue.Pointer(rolling, "*apps.RollingUpdateStatefulSetStrategy")}}}";
            errors.InvalidShown(path, shown, "must be 'RollingUpdate' or 'OnDelete'");
        }
    }

    private static void DaemonStrategy(JsonNode? strategy, FieldPath path, FieldErrors errors)
    {
        FieldPath at = path.At("rollingUpdate");
        switch (strategy.Text("type"))
        {
            case "OnDelete":
                return;
            case "RollingUpdate" when strategy.Object("rollingUpdate") is { } rolling:
                Share(rolling["maxUnavailable"], at.At("maxUnavailable"), errors);
                Share(rolling["maxSurge"], at.At("maxSurge"), errors);
                AtMostAll(rolling["maxUnavailable"], at.At("maxUnavailable"), errors);
                AtMostAll(rolling["maxSurge"], at.At("maxSurge"), errors);
                bool hasUnavailable = Amount(rolling["maxUnavailable"]) != 0;
                bool hasSurge = Amount(rolling["maxSurge"]) != 0;
                if (hasUnavailable && hasSurge)
                {
                    errors.InvalidShown(at.At("maxSurge"), GoValue.IntOrString(rolling["maxSurge"]), "may not be set when maxUnavailable is non-zero");
                }
                else if (!hasUnavailable && !hasSurge)
                {
                    errors.Required(at.At("maxUnavailable"), "cannot be 0 when maxSurge is 0");
                }

                return;
            case "RollingUpdate":
                errors.Required(at);
                return;
            default:
                Unknown(strategy, "apps.DaemonSetUpdateStrategy", "*apps.RollingUpdateDaemonSet", ["RollingUpdate", "OnDelete"], path, errors);
                return;
        }
    }

    private static void Unknown(JsonNode? strategy, string type, string rolling, string[] known, FieldPath path, FieldErrors errors)
    {
        string shown = $"{type}{{Type:{GoValue.Text(strategy, "type")}, RollingUpdate:{GoValue.Pointer(strategy?["rollingUpdate"], rolling)}}}";
        errors.Add("FieldValueNotSupported", path, $"Unsupported value: {shown}: supported values: {string.Join(", ", known.Select(KubeJson.Quote))}");
    }

    private static JsonObject Without(JsonObject spec, string[] names)
    {
        var rest = (JsonObject)spec.DeepClone();
        foreach (string name in names)
        {
            rest.Remove(name);
        }

        return rest;
    }

    private static int? Percent(JsonNode? value)
        => KubeJson.AsString(value) is { Length: > 1 } text && text[^1] == '%' && !text.AsSpan(..^1).ContainsAnyExceptInRange('0', '9')
            ? int.TryParse(text.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out int percent) ? percent : int.MaxValue
            : null;

    private static long Amount(JsonNode? value) => Percent(value) ?? KubeJson.AsLong(value)
        ?? (long.TryParse(KubeJson.AsString(value), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : 0);
}
