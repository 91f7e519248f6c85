using System.Text;
using System.Text.Json.Nodes;

namespace Fairway.ApiServer;

/// <summary>Secrets of type kubernetes.io/service-account-token: filled, when they are made, with a token of the account that they name.</summary>
internal sealed class LegacyTokens(ServiceAccountTokens tokens, ObjectStore store, string? authorityPem)
{
    private const string NameAnnotation = "kubernetes.io/service-account.name";

    public void Fill(JsonObject secret)
    {
        string @namespace = (string?)secret["metadata"]?["namespace"] ?? "";
        if ((string?)secret["type"] != "kubernetes.io/service-account-token"
            || (string?)secret["metadata"]?["annotations"]?[NameAnnotation] is not { Length: > 0 } account
            || store.Find("serviceaccounts", @namespace, account) is not { } live)
        {
            return;
        }

        string uid = live.Header.Uid;
        secret["metadata"]!["annotations"]!["kubernetes.io/service-account.uid"] = uid;
        JsonObject data = secret["data"] as JsonObject ?? [];
        data["token"] ??= Base64(tokens.IssueLegacy(@namespace, account, uid, (string)secret["metadata"]!["name"]!));
        data["namespace"] ??= Base64(@namespace);
        if (authorityPem is not null)
        {
            data["ca.crt"] ??= Base64(authorityPem);
        }

        secret["data"] ??= data;
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
