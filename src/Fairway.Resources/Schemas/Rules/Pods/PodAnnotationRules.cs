using System.Globalization;
using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Annotations that mean something on pods and their templates.</summary>
internal static class PodAnnotationRules
{
    private const string Mirror = "kubernetes.io/config.mirror";
    private const string DeletionCost = "controller.kubernetes.io/pod-deletion-cost";
    private const string AppArmor = "container.apparmor.security.beta.kubernetes.io/";
    private const string Seccomp = "seccomp.security.alpha.kubernetes.io/pod";
    private const string ContainerSeccomp = "container.seccomp.security.alpha.kubernetes.io/";

    public static void Validate(JsonObject? annotations, JsonObject spec, FieldPath path, FieldErrors errors)
    {
        if (annotations is null)
        {
            return;
        }

        if (annotations.Text(Mirror) is { } mirror && string.IsNullOrEmpty(spec.Text("nodeName")))
        {
            errors.Invalid(path.Key(Mirror), mirror, "must set spec.nodeName if mirror pod annotation is set");
        }

        if (annotations.Text(DeletionCost) is { } cost && !IsCost(cost))
        {
            errors.Invalid(path.Key(DeletionCost), cost, "must be a 32bit integer");
        }

        Profiles(annotations, path, errors);
        foreach ((string key, JsonNode? value) in annotations.Where(pair => pair.Key.StartsWith(AppArmor, StringComparison.Ordinal)))
        {
            string container = key[AppArmor.Length..];
            if (!((string[])["initContainers", "containers", "ephemeralContainers"]).Any(list => (spec.Array(list) ?? []).Any(each => each.Text("name") == container)))
            {
                errors.Invalid(path.Key(key), container, "container not found");
            }

            string profile = KubeJson.AsString(value) ?? "";
            if (profile is not ("" or "runtime/default" or "unconfined") && !profile.StartsWith("localhost/", StringComparison.Ordinal))
            {
                errors.Invalid(path.Key(key), profile, $"invalid AppArmor profile name: {KubeJson.Quote(profile)}");
            }
        }
    }

    /// <summary>Annotations of pods that stay as they were made.</summary>
    public static void Changes(JsonObject? old, JsonObject? now, FieldPath path, FieldErrors errors)
    {
        foreach ((string key, JsonNode? value) in old ?? [])
        {
            if (!JsonNode.DeepEquals(now?[key], value))
            {
                Forbid(key, "may not remove or update", path, errors);
            }
        }

        foreach (string key in (now ?? []).Select(pair => pair.Key).Where(key => old?.ContainsKey(key) != true))
        {
            Forbid(key, "may not add", path, errors);
        }
    }

    private static void Forbid(string key, string what, FieldPath path, FieldErrors errors)
    {
        if (key.StartsWith(AppArmor, StringComparison.Ordinal))
        {
            errors.Forbidden(path.Key(key), $"{what} AppArmor annotations");
        }

        if (key == Mirror)
        {
            errors.Forbidden(path.Key(key), $"{what} mirror pod annotation");
        }
    }

    private static void Profiles(JsonObject annotations, FieldPath path, FieldErrors errors)
    {
        foreach ((string key, JsonNode? value) in annotations.Where(pair => pair.Key == Seccomp || pair.Key.StartsWith(ContainerSeccomp, StringComparison.Ordinal)))
        {
            string profile = KubeJson.AsString(value) ?? "";
            if (profile.StartsWith("localhost/", StringComparison.Ordinal))
            {
                PathRules.Descending(profile["localhost/".Length..], path.At(key), errors);
            }
            else if (profile is not ("runtime/default" or "docker/default" or "unconfined"))
            {
                errors.Invalid(path.At(key), profile, "must be a valid seccomp profile");
            }
        }
    }

    private static bool IsCost(string cost)
        => int.TryParse(cost, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && !cost.StartsWith('+') && (cost == "0" || cost.TrimStart('-')[0] != '0') && (number != 0 || cost == "0");
}
