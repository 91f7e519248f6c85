using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Labels;

/// <summary>How a requirement reads a label.</summary>
public enum LabelOperator
{
    Exists,
    DoesNotExist,
    Equals,
    NotEquals,
    In,
    NotIn,
    GreaterThan,
    LessThan,
}

/// <summary>One condition on a label. Negative ones also hold where the label is absent.</summary>
/// <param name="Key">The label's key.</param>
/// <param name="Operator">What must hold.</param>
/// <param name="Values">One value for comparisons, several for sets, none for existence.</param>
public sealed record LabelRequirement(string Key, LabelOperator Operator, IReadOnlyList<string> Values)
{
    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        bool present = labels.TryGetValue(Key, out string? value);
        return Operator switch
        {
            LabelOperator.Exists => present,
            LabelOperator.DoesNotExist => !present,
            LabelOperator.Equals or LabelOperator.In => present && Holds(value!),
            LabelOperator.NotEquals or LabelOperator.NotIn => !present || !Holds(value!),
            LabelOperator.GreaterThan => present && Compare(value!) > 0,
            _ => present && Compare(value!) < 0,
        };
    }

    public override string ToString()
    {
        string values = string.Join(',', Values);
        return Operator switch
        {
            LabelOperator.Exists => Key,
            LabelOperator.DoesNotExist => "!" + Key,
            LabelOperator.Equals => $"{Key}={values}",
            LabelOperator.NotEquals => $"{Key}!={values}",
            LabelOperator.In => $"{Key} in ({values})",
            LabelOperator.NotIn => $"{Key} notin ({values})",
            LabelOperator.GreaterThan => $"{Key}>{values}",
            _ => $"{Key}<{values}",
        };
    }

    private bool Holds(string value)
    {
        foreach (string each in Values)
        {
            if (string.Equals(each, value, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private int Compare(string value)
        => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long own)
            ? own.CompareTo(long.Parse(Values[0], CultureInfo.InvariantCulture))
            : 0;
}

/// <summary>A conjunction of label requirements, in Kubernetes' syntax.</summary>
public sealed class LabelSelector
{
    private readonly LabelRequirement[] _requirements;
    private readonly bool _nothing;

    /// <summary>Makes a selector of requirements, which are kept in the order of their keys.</summary>
    public LabelSelector(IEnumerable<LabelRequirement> requirements)
        : this([.. requirements.OrderBy(each => each.Key, StringComparer.Ordinal)], nothing: false)
    {
    }

    private LabelSelector(LabelRequirement[] requirements, bool nothing)
    {
        _requirements = requirements;
        _nothing = nothing;
    }

    /// <summary>Matches all objects.</summary>
    public static LabelSelector Everything { get; } = new([], nothing: false);

    /// <summary>Matches no object: what an absent <c>spec.selector</c> means.</summary>
    public static LabelSelector Nothing { get; } = new([], nothing: true);

    public IReadOnlyList<LabelRequirement> Requirements => _requirements;

    public bool IsEverything => !_nothing && _requirements.Length == 0;

    /// <summary>Parses the text of a <c>labelSelector</c> parameter; null and empty select everything.</summary>
    /// <exception cref="StatusException">400, naming the position.</exception>
    public static LabelSelector Parse(string? text) => string.IsNullOrWhiteSpace(text) ? Everything : new(new LabelSelectorParser(text).Parse());

    /// <summary>All of these labels must be there with these values.</summary>
    public static LabelSelector OfLabels(IEnumerable<KeyValuePair<string, string>> labels)
        => new(labels.Select(label => new LabelRequirement(label.Key, LabelOperator.Equals, [label.Value])));

    /// <summary>
    /// Reads a meta/v1 LabelSelector object (<c>matchLabels</c>, <c>matchExpressions</c>). Absent selects nothing, empty everything.
    /// </summary>
    /// <exception cref="StatusException">400: an expression has no valid operator.</exception>
    public static LabelSelector FromObject(JsonNode? selector)
    {
        if (selector is not JsonObject)
        {
            return Nothing;
        }

        var requirements = new List<LabelRequirement>();
        foreach ((string key, JsonNode? value) in selector.Object("matchLabels") ?? [])
        {
            requirements.Add(new LabelRequirement(key, LabelOperator.Equals, [KubeJson.AsString(value) ?? ""]));
        }

        foreach (JsonNode? expression in selector.Array("matchExpressions") ?? [])
        {
            string[] values = [.. (expression.Array("values") ?? []).Select(value => KubeJson.AsString(value) ?? "")];
            requirements.Add(Expression(expression.Text("key") ?? "", expression.Text("operator") ?? "", values));
        }

        return new LabelSelector(requirements);
    }

    /// <summary>One entry of <c>matchExpressions</c>.</summary>
    /// <exception cref="StatusException">400: the operator is not known.</exception>
    public static LabelRequirement Expression(string key, string @operator, IReadOnlyList<string> values) => @operator switch
    {
        "In" => new LabelRequirement(key, LabelOperator.In, values),
        "NotIn" => new LabelRequirement(key, LabelOperator.NotIn, values),
        "Exists" => new LabelRequirement(key, LabelOperator.Exists, []),
        "DoesNotExist" => new LabelRequirement(key, LabelOperator.DoesNotExist, []),
        _ => throw StatusException.BadRequest($"{KubeJson.Quote(@operator)} is not a valid label selector operator"),
    };

    /// <summary>All requirements hold. No allocation.</summary>
    public bool Matches(IReadOnlyDictionary<string, string>? labels)
    {
        if (_nothing)
        {
            return false;
        }

        foreach (LabelRequirement requirement in _requirements)
        {
            if (!requirement.Matches(labels ?? System.Collections.Frozen.FrozenDictionary<string, string>.Empty))
            {
                return false;
            }
        }

        return true;
    }

    public bool Matches(Document document)
    {
        ArgumentNullException.ThrowIfNull(document);
        return _requirements.Length == 0 ? !_nothing : Matches(document.Header.Labels);
    }

    /// <summary>The text that <see cref="Parse"/> reads; empty for everything.</summary>
    public override string ToString() => string.Join(',', _requirements.AsEnumerable());
}
