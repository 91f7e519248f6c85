using System.Text.Json.Nodes;
using Fairway.Resources.Labels;

namespace Fairway.Resources.Schemas;

/// <summary>Templates of pods, and selectors that belong to them.</summary>
internal static class TemplateRules
{
    /// <summary>A template, with all of its pod.</summary>
    public static void Template(JsonNode? template, FieldPath path, FieldErrors errors)
    {
        Metadata(template, path, errors);
        JsonObject spec = template.Object("spec") ?? [];
        PodRules.Spec(spec, pod: null, path.At("spec"), errors);
        if (spec.Array("ephemeralContainers") is { Count: > 0 })
        {
            errors.Forbidden(path.At("spec").At("ephemeralContainers"), "ephemeral containers not allowed in pod template");
        }
    }

    /// <summary>Only the labels and annotations of a template.</summary>
    public static void Metadata(JsonNode? template, FieldPath path, FieldErrors errors)
    {
        JsonNode? metadata = template?["metadata"];
        MetadataValidation.CheckLabels(metadata.Object("labels"), path.At("labels"), errors);
        MetadataValidation.CheckAnnotations(metadata.Object("annotations"), path.At("annotations"), errors);
        PodAnnotationRules.Validate(metadata.Object("annotations"), template.Object("spec") ?? [], path.At("annotations"), errors);
    }

    /// <summary>A selector that must be there and select something.</summary>
    /// <param name="owner">The word for the kind in the sentence about an empty one.</param>
    public static void Selector(JsonNode? selector, string owner, FieldPath path, FieldErrors errors)
    {
        if (selector is not JsonObject)
        {
            errors.Required(path);
            return;
        }

        SelectorRules.LabelSelector(selector, path, errors);
        if (SelectorRules.IsEmpty(selector))
        {
            errors.InvalidShown(path, GoValue.Selector(selector), $"empty selector is invalid for {owner}");
        }
    }

    /// <summary>The selector as one that can be asked; null where it is none.</summary>
    public static LabelSelector? Parse(JsonNode? selector)
    {
        var errors = new FieldErrors();
        SelectorRules.LabelSelector(selector, FieldPath.Spec, errors);
        return !errors.IsEmpty ? null : selector is JsonObject ? LabelSelector.FromObject(selector) : LabelSelector.Nothing;
    }

    /// <summary>The labels of a template that its selector must match.</summary>
    public static void Match(LabelSelector selector, JsonNode? template, FieldPath path, FieldErrors errors)
    {
        JsonObject? labels = template?["metadata"].Object("labels");
        Dictionary<string, string> values = (labels ?? []).ToDictionary(pair => pair.Key, pair => KubeJson.AsString(pair.Value) ?? "", StringComparer.Ordinal);
        if (!selector.Matches(values))
        {
            errors.InvalidShown(path.At("metadata").At("labels"), GoValue.StringMap(labels), "`selector` does not match template `labels`");
        }
    }

    /// <summary>Controllers that run pods for ever take only what always restarts, without a deadline.</summary>
    public static void RunsForEver(JsonNode? template, string owner, FieldPath path, FieldErrors errors)
    {
        JsonObject? spec = template.Object("spec");
        if (spec.Text("restartPolicy") is not "Always")
        {
            errors.NotSupported(path.At("spec").At("restartPolicy"), spec.Text("restartPolicy") ?? "", ["Always"]);
        }

        if (spec?["activeDeadlineSeconds"] is not null)
        {
            errors.Forbidden(path.At("spec").At("activeDeadlineSeconds"), $"activeDeadlineSeconds in {owner} is not Supported");
        }
    }
}
