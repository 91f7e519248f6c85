using System.Text.RegularExpressions;
using Fairway.Resources.Kinds.Gateway;
using Microsoft.Extensions.Primitives;

namespace Fairway.Gateway.Routing;

/// <summary>One HTTPRouteMatch, ready to be asked.</summary>
internal sealed class CompiledMatch
{
    /// <summary>A user's expression may take this long on one request; longer is no match.</summary>
    private static readonly TimeSpan RegexPatience = TimeSpan.FromMilliseconds(50);

    private readonly PathKind _pathKind;
    private readonly string _path;
    private readonly Regex? _pathRegex;
    private readonly string? _method;
    private readonly NamedValue[] _headers;
    private readonly NamedValue[] _query;

    public CompiledMatch(HttpRouteMatch match)
    {
        _path = match.Path?.Value ?? "/";
        _pathKind = match.Path?.Type switch { "Exact" => PathKind.Exact, "RegularExpression" => PathKind.Regex, _ => PathKind.Prefix };
        if (_pathKind == PathKind.Prefix)
        {
            _path = _path.TrimEnd('/');
        }
        else if (_pathKind == PathKind.Regex)
        {
            _pathRegex = Compile(_path);
        }

        _method = match.Method;
        _headers = [.. (match.Headers ?? []).Select(NamedValue.Of)];
        _query = [.. (match.QueryParams ?? []).Select(NamedValue.Of)];
    }

    private enum PathKind
    {
        Regex,
        Prefix,
        Exact,
    }

    /// <summary>The matched prefix without its final slash; the whole path for an exact match; empty for an expression.</summary>
    public string Prefix => _pathKind == PathKind.Regex ? "" : _path;

    public bool Matches(in RequestHead head)
        => MatchesPath(head.Path)
            && (_method is null || _method == head.Method)
            && MatchesHeaders(head)
            && MatchesQuery(head);

    /// <summary>Gateway API precedence: exact path, then the longest prefix, then method, then the most headers, then the most query parameters.</summary>
    public static IComparer<CompiledMatch> MostSpecificFirst { get; } = Comparer<CompiledMatch>.Create((one, other) =>
    {
        int order = other._pathKind.CompareTo(one._pathKind);
        order = order != 0 ? order : other._path.Length.CompareTo(one._path.Length);
        order = order != 0 ? order : (other._method is not null).CompareTo(one._method is not null);
        order = order != 0 ? order : other._headers.Length.CompareTo(one._headers.Length);
        return order != 0 ? order : other._query.Length.CompareTo(one._query.Length);
    });

    private bool MatchesPath(string path) => _pathKind switch
    {
        PathKind.Exact => path == _path,
        PathKind.Prefix => path.StartsWith(_path, StringComparison.Ordinal) && (path.Length == _path.Length || path[_path.Length] == '/'),
        _ => Try(_pathRegex!, path),
    };

    private bool MatchesHeaders(in RequestHead head)
    {
        foreach (NamedValue header in _headers)
        {
            if (!head.Headers.TryGetValue(header.Name, out StringValues values) || !header.Matches(values.ToString()))
            {
                return false;
            }
        }

        return true;
    }

    private bool MatchesQuery(in RequestHead head)
    {
        foreach (NamedValue parameter in _query)
        {
            if (!head.Query.TryGetValue(parameter.Name, out StringValues values) || !parameter.Matches(values.Count > 0 ? values[0] ?? "" : ""))
            {
                return false;
            }
        }

        return true;
    }

    private static Regex Compile(string expression)
        => new($"^(?:{expression})$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, RegexPatience);

    private static bool Try(Regex expression, string text)
    {
        try
        {
            return expression.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    private sealed record NamedValue(string Name, string Value, Regex? Expression)
    {
        public static NamedValue Of(HttpHeaderMatch match)
            => new(match.Name, match.Value, match.Type == "RegularExpression" ? Compile(match.Value) : null);

        public bool Matches(string value) => Expression is null ? value == Value : Try(Expression, value);
    }
}
