namespace Fairway.PromQL;

/// <summary>How a matcher compares.</summary>
public enum MatchType
{
    /// <summary><c>=</c></summary>
    Equal,

    /// <summary><c>!=</c></summary>
    NotEqual,

    /// <summary><c>=~</c>: the whole value matches the pattern.</summary>
    Regexp,

    /// <summary><c>!~</c>: the whole value does not match the pattern.</summary>
    NotRegexp,
}

/// <summary>A condition on one label. A label that a series does not have counts as the empty text.</summary>
public sealed class LabelMatcher : IEquatable<LabelMatcher>
{
    private readonly Re2Pattern? pattern;

    /// <summary>Makes a matcher.</summary>
    /// <exception cref="FormatException">The pattern is not a valid RE2 expression.</exception>
    public LabelMatcher(MatchType type, string name, string value)
    {
        Type = type;
        Name = name;
        Value = value;
        pattern = type is MatchType.Regexp or MatchType.NotRegexp ? Re2Pattern.Anchored(value) : null;
    }

    /// <summary>How it compares.</summary>
    public MatchType Type { get; }

    /// <summary>The label.</summary>
    public string Name { get; }

    /// <summary>The text or pattern compared with.</summary>
    public string Value { get; }

    /// <summary>
    /// For pattern matchers that are a choice of plain texts (<c>a|b|c</c>): those texts, so that a store can look them up
    /// instead of testing every value. Null otherwise.
    /// </summary>
    public IReadOnlyList<string>? Choices => pattern?.Choices;

    /// <summary>For pattern matchers: a text every matching value starts with; empty when nothing is known.</summary>
    public string Prefix => pattern?.Prefix ?? string.Empty;

    /// <summary>Whether a series without the label fulfils the matcher.</summary>
    public bool MatchesEmpty => Matches(string.Empty);

    /// <summary>Whether a value fulfils the matcher.</summary>
    public bool Matches(string value) => Type switch
    {
        MatchType.Equal => string.Equals(value, Value, StringComparison.Ordinal),
        MatchType.NotEqual => !string.Equals(value, Value, StringComparison.Ordinal),
        MatchType.Regexp => pattern!.IsMatch(value),
        _ => !pattern!.IsMatch(value),
    };

    /// <inheritdoc/>
    public bool Equals(LabelMatcher? other)
        => other is not null && Type == other.Type && string.Equals(Name, other.Name, StringComparison.Ordinal)
            && string.Equals(Value, other.Value, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LabelMatcher);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Type, Name, Value);

    /// <summary>As in a selector: <c>job=~"a|b"</c>.</summary>
    public override string ToString()
        => (Names.IsLegacyLabelName(Name) ? Name : GoText.Quote(Name)) + Symbol + GoText.Quote(Value);

    internal string Symbol => Type switch
    {
        MatchType.Equal => "=",
        MatchType.NotEqual => "!=",
        MatchType.Regexp => "=~",
        _ => "!~",
    };
}
