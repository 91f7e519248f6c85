using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>
/// A pod runs as a ServiceAccount of its namespace: <c>default</c> unless it names one. It gets the account's image pull secrets
/// and, unless it or the account declines, a volume with a token, the cluster's authority and its namespace.
/// </summary>
internal sealed class ServiceAccountPlugin(ObjectStore store, bool mountsTokens) : IMutatingPlugin
{
    private const string Path = "/var/run/secrets/kubernetes.io/serviceaccount";
    private const string VolumePrefix = "kube-api-access-";
    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";

    public ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (request.Operation == AdmissionOperation.Create && request.Is("pods") && request.Object is { } pod && pod["spec"] is JsonObject spec
            && pod["metadata"]?["annotations"]?["kubernetes.io/config.mirror"] is null)
        {
            Complete(request, spec);
        }

        return ValueTask.CompletedTask;
    }

    private void Complete(AdmissionRequest request, JsonObject spec)
    {
        string name = (string?)spec["serviceAccountName"] is { Length: > 0 } given ? given : "default";
        spec["serviceAccountName"] = name;
        spec["serviceAccount"] = name;
        if (store.Find("serviceaccounts", request.Namespace, name)?.ToNode() is not { } account)
        {
            throw request.Forbidden($"error looking up service account {request.Namespace}/{name}: serviceaccount \"{name}\" not found");
        }

        if (mountsTokens && ((bool?)spec["automountServiceAccountToken"] ?? (bool?)account["automountServiceAccountToken"] ?? true))
        {
            MountToken(spec);
        }

        if (spec["imagePullSecrets"] is not JsonArray { Count: > 0 } && account["imagePullSecrets"] is JsonArray { Count: > 0 } secrets)
        {
            spec["imagePullSecrets"] = secrets.DeepClone();
        }
    }

    private static void MountToken(JsonObject spec)
    {
        JsonArray volumes = spec["volumes"] as JsonArray ?? [];
        string? existing = volumes.Select(volume => (string?)volume?["name"]).FirstOrDefault(name => name?.StartsWith(VolumePrefix, StringComparison.Ordinal) == true);
        string name = existing ?? VolumePrefix + RandomNumberGenerator.GetString(Alphabet, 5);
        bool isNeeded = false;
        foreach (string list in (ReadOnlySpan<string>)["initContainers", "containers"])
        {
            foreach (JsonObject container in (spec[list] as JsonArray ?? []).OfType<JsonObject>())
            {
                JsonArray mounts = container["volumeMounts"] as JsonArray ?? [];
                if (mounts.Any(mount => (string?)mount?["mountPath"] == Path))
                {
                    continue;
                }

                mounts.Add(new JsonObject { ["name"] = name, ["readOnly"] = true, ["mountPath"] = Path });
                container["volumeMounts"] ??= mounts;
                isNeeded = true;
            }
        }

        if (isNeeded && existing is null)
        {
            volumes.Add(Volume(name));
            spec["volumes"] ??= volumes;
        }
    }

    private static JsonObject Volume(string name) => new()
    {
        ["name"] = name,
        ["projected"] = new JsonObject
        {
            ["sources"] = new JsonArray(
                new JsonObject { ["serviceAccountToken"] = new JsonObject { ["expirationSeconds"] = 3607, ["path"] = "token" } },
                new JsonObject
                {
                    ["configMap"] = new JsonObject
                    {
                        ["name"] = "kube-root-ca.crt",
                        ["items"] = new JsonArray(new JsonObject { ["key"] = "ca.crt", ["path"] = "ca.crt" }),
                    },
                },
                new JsonObject
                {
                    ["downwardAPI"] = new JsonObject
                    {
                        ["items"] = new JsonArray(new JsonObject
                        {
                            ["path"] = "namespace",
                            ["fieldRef"] = new JsonObject { ["apiVersion"] = "v1", ["fieldPath"] = "metadata.namespace" },
                        }),
                    },
                }),
            ["defaultMode"] = 420,
        },
    };
}
