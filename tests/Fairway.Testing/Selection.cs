using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Fairway.Client;
using Fairway.Resources;

namespace Fairway.Testing;

/// <summary>The selectors of a list or watch, read simply: <c>a=b</c>, <c>a!=b</c>, <c>a in (b,c)</c>, <c>a notin (b)</c>, <c>a</c>, <c>!a</c>.</summary>
internal sealed partial class Selection(string? labels, string? fields)
{
    public bool Matches(Document document)
        => Terms(labels).All(term => TermHolds(term, key => document.Header.Labels.GetValueOrDefault(key)))
            && Terms(fields).All(term => TermHolds(term, path => Field(document, path)));

    /// <summary>What a watcher with these selectors sees of a change; null for nothing.</summary>
    public WatchEvent? Translate(LoggedEvent logged)
    {
        bool before = logged.Before is not null && Matches(logged.Before);
        bool after = logged.Change != WatchEventType.Deleted && Matches(logged.After);
        return (before, after) switch
        {
            (false, true) => new WatchEvent(WatchEventType.Added, logged.After),
            (true, true) => new WatchEvent(WatchEventType.Modified, logged.After),
            (true, false) => new WatchEvent(WatchEventType.Deleted, logged.After),
            _ => null,
        };
    }

    private static IEnumerable<string> Terms(string? selector)
        => string.IsNullOrEmpty(selector) ? [] : Commas().Split(selector).Select(term => term.Trim());

    private static bool TermHolds(string term, Func<string, string?> value)
    {
        Match set = Sets().Match(term);
        if (set.Success)
        {
            string[] values = set.Groups["values"].Value.Split(',', StringSplitOptions.TrimEntries);
            bool within = value(set.Groups["key"].Value) is { } actual && values.Contains(actual);
            return set.Groups["not"].Success ? !within : within;
        }

        int equals = term.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            return term.StartsWith('!') ? value(term[1..]) is null : value(term) is not null;
        }

        bool negated = equals > 0 && term[equals - 1] == '!';
        string key = term[..(negated ? equals - 1 : equals)].Trim();
        string expected = term[equals..].TrimStart('=').Trim();
        return (value(key) ?? "") == expected != negated;
    }

    private static string? Field(Document document, string path)
    {
        JsonNode? node = document.ToNode();
        foreach (string member in path.Split('.'))
        {
            node = (node as JsonObject)?[member];
        }

        return node?.ToString();
    }

    [GeneratedRegex(@",(?![^(]*\))", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Commas();

    [GeneratedRegex(@"^(?<key>\S+)\s+(?<not>not)?in\s*\((?<values>[^)]*)\)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Sets();
}
