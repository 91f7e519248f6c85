using System.Text;
using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>ConfigMaps and Secrets: keys, size, and immutability once asked for.</summary>
internal static class ConfigRules
{
    private const int MaxSize = 1024 * 1024;

    public static void ConfigMap(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        long size = Keys(target, "data", errors, static text => Encoding.UTF8.GetByteCount(text));
        size += Keys(target, "binaryData", errors, static text => text.Length * 3L / 4);
        foreach ((string key, JsonNode? _) in target.Object("binaryData") ?? [])
        {
            if (target.Object("data")?.ContainsKey(key) == true)
            {
                errors.Invalid($"data[{key}]", key, "duplicate of key present in binaryData");
            }
        }

        if (size > MaxSize)
        {
            errors.TooLong("", MaxSize);
        }

        Frozen(target, old, errors, "data", "binaryData");
    }

    public static void Secret(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        long size = Keys(target, "data", errors, static text => text.Length * 3L / 4);
        if (size > MaxSize)
        {
            errors.TooLong("data", MaxSize);
        }

        foreach ((string key, JsonNode? value) in target.Object("data") ?? [])
        {
            if (KubeJson.AsString(value) is not { } text || !Validation.IsBase64(text))
            {
                // The value itself is never shown.
                errors.InvalidShown($"data[{key}]", "\"***\"", "must be base64");
            }
        }

        if (Required(target.Text("type")) is { } keys)
        {
            foreach (string key in keys.Where(key => target.Object("data")?.ContainsKey(key) != true))
            {
                errors.Required($"data[{key}]");
            }
        }

        Frozen(target, old, errors, "data");
    }

    private static string[]? Required(string? type) => type switch
    {
        "kubernetes.io/tls" => ["tls.crt", "tls.key"],
        "kubernetes.io/dockerconfigjson" => [".dockerconfigjson"],
        "kubernetes.io/ssh-auth" => ["ssh-privatekey"],
        _ => null,
    };

    private static long Keys(JsonObject target, string map, FieldErrors errors, Func<string, long> measure)
    {
        long size = 0;
        foreach ((string key, JsonNode? value) in target.Object(map) ?? [])
        {
            if (Names.ConfigKeyProblem(key) is { } problem)
            {
                errors.Invalid($"{map}[{key}]", key, problem);
            }

            size += measure(KubeJson.AsString(value) ?? "");
        }

        return size;
    }

    private static void Frozen(JsonObject target, JsonObject? old, FieldErrors errors, params ReadOnlySpan<string> maps)
    {
        if (old is null || KubeJson.AsBool(old["immutable"]) != true)
        {
            return;
        }

        if (KubeJson.AsBool(target["immutable"]) != true)
        {
            errors.Forbidden("immutable", "field is immutable when `immutable` is set");
        }

        foreach (string map in maps)
        {
            if (!JsonNode.DeepEquals(old[map], target[map]))
            {
                errors.Forbidden(map, "field is immutable when `immutable` is set");
            }
        }
    }
}
