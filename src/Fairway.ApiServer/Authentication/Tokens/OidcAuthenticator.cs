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

    /// <summary>What an AuthenticationConfiguration says in expressions.</summary>
    internal ClaimExpressions? Expressions { get; init; }
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

        ClaimExpressions? by = issuer.Expressions;
        if (by?.AcceptClaims(claims) == false || NameOf(claims) is not { Length: > 0 } name || GroupsOf(claims) is not { } groups)
        {
            return null;
        }

        Identity user = Identity.Of(name, groups);
        string uid = issuer.UidClaim is { } claim ? JsonWebToken.Text(claims, claim)
            : by?.Uid is { } expression ? ClaimExpressions.Evaluate(expression, claims)?.ToString() ?? ""
            : "";
        user = user with { Uid = uid, Extra = ExtraOf(claims) };
        return by?.AcceptUser(user) == false ? null : user;
    }

    private string? NameOf(JsonObject claims)
    {
        if (issuer.Expressions?.Username is { } expression)
        {
            return ClaimExpressions.Evaluate(expression, claims)?.ToString();
        }

        string name = JsonWebToken.Text(claims, issuer.UsernameClaim);
        if (name.Length == 0 || (issuer.UsernameClaim == "email" && claims["email_verified"] is JsonValue verified && verified.TryGetValue(out bool isVerified) && !isVerified))
        {
            return null;
        }

        string prefix = issuer.UsernamePrefix ?? (issuer.UsernameClaim == "email" ? "" : $"{issuer.Url}#");
        return (prefix == "-" ? "" : prefix) + name;
    }

    /// <summary>null: an expression failed.</summary>
    private IEnumerable<string>? GroupsOf(JsonObject claims)
    {
        if (issuer.Expressions?.Groups is { } expression)
        {
            return TextsOf(ClaimExpressions.Evaluate(expression, claims));
        }

        return issuer.GroupsClaim is null ? [] : TextsOf(claims[issuer.GroupsClaim]).Select(group => (issuer.GroupsPrefix == "-" ? "" : issuer.GroupsPrefix) + group);
    }

    private Dictionary<string, IReadOnlyList<string>> ExtraOf(JsonObject claims)
    {
        var extra = new Dictionary<string, IReadOnlyList<string>>();
        foreach ((string key, Fairway.Cel.CelProgram value) in issuer.Expressions?.Extra ?? [])
        {
            if (TextsOf(ClaimExpressions.Evaluate(value, claims)) is { Length: > 0 } values)
            {
                extra[key] = values;
            }
        }

        return extra;
    }

    private static string[] TextsOf(JsonNode? node) => node switch
    {
        JsonArray several => [.. several.OfType<JsonValue>().Select(each => each.ToString()).Where(each => each.Length > 0)],
        JsonValue one when one.ToString().Length > 0 => [one.ToString()],
        _ => [],
    };

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
