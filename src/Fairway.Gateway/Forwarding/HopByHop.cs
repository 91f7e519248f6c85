using System.Collections.Frozen;

namespace Fairway.Gateway.Forwarding;

/// <summary>Headers that belong to one connection and are not passed on (RFC 9110, 7.6.1).</summary>
internal static class HopByHop
{
    private static readonly FrozenSet<string> Names = new[]
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <param name="name">The header.</param>
    /// <param name="connection">The value of the Connection header, whose tokens name further ones.</param>
    public static bool Contains(string name, string connection)
        => Names.Contains(name) || (connection.Length > 0 && NamedBy(connection, name));

    private static bool NamedBy(ReadOnlySpan<char> connection, string name)
    {
        foreach (Range token in connection.Split(','))
        {
            if (connection[token].Trim().Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
