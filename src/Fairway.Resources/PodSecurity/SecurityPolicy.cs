using System.Globalization;
using System.Text.Json.Nodes;

namespace Fairway.Resources.PodSecurity;

/// <summary>A level of the Pod Security Standards, from least to most strict.</summary>
public enum SecurityLevel
{
    Privileged,
    Baseline,
    Restricted,
}

/// <summary>A version of the standards: the minor version of Kubernetes 1, or the latest.</summary>
/// <param name="Minor">null: latest.</param>
public readonly record struct SecurityVersion(int? Minor)
{
    public static SecurityVersion Latest => default;

    /// <summary>Reads <c>latest</c> or <c>v1.N</c>.</summary>
    public static bool TryParse(string text, out SecurityVersion version)
    {
        ArgumentNullException.ThrowIfNull(text);
        version = Latest;
        if (text == "latest")
        {
            return true;
        }

        if (!text.StartsWith("v1.", StringComparison.Ordinal)
            || !int.TryParse(text.AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out int minor)
            || (text.Length > 4 && text[3] == '0'))
        {
            return false;
        }

        version = new SecurityVersion(minor);
        return true;
    }

    public override string ToString() => Minor is { } minor ? $"v1.{minor.ToString(CultureInfo.InvariantCulture)}" : "latest";
}

/// <summary>A level at a version: <c>restricted:latest</c>.</summary>
public readonly record struct SecurityRule(SecurityLevel Level, SecurityVersion Version)
{
    public override string ToString() => $"{Name(Level)}:{Version}";

    internal static string Name(SecurityLevel level) => level switch
    {
        SecurityLevel.Privileged => "privileged",
        SecurityLevel.Baseline => "baseline",
        _ => "restricted",
    };
}

/// <summary>What a namespace's labels ask of its pods.</summary>
public sealed record SecurityPolicy
{
    private const string Prefix = "pod-security.kubernetes.io/";

    /// <summary>Nothing is asked.</summary>
    public static SecurityPolicy None { get; } = new();

    /// <summary>Pods that violate it are refused.</summary>
    public SecurityRule Enforce { get; init; }

    /// <summary>Violations are noted in the audit event.</summary>
    public SecurityRule Audit { get; init; }

    /// <summary>Violations are told to the client.</summary>
    public SecurityRule Warn { get; init; }

    /// <summary>Labels that say nothing understandable, in kube-apiserver's words. Enforcement is then as strict as can be.</summary>
    public IReadOnlyList<StatusCause> Errors { get; init; } = [];

    public bool IsFullyPrivileged => Enforce.Level == SecurityLevel.Privileged && Audit.Level == SecurityLevel.Privileged && Warn.Level == SecurityLevel.Privileged;

    /// <summary>Reads the labels of a namespace.</summary>
    public static SecurityPolicy Of(JsonObject? labels)
    {
        if (labels is null || labels.Count == 0)
        {
            return None;
        }

        var errors = new List<StatusCause>();
        (SecurityLevel Level, bool IsGiven, bool IsGood) enforce = Level(labels, "enforce", SecurityLevel.Restricted, errors);
        (SecurityVersion enforceVersion, _) = Version(labels, "enforce-version", errors);
        (SecurityLevel Level, bool IsGiven, bool IsGood) audit = Level(labels, "audit", SecurityLevel.Privileged, errors);
        (SecurityVersion auditVersion, _) = Version(labels, "audit-version", errors);
        (SecurityLevel Level, bool IsGiven, bool IsGood) warn = Level(labels, "warn", SecurityLevel.Privileged, errors);
        (SecurityVersion warnVersion, bool hasWarnVersion) = Version(labels, "warn-version", errors);
        // Who enforces a level is warned by it too, unless the labels say otherwise.
        if (!warn.IsGiven && enforce is { IsGiven: true, IsGood: true } && enforce.Level > warn.Level)
        {
            warn.Level = enforce.Level;
            warnVersion = hasWarnVersion ? warnVersion : enforceVersion;
        }

        return new SecurityPolicy
        {
            Enforce = new SecurityRule(enforce.Level, enforceVersion),
            Audit = new SecurityRule(audit.Level, auditVersion),
            Warn = new SecurityRule(warn.Level, warnVersion),
            Errors = errors,
        };
    }

    private static (SecurityLevel Level, bool IsGiven, bool IsGood) Level(JsonObject labels, string mode, SecurityLevel otherwise, List<StatusCause> errors)
    {
        if (Text(labels, mode) is not { } text)
        {
            return (SecurityLevel.Privileged, false, true);
        }

        foreach (SecurityLevel level in (ReadOnlySpan<SecurityLevel>)[SecurityLevel.Privileged, SecurityLevel.Baseline, SecurityLevel.Restricted])
        {
            if (SecurityRule.Name(level) == text)
            {
                return (level, true, true);
            }
        }

        errors.Add(Invalid(mode, text, "must be one of privileged, baseline, restricted"));
        return (otherwise, true, false);
    }

    private static (SecurityVersion Version, bool IsGiven) Version(JsonObject labels, string mode, List<StatusCause> errors)
    {
        if (Text(labels, mode) is not { } text)
        {
            return (SecurityVersion.Latest, false);
        }

        if (!SecurityVersion.TryParse(text, out SecurityVersion version))
        {
            errors.Add(Invalid(mode, text, "must be \"latest\" or \"v1.x\""));
        }

        return (version, true);
    }

    private static string? Text(JsonObject labels, string mode)
        => labels[Prefix + mode] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static StatusCause Invalid(string mode, string value, string why) => new()
    {
        Reason = "FieldValueInvalid",
        Message = $"Invalid value: \"{value}\": {why}",
        Field = $"metadata.labels[{Prefix}{mode}]",
    };
}
