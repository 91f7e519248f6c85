using System.Text;
using static Fairway.Cel.CelOverload;

namespace Fairway.Cel.Libraries;

/// <summary>Kubernetes' URLs: absolute URIs or absolute paths, with their parts.</summary>
internal static class UrlLibrary
{
    internal static readonly CelType Type = CelType.Opaque("kubernetes.URL");
    private static readonly CelType S = CelType.String;

    public static readonly CelLibrary Instance = new(
        "k8s.url",
        new("url", CelOverload.Of("string_to_url", S, Type, Parse)),
        new("isURL", CelOverload.Of("is_url_string", S, CelType.Bool, a => CelValue.Of(!Parse(a).IsError))),
        Part("getScheme", url => url.Scheme),
        Part("getHost", url => url.Host),
        Part("getHostname", url => url.HostName),
        Part("getPort", url => url.Port),
        Part("getEscapedPath", url => url.Path),
        new("getQuery", Member("url_get_query", Type, CelType.MapOf(S, CelType.ListOf(S)), a => Query(((UrlValue)a.OpaqueValue).Query))))
    {
        Constants = new Dictionary<string, CelValue>(StringComparer.Ordinal) { ["kubernetes.URL"] = CelValue.Of(Type) },
    };

    private static CelFunction Part(string name, Func<UrlValue, string> part)
        => new(name, Member("url_" + name, Type, S, a => CelValue.Of(part((UrlValue)a.OpaqueValue))));

    private static CelValue Parse(CelValue text)
        => UrlValue.TryParse(text.StringValue, out string problem) is { } url
            ? CelValue.Of(url)
            : CelValue.Fail($"URL parse error during conversion from string: {Problem(text.StringValue, problem)}");

    internal static string Problem(string text, string problem) => $"parse {Quoted(text)}: {problem}";

    /// <summary>As Go quotes text.</summary>
    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                '\r' => quoted.Append("\\r"),
                < ' ' or '\x7f' => quoted.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }

    private static CelValue Query(string query)
    {
        var found = new Dictionary<string, List<CelValue>>(StringComparer.Ordinal);
        foreach (string pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            string key = Unescape(equals < 0 ? pair : pair[..equals]);
            if (!found.TryGetValue(key, out List<CelValue>? values))
            {
                found[key] = values = [];
            }

            values.Add(CelValue.Of(equals < 0 ? "" : Unescape(pair[(equals + 1)..])));
        }

        var entries = new Dictionary<CelValue, CelValue>(MapKeyComparer.Instance);
        foreach ((string key, List<CelValue> values) in found)
        {
            entries[CelValue.Of(key)] = CelValue.Of(values);
        }

        return CelValue.Of(new HashMap(entries));
    }

    private static string Unescape(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}

internal sealed class UrlValue : CelOpaque
{
    private UrlValue(string text, string scheme, string host, string path, string query)
    {
        Text = text;
        Scheme = scheme;
        Host = host;
        Path = path;
        Query = query;
        int colon = host.LastIndexOf(':');
        bool hasPort = colon >= 0 && !host.EndsWith(']') && host.AsSpan(colon + 1).IndexOfAnyExceptInRange('0', '9') < 0;
        Port = hasPort ? host[(colon + 1)..] : "";
        HostName = (hasPort ? host[..colon] : host).Trim('[', ']');
    }

    public string Text { get; }

    public string Scheme { get; }

    public string Host { get; }

    public string HostName { get; }

    public string Port { get; }

    public string Path { get; }

    public string Query { get; }

    public override CelType Type => UrlLibrary.Type;

    public override bool IsEqualTo(CelOpaque other) => other is UrlValue url && url.Text == Text;

    public override string ToString() => Text;

    /// <summary>An absolute URI or an absolute path; anything else is none. Escapes in an opaque part are not looked at.</summary>
    public static UrlValue? TryParse(string text, out string problem)
    {
        problem = "";
        if (text.AsSpan().ContainsAnyInRange('\0', '\x1f') || text.Contains('\x7f', StringComparison.Ordinal))
        {
            problem = "net/url: invalid control character in URL";
            return null;
        }

        if (text.Length == 0)
        {
            problem = "empty url";
            return null;
        }

        int end = text.AsSpan().IndexOfAnyExcept(SchemeCharacters);
        bool hasScheme = end > 0 && text[end] == ':' && char.IsAsciiLetter(text[0]);
        if (end == 0 && text[0] == ':')
        {
            problem = "missing protocol scheme";
            return null;
        }

        string scheme = hasScheme ? text[..end].ToLowerInvariant() : "";
        string rest = hasScheme ? text[(end + 1)..] : text;
        int fragment = rest.IndexOf('#', StringComparison.Ordinal);
        rest = fragment < 0 ? rest : rest[..fragment];
        int question = rest.IndexOf('?', StringComparison.Ordinal);
        string query = question < 0 ? "" : rest[(question + 1)..];
        string path = question < 0 ? rest : rest[..question];
        if (!path.StartsWith('/'))
        {
            problem = "invalid URI for request";
            return hasScheme ? new UrlValue(text, scheme, "", "", query) : null;
        }

        string host = "";
        if (hasScheme && path.StartsWith("//", StringComparison.Ordinal))
        {
            int slash = path.IndexOf('/', 2);
            host = path[2..(slash < 0 ? path.Length : slash)];
            path = slash < 0 ? "" : path[slash..];
            host = host[(host.LastIndexOf('@') + 1)..];
        }

        problem = HostProblem(host) ?? EscapeProblem(host + path) ?? "";
        return problem.Length > 0 ? null : new UrlValue(text, scheme, host, EscapedPath(path), query);
    }

    private static readonly System.Buffers.SearchValues<char> SchemeCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

    private static string? HostProblem(string host)
    {
        if (host.StartsWith('['))
        {
            int close = host.LastIndexOf(']');
            return close < 0 ? "missing ']' in host" : PortProblem(host[(close + 1)..]);
        }

        int bad = host.AsSpan().IndexOfAny(" <>\"\\^`{|}");
        if (bad >= 0)
        {
            return $"invalid character \"{(host[bad] is '"' or '\\' ? "\\" : "")}{host[bad]}\" in host name";
        }

        int colon = host.LastIndexOf(':');
        return colon < 0 ? null : PortProblem(host[colon..]);
    }

    private static string? PortProblem(string port)
        => port.Length == 0 || (port[0] == ':' && port.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0) ? null : $"invalid port \"{port}\" after host";

    private static string? EscapeProblem(string text)
    {
        for (int i = text.IndexOf('%', StringComparison.Ordinal); i >= 0; i = text.IndexOf('%', i + 1))
        {
            if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
            {
                return $"invalid URL escape \"{text.Substring(i, Math.Min(3, text.Length - i))}\"";
            }
        }

        return null;
    }

    private static string EscapedPath(string path)
    {
        var text = new StringBuilder(path.Length);
        foreach (byte b in Encoding.UTF8.GetBytes(path))
        {
            char c = (char)b;
            bool plain = b < 128 && (char.IsAsciiLetterOrDigit(c) || "-_.~$&+,/:;=@%!'()*[]".Contains(c, StringComparison.Ordinal));
            text.Append(plain ? c.ToString() : $"%{b:X2}");
        }

        return text.ToString();
    }
}
