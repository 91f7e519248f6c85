using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Fairway.Resources.Schemas;

/// <summary>Security settings of pods and containers.</summary>
internal static partial class SecurityRules
{
    private const string IdRange = "must be between 0 and 2147483647, inclusive";
    private const string SysctlForm = "([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?";

    public static void Pod(JsonObject spec, FieldPath specPath, FieldErrors errors)
    {
        if (spec["securityContext"] is not JsonObject context)
        {
            return;
        }

        FieldPath path = specPath.At("securityContext");
        Id(context["fsGroup"], path.At("fsGroup"), errors);
        Id(context["runAsUser"], path.At("runAsUser"), errors);
        Id(context["runAsGroup"], path.At("runAsGroup"), errors);
        JsonArray groups = context.Array("supplementalGroups") ?? [];
        for (int i = 0; i < groups.Count; i++)
        {
            Id(groups[i], path.At("supplementalGroups").At(i), errors);
        }

        if (spec.Flag("shareProcessNamespace") == true && spec.Flag("hostPID") == true)
        {
            errors.Invalid(path.At("shareProcessNamespace"), true, "ShareProcessNamespace and HostPID cannot both be enabled");
        }

        Sysctls(context.Array("sysctls"), spec, path.At("sysctls"), errors);
        SelectorRules.AnyOf(context, "fsGroupChangePolicy", path, errors, "Always", "OnRootMismatch");
        Seccomp(context.Object("seccompProfile"), path.At("seccompProfile"), errors);
        Windows(context.Object("windowsOptions"), path.At("windowsOptions"), errors);
        AppArmor(context.Object("appArmorProfile"), path.At("appArmorProfile"), errors);
        SelectorRules.AnyOf(context, "supplementalGroupsPolicy", path, errors, "Merge", "Strict");
        SelectorRules.AnyOf(context, "seLinuxChangePolicy", path, errors, "MountOption", "Recursive");
    }

    public static void Container(JsonObject? context, bool sharesUsers, FieldPath path, FieldErrors errors)
    {
        if (context is null)
        {
            return;
        }

        Id(context["runAsUser"], path.At("runAsUser"), errors);
        Id(context["runAsGroup"], path.At("runAsGroup"), errors);
        SelectorRules.AnyOf(context, "procMount", path, errors, "Default", "Unmasked");
        if (sharesUsers && context.Text("procMount") == "Unmasked")
        {
            errors.Invalid(path.At("procMount"), "Unmasked", "`hostUsers` must be false to use `Unmasked`");
        }

        Seccomp(context.Object("seccompProfile"), path.At("seccompProfile"), errors);
        if (context.Flag("allowPrivilegeEscalation") == false)
        {
            if (context.Flag("privileged") == true)
            {
                errors.InvalidShown(path, Shown(context), "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
            }

            foreach (JsonNode? _ in (context["capabilities"].Array("add") ?? []).Where(each => KubeJson.AsString(each) == "CAP_SYS_ADMIN"))
            {
                errors.InvalidShown(path, Shown(context), "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN");
            }
        }

        Windows(context.Object("windowsOptions"), path.At("windowsOptions"), errors);
        AppArmor(context.Object("appArmorProfile"), path.At("appArmorProfile"), errors);
    }

    private static void Id(JsonNode? id, FieldPath path, FieldErrors errors)
    {
        if (KubeJson.AsLong(id) is { } number and (< 0 or > int.MaxValue))
        {
            errors.Invalid(path, number, IdRange);
        }
    }

    private static void Sysctls(JsonArray? sysctls, JsonObject spec, FieldPath path, FieldErrors errors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < (sysctls?.Count ?? 0); i++)
        {
            string name = sysctls![i].Text("name") ?? "";
            FieldPath at = path.At(i).At("name");
            if (name.Length == 0)
            {
                errors.Required(at);
            }
            else if (name.Length > 253 || !SysctlName().IsMatch(name))
            {
                errors.Invalid(at, name, $"must have at most 253 characters and match regex ^{SysctlForm}$");
            }
            else if (names.Contains(name))
            {
                errors.Duplicate(at, name);
            }

            string dotted = name.Replace('/', '.');
            if (spec.Flag("hostNetwork") == true && dotted.StartsWith("net.", StringComparison.Ordinal))
            {
                errors.Invalid(at, name, "may not be specified when 'hostNetwork' is true");
            }
            else if (spec.Flag("hostIPC") == true && (dotted.StartsWith("kernel.shm", StringComparison.Ordinal) || dotted.StartsWith("kernel.msg", StringComparison.Ordinal)
                || dotted.StartsWith("fs.mqueue.", StringComparison.Ordinal) || dotted == "kernel.sem"))
            {
                errors.Invalid(at, name, "may not be specified when 'hostIPC' is true");
            }

            names.Add(name);
        }
    }

    private static void Seccomp(JsonObject? profile, FieldPath path, FieldErrors errors)
    {
        if (profile is null)
        {
            return;
        }

        string type = profile.Text("type") ?? "";
        if (type.Length == 0)
        {
            errors.Required(path.At("type"), "type is required when seccompProfile is set");
        }
        else if (type is not ("Localhost" or "RuntimeDefault" or "Unconfined"))
        {
            errors.NotSupported(path.At("type"), type, ["Localhost", "RuntimeDefault", "Unconfined"]);
        }

        string? file = profile.Text("localhostProfile");
        if (type == "Localhost")
        {
            if (file is null)
            {
                errors.Required(path.At("localhostProfile"), "must be set when seccomp type is Localhost");
            }
            else
            {
                PathRules.Descending(file, path.At("localhostProfile"), errors);
            }
        }
        else if (file is not null)
        {
            errors.InvalidShown(path.At("localhostProfile"), $"core.SeccompProfile{{Type:{KubeJson.Quote(type)}, LocalhostProfile:(*string)(0xc000000000)}}", "can only be set when seccomp type is Localhost");
        }
    }

    private static void AppArmor(JsonObject? profile, FieldPath path, FieldErrors errors)
    {
        if (profile is null)
        {
            return;
        }

        FieldPath file = path.At("localhostProfile");
        string? given = profile.Text("localhostProfile");
        switch (profile.Text("type"))
        {
            case "Localhost" when given is null or "":
                errors.Required(file, "must be set when AppArmor type is Localhost");
                break;
            case "Localhost":
                if (given!.Trim() != given)
                {
                    errors.Invalid(file, given, "must not be padded with whitespace");
                }

                if (given.Length > 4095)
                {
                    errors.TooLong(file, 4095);
                }

                break;
            case "RuntimeDefault" or "Unconfined":
                if (given is not null)
                {
                    errors.Invalid(file, given, "can only be set when AppArmor type is Localhost");
                }

                break;
            case null or "":
                errors.Required(path.At("type"), "type is required when appArmorProfile is set");
                break;
            default:
                errors.NotSupported(path.At("type"), profile["type"], ["Localhost", "RuntimeDefault", "Unconfined"]);
                break;
        }
    }

    private static void Windows(JsonObject? options, FieldPath path, FieldErrors errors)
    {
        if (options.Text("gmsaCredentialSpecName") is { } name)
        {
            SelectorRules.Subdomain(name, path.At("gmsaCredentialSpecName"), errors);
        }

        if (options.Text("gmsaCredentialSpec") is { } spec && spec.Length is 0 or > 65536)
        {
            errors.Invalid(path.At("gmsaCredentialSpec"), spec, spec.Length == 0 ? "gmsaCredentialSpec cannot be an empty string" : "gmsaCredentialSpec size must be under 64 KiB");
        }

        if (options.Text("runAsUserName") is { } user)
        {
            foreach (string problem in UserProblems(user))
            {
                errors.Invalid(path.At("runAsUserName"), user, "runAsUserName" + problem);
            }
        }
    }

    private static IEnumerable<string> UserProblems(string name)
    {
        string[] parts = name.Split('\\');
        if (name.Length == 0 || name.Any(char.IsControl) || parts.Length > 2)
        {
            yield return name.Length == 0 ? " cannot be an empty string" : name.Any(char.IsControl) ? " cannot contain control characters" : " cannot contain more than one backslash";
            yield break;
        }

        string user = parts[^1];
        if (parts.Length == 2 && parts[0].Length >= 256)
        {
            yield return "'s Domain length must be under 256 characters";
        }

        if (parts.Length == 2 && !Domain().IsMatch(parts[0]))
        {
            yield return "'s Domain doesn't match the NetBios nor the DNS format";
        }

        if (user.Length is 0 or > 104)
        {
            yield return user.Length == 0 ? "'s User cannot be empty" : "'s User length must not be longer than 104 characters";
        }

        if (user.Length > 0 && user.All(letter => letter is '.' or ' '))
        {
            yield return "'s User cannot contain only periods or spaces";
        }

        if (user.AsSpan().ContainsAny("\"/\\:;|=,+*?<>@[]"))
        {
            yield return "'s User cannot contain the following characters: \"/\\:;|=,+*?<>@[]";
        }
    }

    private static string Shown(JsonObject context)
        => "core.SecurityContext{" + string.Join(", ", context.Select(pair => $"{char.ToUpperInvariant(pair.Key[0])}{pair.Key[1..]}:{KubeJson.Show(pair.Value)}")) + "}";

    [GeneratedRegex(@"\A([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SysctlName();

    [GeneratedRegex(@"\A([^\\/:\*\?""<>|\.][^\\/:\*\?""<>|]{0,14}|[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*)\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Domain();
}
