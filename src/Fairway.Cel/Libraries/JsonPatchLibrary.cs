namespace Fairway.Cel.Libraries;

/// <summary>jsonpatch.escapeKey, for the paths of JSON patches.</summary>
internal static class JsonPatchLibrary
{
    public static readonly CelLibrary Instance = new(
        "k8s.jsonpatch",
        new CelFunction(
            "jsonpatch.escapeKey",
            CelOverload.Of("string_jsonpatch_escapeKey_string", CelType.String, CelType.String, a => CelValue.Of(a.StringValue.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)))));
}
