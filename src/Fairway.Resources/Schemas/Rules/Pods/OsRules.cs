using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Settings that the operating system a pod asks for does not have.</summary>
internal static class OsRules
{
    private const string NotForWindows = "cannot be set for a windows pod";

    private static readonly string[] OfContainers =
    [
        "appArmorProfile", "seLinuxOptions", "seccompProfile", "capabilities", "readOnlyRootFilesystem", "privileged", "allowPrivilegeEscalation", "procMount", "runAsUser", "runAsGroup",
    ];

    public static void Validate(JsonObject spec, string system, FieldPath path, FieldErrors errors)
    {
        JsonObject? context = spec.Object("securityContext");
        if (system == "linux")
        {
            if (context?["windowsOptions"] is not null)
            {
                errors.Forbidden(path.At("securityContext").At("windowsOptions"), "windows options cannot be set for a linux pod");
            }
        }
        else
        {
            Pod(spec, context, path, errors);
        }

        foreach (string list in (ReadOnlySpan<string>)["initContainers", "containers", "ephemeralContainers"])
        {
            JsonArray containers = spec.Array(list) ?? [];
            for (int i = 0; i < containers.Count; i++)
            {
                Container(containers[i].Object("securityContext"), system, path.At(list).At(i).At("securityContext"), errors);
            }
        }
    }

    private static void Pod(JsonObject spec, JsonObject? context, FieldPath path, FieldErrors errors)
    {
        FieldPath inContext = path.At("securityContext");
        (JsonObject? Owner, string Member, FieldPath At)[] forbidden =
        [
            (context, "appArmorProfile", inContext), (context, "seLinuxOptions", inContext), (spec, "hostUsers", path), (spec, "hostPID", path), (spec, "hostIPC", path),
            (context, "seccompProfile", inContext), (context, "fsGroup", inContext), (context, "fsGroupChangePolicy", inContext), (context, "sysctls", inContext),
            (spec, "shareProcessNamespace", path), (context, "runAsUser", inContext), (context, "runAsGroup", inContext), (context, "supplementalGroups", inContext),
            (context, "supplementalGroupsPolicy", inContext), (context, "seLinuxChangePolicy", inContext),
        ];
        foreach ((JsonObject? owner, string member, FieldPath at) in forbidden)
        {
            bool isUnset = owner?[member] is null || (member is "hostPID" or "hostIPC" && owner.Flag(member) == false) || owner[member] is JsonArray { Count: 0 };
            if (!isUnset)
            {
                errors.Forbidden(at.At(member), NotForWindows);
            }
        }
    }

    private static void Container(JsonObject? context, string system, FieldPath path, FieldErrors errors)
    {
        if (system == "linux")
        {
            if (context?["windowsOptions"] is not null)
            {
                errors.Forbidden(path.At("windowsOptions"), "windows options cannot be set for a linux pod");
            }

            return;
        }

        foreach (string member in OfContainers)
        {
            if (context?[member] is not null)
            {
                errors.Forbidden(path.At(member), NotForWindows);
            }
        }
    }
}
