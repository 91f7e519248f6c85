namespace Fairway.Telemetry.Logs.Query.Stages;

/// <summary>
/// What parsers may leave out: a query of numbers that keeps a few labels needs only those. It also remembers what was found in
/// the line, since the first finding counts. Not for several threads.
/// </summary>
internal sealed class ParserHints
{
    private readonly string[] _required;
    private readonly bool _noLabels;
    private readonly HashSet<string> _found = new(StringComparer.Ordinal);

    private ParserHints(string[] required, bool noLabels)
    {
        _required = required;
        _noLabels = noLabels;
    }

    /// <summary>Whether a line that could not be read is to be known by its error label alone.</summary>
    public bool PreservesErrors => _required.Contains(LineErrors.Label);

    /// <summary>Parsers need not look at the line at all.</summary>
    public bool NothingToFind => _noLabels || AllFound;

    /// <summary>All that is needed has been found.</summary>
    public bool AllFound => _required.Length > 0 && _found.Count >= _required.Length && Array.TrueForAll(_required, _found.Contains);

    /// <summary>Everything is to be found.</summary>
    public static ParserHints All() => new([], noLabels: false);

    /// <summary>For a query of numbers.</summary>
    /// <param name="required">Labels that stages look at.</param>
    /// <param name="groups">Labels that the result keeps, or not.</param>
    /// <param name="without">They are those that it does not keep.</param>
    /// <param name="noLabels">The result has no labels.</param>
    /// <param name="unwrap">The label whose value is the number; empty for none.</param>
    public static ParserHints Of(IEnumerable<string> required, IReadOnlyList<string> groups, bool without, bool noLabels, string unwrap)
    {
        string[] needed = [.. required.Concat(groups).Append(unwrap).Where(name => name.Length > 0).SelectMany(Both).Distinct(StringComparer.Ordinal)];
        return noLabels ? new ParserHints(needed, needed.Length == 0)
            : without || groups.Count == 0 ? All()
            : new ParserHints(needed, noLabels: false);
    }

    public void Restart() => _found.Clear();

    /// <summary>A label was found.</summary>
    public void Note(string name) => _found.Add(name);

    /// <summary>Whether a label is needed, and not found before.</summary>
    public bool Wants(string name) => (_required.Length == 0 || _required.Contains(name)) && !_found.Contains(name);

    /// <summary>Whether a label that begins so is needed.</summary>
    public bool WantsBelow(string prefix) => _required.Length == 0 || Array.Exists(_required, name => name.StartsWith(prefix, StringComparison.Ordinal));

    private static IEnumerable<string> Both(string name)
        => name.EndsWith(LineState.Duplicate, StringComparison.Ordinal) ? [name, name[..^LineState.Duplicate.Length]] : [name];
}
