using System.Buffers.Text;
using System.Text.Json;

namespace Fairway.ApiServer;

/// <summary>
/// The name that each logical cluster has in TLS handshakes, so that one listener tells them apart by more than the path. Nobody
/// resolves these names: a kubeconfig carries them as <c>tls-server-name</c>.
/// </summary>
public static class ClusterHosts
{
    private const string Suffix = ".clusters.fairway.internal";

    /// <summary>What the server's certificate is made out to.</summary>
    public const string Wildcard = "*" + Suffix;

    /// <summary>The name of a cluster in a handshake.</summary>
    public static string HostOf(string cluster) => cluster + Suffix;

    /// <summary>The cluster that a handshake named; null when it named none.</summary>
    public static string? ClusterOf(string? host)
        => host is not null && host.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase) ? host[..^Suffix.Length].ToLowerInvariant() : null;

    /// <summary>
    /// The cluster whose issuer a ServiceAccount's bearer token claims; null when it claims none. It only chooses who checks the
    /// token: nothing is believed here.
    /// </summary>
    /// <param name="authorization">The header: <c>Bearer eyJ...</c>.</param>
    public static string? ClusterOfToken(string authorization)
    {
        const string Scheme = "Bearer ";
        const string Path = "/clusters/";
        if (!authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || authorization[Scheme.Length..].Split('.') is not [_, var payload, _])
        {
            return null;
        }

        try
        {
            using JsonDocument claims = JsonDocument.Parse(Base64Url.DecodeFromChars(payload));
            return claims.RootElement.ValueKind == JsonValueKind.Object
                && claims.RootElement.TryGetProperty("iss", out JsonElement issuer)
                && issuer.ValueKind == JsonValueKind.String
                && issuer.GetString()!.LastIndexOf(Path, StringComparison.Ordinal) is >= 0 and int at
                ? issuer.GetString()![(at + Path.Length)..]
                : null;
        }
        catch (Exception broken) when (broken is JsonException or FormatException)
        {
            return null; // not a token of ours; whoever checks it will say so
        }
    }
}
