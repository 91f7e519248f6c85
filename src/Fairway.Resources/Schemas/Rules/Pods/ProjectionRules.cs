using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Projected volumes: several sources in one directory, without two of one path.</summary>
internal static class ProjectionRules
{
    private const string Conflict = "conflicting duplicate paths";

    public static void Validate(JsonObject volume, FieldPath path, FieldErrors errors)
    {
        PathRules.Mode(volume, "defaultMode", path, errors);
        var paths = new HashSet<string>(StringComparer.Ordinal);
        JsonArray sources = volume.Array("sources") ?? [];
        for (int i = 0; i < sources.Count; i++)
        {
            FieldPath at = path.At("sources").At(i);
            int count = Keyed(sources[i], "secret", at, path, paths, errors)
                + Keyed(sources[i], "configMap", at, path, paths, errors)
                + Downward(sources[i], at, path, paths, errors)
                + Token(sources[i], at, path, errors);
            if (count > 1)
            {
                errors.Forbidden(at, "may not specify more than 1 volume type per source");
            }
        }
    }

    /// <summary>A file with a field or a resource of the pod.</summary>
    public static void DownwardFile(JsonNode? file, FieldPath path, FieldErrors errors)
    {
        string place = file.Text("path") ?? "";
        if (place.Length == 0)
        {
            errors.Required(path.At("path"));
        }

        PathRules.NotReserved(place, path.At("path"), errors);
        JsonObject? resource = file.Object("resourceFieldRef");
        if (file.Object("fieldRef") is { } field)
        {
            EnvironmentRules.Field(field, isVolume: true, path.At("fieldRef"), errors);
            if (resource is not null)
            {
                errors.Invalid(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously");
            }
        }
        else if (resource is not null)
        {
            EnvironmentRules.Resource(resource, isVolume: true, path.At("resourceFieldRef"), errors);
        }
        else
        {
            errors.Required(path, "one of fieldRef and resourceFieldRef is required");
        }

        PathRules.Mode(file, "mode", path, errors);
    }

    private static int Keyed(JsonNode? source, string kind, FieldPath at, FieldPath volume, HashSet<string> paths, FieldErrors errors)
    {
        if (source.Object(kind) is not { } keyed)
        {
            return 0;
        }

        StorageSources.Needs(keyed, at.At(kind), errors, "name");
        PathRules.Keys(keyed.Array("items"), at.At(kind).At("items"), errors, path =>
        {
            if (!paths.Add(path))
            {
                errors.Invalid(volume, keyed.Text("name") ?? "", Conflict);
            }
        });
        return 1;
    }

    private static int Downward(JsonNode? source, FieldPath at, FieldPath volume, HashSet<string> paths, FieldErrors errors)
    {
        if (source.Object("downwardAPI") is not { } downward)
        {
            return 0;
        }

        foreach (JsonNode? file in downward.Array("items") ?? [])
        {
            DownwardFile(file, at.At("downwardAPI"), errors);
            if (file.Text("path") is { Length: > 0 } path && !paths.Add(path))
            {
                errors.Invalid(volume, path, Conflict);
            }
        }

        return 1;
    }

    private static int Token(JsonNode? source, FieldPath at, FieldPath volume, FieldErrors errors)
    {
        if (source.Object("serviceAccountToken") is not { } token)
        {
            return 0;
        }

        FieldPath expiry = at.At("serviceAccountToken").At("expirationSeconds");
        long seconds = token.Long("expirationSeconds") ?? 0;
        if (seconds < 600)
        {
            errors.Invalid(expiry, seconds, "may not specify a duration less than 10 minutes");
        }

        if (seconds > 1L << 32)
        {
            errors.Invalid(expiry, seconds, "may not specify a duration larger than 2^32 seconds");
        }

        string path = token.Text("path") ?? "";
        if (path.Length == 0)
        {
            errors.Required(volume.At("path"));
        }
        else
        {
            PathRules.NotReserved(path, volume.At("path"), errors);
        }

        return 1;
    }
}
