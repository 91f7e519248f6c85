using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Node.Configuration;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Volumes;

/// <summary>
/// ServiceAccount tokens of the node's pods, bound to each pod. A token is asked for again when four fifths of its life, or a day,
/// are over, as the kubelet does. Safe for concurrent use.
/// </summary>
internal sealed class PodTokens(IClusterApi cluster, TimeProvider time)
{
    private const long UsualSeconds = 3600;
    private const int Enough = 4096;

    private static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    private readonly ConcurrentDictionary<(string PodUid, string Audience, long Seconds), (byte[] Token, DateTimeOffset Renew)> _tokens = new();

    /// <exception cref="ConfigurationException">The cluster gives none; the message says why.</exception>
    public async Task<byte[]> GetAsync(Pod pod, ServiceAccountTokenProjection wanted, CancellationToken cancellation)
    {
        DateTimeOffset now = time.GetUtcNow();
        long seconds = wanted.ExpirationSeconds ?? UsualSeconds;
        var key = (pod.Metadata.Uid ?? "", wanted.Audience ?? "", seconds);
        if (_tokens.TryGetValue(key, out (byte[] Token, DateTimeOffset Renew) kept) && now < kept.Renew)
        {
            return kept.Token;
        }

        Forget(now);
        byte[] token = Encoding.ASCII.GetBytes(await RequestAsync(pod, wanted.Audience, seconds, cancellation));
        TimeSpan life = TimeSpan.FromSeconds(seconds * 0.8);
        _tokens[key] = (token, now + (life < Longest ? life : Longest));
        return token;
    }

    private async Task<string> RequestAsync(Pod pod, string? audience, long seconds, CancellationToken cancellation)
    {
        string account = pod.Spec.ServiceAccountName ?? "default";
        var spec = new JsonObject
        {
            ["expirationSeconds"] = seconds,
            ["boundObjectRef"] = new JsonObject { ["kind"] = "Pod", ["apiVersion"] = "v1", ["name"] = pod.Metadata.Name, ["uid"] = pod.Metadata.Uid },
        };
        if (!string.IsNullOrEmpty(audience))
        {
            spec["audiences"] = new JsonArray(audience);
        }

        var request = new JsonObject
        {
            ["apiVersion"] = "authentication.k8s.io/v1",
            ["kind"] = "TokenRequest",
            ["metadata"] = new JsonObject { ["name"] = account, ["namespace"] = pod.Metadata.Namespace },
            ["spec"] = spec,
        };
        try
        {
            Document issued = await cluster.CreateAsync(
                KindOf<ServiceAccount>.Type, pod.Metadata.Namespace, Document.From(request), new WriteOptions { Subresource = "token" }, cancellation);
            return (string?)issued.ToNode()["status"]?["token"] ?? throw new ConfigurationException($"the token of serviceaccount \"{account}\" is empty");
        }
        catch (StatusException refused)
        {
            throw new ConfigurationException($"failed to fetch token: {refused.Message}");
        }
    }

    private void Forget(DateTimeOffset now)
    {
        if (_tokens.Count < Enough)
        {
            return;
        }

        foreach ((var key, (byte[] _, DateTimeOffset renew)) in _tokens)
        {
            if (renew <= now)
            {
                _tokens.TryRemove(key, out _);
            }
        }
    }
}
