using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Paths of files in volumes and containers.</summary>
internal static class PathRules
{
    /// <summary>Relative, and without steps back.</summary>
    public static void Descending(string path, FieldPath at, FieldErrors errors)
    {
        if (path.StartsWith('/'))
        {
            errors.Invalid(at, path, "must be a relative path");
        }

        NoBacksteps(path, at, errors);
    }

    public static void NoBacksteps(string path, FieldPath at, FieldErrors errors)
    {
        if (HasBacksteps(path))
        {
            errors.Invalid(at, path, "must not contain '..'");
        }
    }

    public static bool HasBacksteps(string path) => path.Contains("..", StringComparison.Ordinal) && path.Split('/').Contains("..", StringComparer.Ordinal);

    /// <summary>Relative, without steps back, and not one of the names that volumes keep for themselves.</summary>
    public static void NotReserved(string path, FieldPath at, FieldErrors errors)
    {
        Descending(path, at, errors);
        if (path.StartsWith("..", StringComparison.Ordinal) && !path.StartsWith("../", StringComparison.Ordinal))
        {
            errors.Invalid(at, path, "must not start with '..'");
        }
    }

    /// <summary>The mode bits of files.</summary>
    public static void Mode(JsonNode? owner, string member, FieldPath at, FieldErrors errors)
    {
        if (owner.Long(member) is { } mode and (< 0 or > 511))
        {
            errors.Invalid(at.At(member), mode, "must be a number between 0 and 0777 (octal), both inclusive");
        }
    }

    /// <summary>Which keys become which files.</summary>
    public static void Keys(JsonArray? items, FieldPath at, FieldErrors errors, Action<string>? seen = null)
    {
        for (int i = 0; i < (items?.Count ?? 0); i++)
        {
            JsonNode? item = items![i];
            if (string.IsNullOrEmpty(item.Text("key")))
            {
                errors.Required(at.At(i).At("key"));
            }

            string path = item.Text("path") ?? "";
            if (path.Length == 0)
            {
                errors.Required(at.At(i).At("path"));
            }

            NotReserved(path, at.At(i).At("path"), errors);
            Mode(item, "mode", at.At(i), errors);
            if (path.Length > 0)
            {
                seen?.Invoke(path);
            }
        }
    }
}
