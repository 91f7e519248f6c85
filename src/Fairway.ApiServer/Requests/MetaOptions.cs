using System.Globalization;
using System.Text;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Schemas;

namespace Fairway.ApiServer;

/// <summary>
/// The options of meta/v1 that come in the query (CreateOptions, UpdateOptions, PatchOptions, DeleteOptions): read as
/// kube-apiserver reads them and refused in its words, all that is wrong at once.
/// </summary>
internal static class MetaOptions
{
    private const int MaxManager = 128;

    private static readonly ResourceType Meta = new() { Group = "meta.k8s.io", Version = "v1", Kind = "", Plural = "", Namespaced = false };

    /// <summary>A boolean of a query: only "false" and "0" are false; a name without a value is true.</summary>
    public static bool Flag(string? value) => value is not null && value != "0" && !value.Equals("false", StringComparison.OrdinalIgnoreCase);

    /// <summary>A whole number of a query.</summary>
    /// <exception cref="StatusException">400, in Go's words.</exception>
    public static long? Number(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number
            : throw StatusException.BadRequest($"strconv.ParseInt: parsing {KubeJson.Quote(text)}: {(text.AsSpan().TrimStart("+-").ContainsAnyExceptInRange('0', '9') ? "invalid syntax" : "value out of range")}");
    }

    /// <summary>Checks what a write may ask for.</summary>
    /// <param name="kind"><c>CreateOptions</c>, <c>UpdateOptions</c>, <c>PatchOptions</c>.</param>
    /// <param name="dryRun">The values of <c>dryRun</c>.</param>
    /// <param name="manager"><c>fieldManager</c> as it is given.</param>
    /// <param name="validation"><c>fieldValidation</c> as it is given.</param>
    /// <param name="patch">For a patch: whether it is an apply patch, and whether <c>force</c> is given.</param>
    /// <exception cref="StatusException">422.</exception>
    public static void CheckWrite(string kind, IReadOnlyList<string> dryRun, string? manager, string? validation, (bool IsApply, bool HasForce)? patch = null)
    {
        var errors = new FieldErrors();
        if (patch is { IsApply: true } && string.IsNullOrEmpty(manager))
        {
            errors.Required("fieldManager", "is required for apply patch");
        }

        if (patch is { IsApply: false, HasForce: true })
        {
            errors.Forbidden("force", "may not be specified for non-apply patch");
        }

        CheckManager(manager ?? "", errors);
        CheckDryRun(dryRun, errors);
        if (validation is not (null or "" or "Ignore" or "Strict" or "Warn"))
        {
            errors.NotSupportedInOrder("fieldValidation", validation, ["", "Ignore", "Strict", "Warn"]);
        }

        errors.ThrowIfAny(Meta with { Kind = kind }, "");
    }

    /// <summary>Checks how something is to be deleted.</summary>
    /// <exception cref="StatusException">422.</exception>
    public static void CheckDelete(DeleteOptions options, bool hasOrphanDependents, IReadOnlyList<string> dryRun)
    {
        var errors = new FieldErrors();
        if (hasOrphanDependents && options.PropagationPolicy is { } both)
        {
            errors.Invalid("propagationPolicy", both, "orphanDependents and deletionPropagation cannot be both set");
        }

        if (options.PropagationPolicy is { } policy and not ("Background" or "Foreground" or "Orphan"))
        {
            errors.NotSupportedInOrder("propagationPolicy", policy, ["Foreground", "Background", "Orphan", "nil"]);
        }

        CheckDryRun(dryRun, errors);
        errors.ThrowIfAny(Meta with { Kind = "DeleteOptions" }, "");
    }

    /// <summary>Refuses ListOptions.</summary>
    public static void Refuse(FieldErrors errors) => errors.ThrowIfAny(Meta with { Kind = "ListOptions" }, "");

    private static void CheckManager(string manager, FieldErrors errors)
    {
        if (Encoding.UTF8.GetByteCount(manager) > MaxManager)
        {
            errors.TooLong("fieldManager", MaxManager);
        }

        int at = 0;
        foreach (Rune letter in manager.EnumerateRunes())
        {
            UnicodeCategory category = Rune.GetUnicodeCategory(letter);
            bool isPrintable = letter.Value == ' '
                || category is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
                    or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
            if (!isPrintable)
            {
                errors.Invalid("fieldManager", manager, $"invalid character U+{letter.Value:X4} (at position {at})");
            }

            at += letter.Utf8SequenceLength;
        }
    }

    private static void CheckDryRun(IReadOnlyList<string> values, FieldErrors errors)
    {
        if (values.Any(value => value != "All"))
        {
            errors.Add("FieldValueNotSupported", "dryRun", $"Unsupported value: []string{{{string.Join(", ", values.Select(KubeJson.Quote))}}}: supported values: \"All\"");
        }
    }
}
