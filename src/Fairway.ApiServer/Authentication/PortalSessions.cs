using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Fairway.ApiServer;

/// <summary>
/// How a browser gets in: a link with a code, printed for its user, is exchanged for a session cookie. Codes last a day, sessions
/// a week; both live in memory, hashed, and end with the program. Safe for concurrent use.
/// </summary>
public sealed class PortalSessions
{
    private static readonly TimeSpan CodeLifetime = TimeSpan.FromDays(1);
    private static readonly TimeSpan SessionLifetime = TimeSpan.FromDays(7);

    private readonly ConcurrentDictionary<string, (Identity User, DateTimeOffset End)> _codes = new();
    private readonly ConcurrentDictionary<string, (Identity User, DateTimeOffset End)> _sessions = new();
    private readonly TimeProvider _time;

    public PortalSessions(TimeProvider time)
    {
        _time = time;
        // Cookies know no ports: without a name of its own, two instances on one machine would sign each other's users out.
        CookieName = $"fairway_session_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}";
    }

    /// <summary>The session cookie's name.</summary>
    public string CookieName { get; }

    /// <summary>A path that signs a user in: <c>/signin?code=…</c>. Whoever opens it within a day is that user.</summary>
    public string CreateSignInPath(Identity user) => $"/signin?code={Add(_codes, user, CodeLifetime)}";

    /// <summary>Exchanges a code for a session; null when the code is not known (any more).</summary>
    internal (string Session, TimeSpan Lifetime)? SignIn(string code)
        => Find(_codes, code) is { } user ? (Add(_sessions, user, SessionLifetime), SessionLifetime) : null;

    /// <summary>Whose session it is, or null.</summary>
    internal Identity? Authenticate(string session) => Find(_sessions, session);

    internal void SignOut(string session) => _sessions.TryRemove(HashOf(session), out _);

    private static string HashOf(string secret) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    private string Add(ConcurrentDictionary<string, (Identity User, DateTimeOffset End)> to, Identity user, TimeSpan lifetime)
    {
        DateTimeOffset now = _time.GetUtcNow();
        foreach ((string hash, (Identity _, DateTimeOffset end)) in to)
        {
            if (end <= now)
            {
                to.TryRemove(hash, out _);
            }
        }

        string secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        to[HashOf(secret)] = (user, now + lifetime);
        return secret;
    }

    private Identity? Find(ConcurrentDictionary<string, (Identity User, DateTimeOffset End)> among, string secret)
        => secret.Length <= 256 && among.TryGetValue(HashOf(secret), out (Identity User, DateTimeOffset End) found) && found.End > _time.GetUtcNow()
            ? found.User
            : null;
}
