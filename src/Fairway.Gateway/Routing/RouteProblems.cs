using System.Text.RegularExpressions;
using Fairway.Resources.Kinds.Gateway;

namespace Fairway.Gateway.Routing;

/// <summary>Why a route cannot be served as it is written. Pure.</summary>
internal static class RouteProblems
{
    private static readonly string[] KnownFilters = ["RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect", "URLRewrite"];

    /// <summary>Every problem, each naming its field; empty for a route that is served.</summary>
    public static IReadOnlyList<string> Of(HTTPRoute route)
    {
        var problems = new List<string>();
        IReadOnlyList<HttpRouteRule> rules = route.Spec.Rules ?? [];
        for (int index = 0; index < rules.Count; index++)
        {
            string field = $"spec.rules[{index}]";
            problems.AddRange((rules[index].Matches ?? []).SelectMany((match, number) => Match($"{field}.matches[{number}]", match)));
            problems.AddRange((rules[index].Filters ?? []).SelectMany((filter, number) => Filter($"{field}.filters[{number}]", filter)));
            problems.AddRange((rules[index].BackendRefs ?? []).SelectMany((reference, number) => Backend($"{field}.backendRefs[{number}]", reference)));
        }

        return problems;
    }

    private static IEnumerable<string> Match(string field, HttpRouteMatch match)
    {
        if (match.Path is { Type: "RegularExpression" } path && Invalid(path.Value) is { } why)
        {
            yield return $"{field}.path.value: \"{path.Value}\" is no regular expression: {why}";
        }
        else if (match.Path is { Value: { } value } && match.Path.Type != "RegularExpression" && !value.StartsWith('/'))
        {
            yield return $"{field}.path.value: \"{value}\" must begin with /";
        }

        foreach (HttpHeaderMatch one in (match.Headers ?? []).Concat(match.QueryParams ?? []).Where(one => one.Type == "RegularExpression"))
        {
            if (Invalid(one.Value) is { } problem)
            {
                yield return $"{field}: \"{one.Value}\" is no regular expression: {problem}";
            }
        }
    }

    private static IEnumerable<string> Filter(string field, HttpRouteFilter filter)
        => KnownFilters.Contains(filter.Type) ? [] : [$"{field}.type: {filter.Type} is not served; expected one of {string.Join(", ", KnownFilters)}"];

    private static IEnumerable<string> Backend(string field, HttpBackendRef reference)
        => (reference.Kind ?? "Service") == "Service" && string.IsNullOrEmpty(reference.Group)
            ? []
            : [$"{field}: {reference.Group}/{reference.Kind} is no kind of backend; expected a Service"];

    private static string? Invalid(string? expression)
    {
        try
        {
            _ = new Regex(expression ?? "", RegexOptions.NonBacktracking, TimeSpan.FromSeconds(1));
            return null;
        }
        catch (Exception wrong) when (wrong is ArgumentException or NotSupportedException)
        {
            return wrong.Message;
        }
    }
}
