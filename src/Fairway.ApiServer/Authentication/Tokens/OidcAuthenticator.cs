using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fairway.ApiServer;

/// <summary>An issuer of OpenID Connect tokens that users may come with, and how its claims become a user.</summary>
public sealed record OidcIssuer
{
    /// <summary>The issuer's URL, exactly as tokens name it.</summary>
    public required string Url { get; init; }

    /// <summary>Where the discovery document is, when not below <see cref="Url"/>.</summary>
    public string? DiscoveryUrl { get; init; }

    /// <summary>A token must be for one of these.</summary>
    public required IReadOnlyList<string> Audiences { get; init; }

    public string UsernameClaim { get; init; } = "sub";

    /// <summary>Put before names; null: the issuer's URL and <c>#</c>, except where the claim is email.</summary>
    public string? UsernamePrefix { get; init; }

    /// <summary>The claim with the user's groups; null: none.</summary>
    public string? GroupsClaim { get; init; }

    public string GroupsPrefix { get; init; } = "";

    /// <summary>The claim with the user's uid; null: none.</summary>
    public string? UidClaim { get; init; }

    /// <summary>Claims that must have exactly these values.</summary>
    public IReadOnlyDictionary<string, string> RequiredClaims { get; init; } = new Dictionary<string, string>();

    /// <summary>PEM certificates that sign the issuer's own; null: those of the system.</summary>
    public string? CertificateAuthority { get; init; }
}

/// <summary>
/// Tells whose OpenID Connect token it is. The issuer's keys are fetched by discovery when a token first needs them, and again when
/// a token names a key that is not known, at most every ten seconds.
/// </summary>
internal sealed class OidcAuthenticator(OidcIssuer issuer, TimeProvider time)
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _fetching = new(1, 1); // guards _keys and _fetched
    private readonly HttpClient _http = PinnedHttp.Create(issuer.CertificateAuthority, Patience);
    private IReadOnlyList<JsonWebKey> _keys = [];
    private DateTimeOffset _fetched = DateTimeOffset.MinValue;

    public string Issuer => issuer.Url;

    /// <summary>The user, or null when the token is not good.</summary>
    public async Task<(Identity User, IReadOnlyList<string> Audiences)?> AuthenticateAsync(JsonWebToken token, CancellationToken cancellation)
    {
        DateTimeOffset now = time.GetUtcNow();
        string[] matched = [.. token.Audiences.Where(issuer.Audiences.Contains)];
        if (token.Issuer != issuer.Url || matched.Length == 0 || token.Time("exp") is not { } end || end + Skew <= now || token.Time("nbf") > now + Skew)
        {
            return null;
        }

        return await IsSignedAsync(token, cancellation) && Map(token.Claims) is { } user ? (user, matched) : null;
    }

    /// <summary>The user that claims make; null when a claim is missing or not what is required.</summary>
    internal Identity? Map(JsonObject claims)
    {
        if (issuer.RequiredClaims.Any(required => claims[required.Key]?.ToString() != required.Value))
        {
            return null;
        }

        string name = JsonWebToken.Text(claims, issuer.UsernameClaim);
        if (name.Length == 0 || (issuer.UsernameClaim == "email" && claims["email_verified"] is JsonValue verified && verified.TryGetValue(out bool isVerified) && !isVerified))
        {
            return null;
        }

        string prefix = issuer.UsernamePrefix ?? (issuer.UsernameClaim == "email" ? "" : $"{issuer.Url}#");
        IEnumerable<string> groups = issuer.GroupsClaim is null ? [] : claims[issuer.GroupsClaim] switch
        {
            JsonArray several => several.OfType<JsonValue>().Select(group => group.ToString()),
            JsonValue one => [one.ToString()],
            _ => [],
        };
        Identity user = Identity.Of((prefix == "-" ? "" : prefix) + name, groups.Select(group => (issuer.GroupsPrefix == "-" ? "" : issuer.GroupsPrefix) + group));
        return user with { Uid = issuer.UidClaim is { } uid ? JsonWebToken.Text(claims, uid) : "" };
    }

    private async Task<bool> IsSignedAsync(JsonWebToken token, CancellationToken cancellation)
    {
        IReadOnlyList<JsonWebKey> keys = _keys;
        if (IsSigned(token, keys))
        {
            return true;
        }

        await _fetching.WaitAsync(cancellation);
        try
        {
            if (!ReferenceEquals(keys, _keys))
            {
                return IsSigned(token, _keys);
            }

            DateTimeOffset now = time.GetUtcNow();
            if (now - _fetched < Again)
            {
                return false;
            }

            _fetched = now;
            _keys = await FetchAsync(cancellation);
            return IsSigned(token, _keys);
        }
        catch (Exception unreachable) when (unreachable is HttpRequestException or JsonException or InvalidOperationException or TaskCanceledException)
        {
            return false; // nobody can vouch for the token now
        }
        finally
        {
            _fetching.Release();
        }
    }

    private static bool IsSigned(JsonWebToken token, IReadOnlyList<JsonWebKey> keys)
        => keys.Any(key => (token.KeyId.Length == 0 || key.Id == token.KeyId) && token.IsSignedBy(key));

    private async Task<IReadOnlyList<JsonWebKey>> FetchAsync(CancellationToken cancellation)
    {
        JsonObject discovery = await GetAsync(issuer.DiscoveryUrl ?? $"{issuer.Url.TrimEnd('/')}/.well-known/openid-configuration", cancellation);
        if (JsonWebToken.Text(discovery, "issuer") != issuer.Url)
        {
            throw new InvalidOperationException("the discovery document is another issuer's");
        }

        return JsonWebKey.ReadSet(await GetAsync(JsonWebToken.Text(discovery, "jwks_uri"), cancellation));
    }

    private async Task<JsonObject> GetAsync(string url, CancellationToken cancellation)
        => JsonNode.Parse(await _http.GetByteArrayAsync(new Uri(url), cancellation)) as JsonObject ?? throw new InvalidOperationException($"{url} is no JSON object");
}
