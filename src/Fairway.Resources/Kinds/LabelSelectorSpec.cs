namespace Fairway.Resources.Kinds;

/// <summary>Chooses objects by their labels (meta/v1 LabelSelector as it is written in specs). All parts must hold.</summary>
public sealed record LabelSelectorSpec
{
    /// <summary>Labels that must have exactly these values.</summary>
    public IReadOnlyDictionary<string, string>? MatchLabels { get; init; }

    /// <summary>Conditions on labels.</summary>
    [Atomic]
    public IReadOnlyList<LabelSelectorRequirement>? MatchExpressions { get; init; }

    /// <summary>Neither labels nor expressions: matches everything.</summary>
    public bool MatchesAll() => MatchLabels is null or { Count: 0 } && MatchExpressions is null or { Count: 0 };

    /// <summary>Whether these labels satisfy every part.</summary>
    public bool Matches(IReadOnlyDictionary<string, string>? labels)
    {
        foreach ((string key, string value) in MatchLabels ?? EmptyLabels)
        {
            if (labels is null || !labels.TryGetValue(key, out string? actual) || actual != value)
            {
                return false;
            }
        }

        return MatchExpressions is null || MatchExpressions.All(requirement => requirement.Matches(labels));
    }

    /// <summary>The selector in the text form of <c>?labelSelector=</c>.</summary>
    public string ToSelectorText()
        => string.Join(
            ',',
            [
                .. (MatchLabels ?? EmptyLabels).OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}"),
                .. (MatchExpressions ?? []).Select(requirement => requirement.ToSelectorText()),
            ]);

    private static readonly Dictionary<string, string> EmptyLabels = [];
}

/// <summary>One condition on a label.</summary>
public sealed record LabelSelectorRequirement
{
    public required string Key { get; init; }

    /// <summary>How the label relates to the values.</summary>
    [OneOf("In", "NotIn", "Exists", "DoesNotExist")]
    public required string Operator { get; init; }

    /// <summary>Must be empty for Exists and DoesNotExist, and not empty otherwise.</summary>
    [Atomic]
    public IReadOnlyList<string>? Values { get; init; }

    /// <summary>Whether these labels satisfy the condition. NotIn also holds where the label is absent.</summary>
    public bool Matches(IReadOnlyDictionary<string, string>? labels)
    {
        string? value = null;
        bool present = labels is not null && labels.TryGetValue(Key, out value);
        return Operator switch
        {
            "In" => present && Contains(value!),
            "NotIn" => !present || !Contains(value!),
            "Exists" => present,
            "DoesNotExist" => !present,
            _ => false,
        };
    }

    internal string ToSelectorText() => Operator switch
    {
        "In" => $"{Key} in ({string.Join(',', Values ?? [])})",
        "NotIn" => $"{Key} notin ({string.Join(',', Values ?? [])})",
        "DoesNotExist" => $"!{Key}",
        _ => Key,
    };

    private bool Contains(string value) => Values is not null && Values.Contains(value, StringComparer.Ordinal);
}
