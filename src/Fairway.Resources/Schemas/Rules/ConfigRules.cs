using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>ConfigMaps and Secrets: keys, size, and immutability once asked for.</summary>
internal static class ConfigRules
{
    private const int MaxSize = 1024 * 1024;

    public static void ConfigMap(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        Frozen(target, old, errors, "data", "binaryData");
        long size = 0;
        foreach ((string key, JsonNode? value) in target.Object("data") ?? [])
        {
            errors.InvalidEach(FieldPath.Root("data").Key(key), key, Names.ConfigKeyProblems(key));
            if (target.Object("binaryData")?.ContainsKey(key) == true)
            {
                errors.Invalid($"data[{key}]", key, "duplicate of key present in binaryData");
            }

            size += Encoding.UTF8.GetByteCount(KubeJson.AsString(value) ?? "");
        }

        size += Bytes(target, "binaryData", errors);
        if (size > MaxSize)
        {
            errors.TooLong("[]", MaxSize);
        }
    }

    public static void Secret(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        if (old is not null)
        {
            Immutability.Field(old, target, "type", "type", errors);
        }

        Frozen(target, old, errors, "data");
        if (Bytes(target, "data", errors) > MaxSize)
        {
            errors.TooLong("data", MaxSize);
        }

        Typed(target, target.Object("data") ?? [], errors);
    }

    private static void Typed(JsonObject target, JsonObject data, FieldErrors errors)
    {
        const string Account = "kubernetes.io/service-account.name";
        switch (target.Text("type"))
        {
            case "kubernetes.io/service-account-token":
                if (string.IsNullOrEmpty(target["metadata"].Object("annotations").Text(Account)))
                {
                    errors.Required($"metadata.annotations[{Account}]");
                }

                break;
            case "kubernetes.io/dockercfg":
                Document(data, ".dockercfg", errors);
                break;
            case "kubernetes.io/dockerconfigjson":
                Document(data, ".dockerconfigjson", errors);
                break;
            case "kubernetes.io/basic-auth" when !data.ContainsKey("username") && !data.ContainsKey("password"):
                errors.Required("data[username]");
                errors.Required("data[password]");
                break;
            case "kubernetes.io/ssh-auth" when string.IsNullOrEmpty(data.Text("ssh-privatekey")):
                errors.Required("data[ssh-privatekey]");
                break;
            case "kubernetes.io/tls":
                foreach (string key in (ReadOnlySpan<string>)["tls.crt", "tls.key"])
                {
                    if (!data.ContainsKey(key))
                    {
                        errors.Required($"data[{key}]");
                    }
                }

                break;
        }
    }

    // The content itself is never shown.
    private static void Document(JsonObject data, string key, FieldErrors errors)
    {
        if (!data.ContainsKey(key))
        {
            errors.Required($"data[{key}]");
            return;
        }

        if (Problem(data.Text(key) ?? "") is { } problem)
        {
            errors.Invalid($"data[{key}]", "<secret contents redacted>", problem);
        }
    }

    private static string? Problem(string base64)
    {
        try
        {
            string text = Encoding.UTF8.GetString(Convert.FromBase64String(base64));
            return text.Length == 0 ? "unexpected end of JSON input"
                : JsonNode.Parse(text) switch
                {
                    JsonObject or null => null,
                    JsonArray => "json: cannot unmarshal array into Go value of type map[string]interface {}",
                    var scalar => $"json: cannot unmarshal {(scalar.GetValueKind() is JsonValueKind.Number ? "number" : scalar.GetValueKind() is JsonValueKind.String ? "string" : "bool")} into Go value of type map[string]interface {{}}",
                };
        }
        catch (FormatException)
        {
            return null;
        }
        catch (JsonException broken)
        {
            byte[] content = Convert.FromBase64String(base64);
            return ObjectDecoder.GoReason(content, broken);
        }
    }

    private static long Bytes(JsonObject target, string map, FieldErrors errors)
    {
        long size = 0;
        foreach ((string key, JsonNode? value) in target.Object(map) ?? [])
        {
            errors.InvalidEach(FieldPath.Root(map).Key(key), key, Names.ConfigKeyProblems(key));
            string text = KubeJson.AsString(value) ?? "";
            size += (text.Length * 3L / 4) - text.AsSpan()[^Math.Min(2, text.Length)..].Count('=');
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
