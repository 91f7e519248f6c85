using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Fairway.PromQL;
using Fairway.PromQL.Functions;

namespace Fairway.Telemetry.Scrape;

/// <summary>One relabelling rule, with the meaning and the defaults that Prometheus gives it.</summary>
internal sealed class RelabelRule
{
    private const string DefaultRegex = "(.*)";
    private static readonly string[] Actions =
        ["replace", "keep", "drop", "keepequal", "dropequal", "hashmod", "labelmap", "labeldrop", "labelkeep", "lowercase", "uppercase"];

    private readonly IReadOnlyList<string> _sources;
    private readonly string _separator;
    private readonly string _pattern;
    private readonly Regex _regex;
    private readonly ulong _modulus;
    private readonly string _target;
    private readonly string _replacement;
    private readonly string _action;

    /// <param name="sources">Labels whose values are joined.</param>
    /// <param name="separator">Between them.</param>
    /// <param name="regex">What the joined value must match as a whole.</param>
    /// <param name="modulus">For <c>hashmod</c>.</param>
    /// <param name="target">The label that is written.</param>
    /// <param name="replacement">What is written; <c>$1</c> stands for a group.</param>
    /// <param name="action">What is done, in any case of letters.</param>
    /// <exception cref="FormatException">The rule is invalid; the message is Prometheus'.</exception>
    public RelabelRule(
        IReadOnlyList<string>? sources = null,
        string? separator = null,
        string? regex = null,
        ulong modulus = 0,
        string? target = null,
        string? replacement = null,
        string? action = null)
    {
        _sources = sources ?? [];
        _separator = separator ?? ";";
        _pattern = regex ?? DefaultRegex;
        _modulus = modulus;
        _target = target ?? "";
        _replacement = replacement ?? "$1";
        _action = (action is { Length: > 0 } ? action : "replace").ToLowerInvariant();
        Check(sources, separator, regex, replacement);
        _regex = Re2Pattern.Compile("^(?s:" + _pattern + ")$");
    }

    /// <summary>Applies rules one after the other; false when one drops.</summary>
    public static bool Apply(IReadOnlyList<RelabelRule> rules, LabelsBuilder labels)
    {
        foreach (RelabelRule rule in rules)
        {
            if (!rule.Apply(labels))
            {
                return false;
            }
        }

        return true;
    }

    private bool Apply(LabelsBuilder labels)
    {
        string value = string.Join(_separator, _sources.Select(source => labels[source]));
        switch (_action)
        {
            case "drop":
                return !_regex.IsMatch(value);
            case "keep":
                return _regex.IsMatch(value);
            case "dropequal":
                return labels[_target] != value;
            case "keepequal":
                return labels[_target] == value;
            case "replace":
                Replace(labels, value);
                return true;
            case "lowercase":
                labels.Set(_target, value.ToLowerInvariant());
                return true;
            case "uppercase":
                labels.Set(_target, value.ToUpperInvariant());
                return true;
            case "hashmod":
                // Not for secrecy: the sum that all other scrapers agree on.
                ulong hash = BinaryPrimitives.ReadUInt64BigEndian(MD5.HashData(Encoding.UTF8.GetBytes(value)).AsSpan(8));
                labels.Set(_target, (hash % _modulus).ToString(CultureInfo.InvariantCulture));
                return true;
            case "labelmap":
                Map(labels);
                return true;
            default:
                foreach ((string name, _) in labels.ToLabels().Pairs)
                {
                    if (_regex.IsMatch(name) == (_action == "labeldrop"))
                    {
                        labels.Set(name, "");
                    }
                }

                return true;
        }
    }

    private void Replace(LabelsBuilder labels, string value)
    {
        Match match = _regex.Match(value);
        if (!match.Success)
        {
            return;
        }

        string target = GoTemplate.Expand(_target, match);
        if (Names.IsLabelName(target))
        {
            labels.Set(target, GoTemplate.Expand(_replacement, match));
        }
    }

    private void Map(LabelsBuilder labels)
    {
        foreach ((string name, string value) in labels.ToLabels().Pairs)
        {
            Match match = _regex.Match(name);
            if (match.Success)
            {
                labels.Set(GoTemplate.Expand(_replacement, match), value);
            }
        }
    }

    private void Check(IReadOnlyList<string>? sources, string? separator, string? regex, string? replacement)
    {
        if (!Actions.Contains(_action))
        {
            throw new FormatException($"unknown relabel action {GoText.Quote(_action)}");
        }

        if (_action == "hashmod" && _modulus == 0)
        {
            throw new FormatException("relabel configuration for hashmod requires non-zero modulus");
        }

        bool writes = _action is "replace" or "hashmod" or "lowercase" or "uppercase" or "keepequal" or "dropequal";
        if (writes && _target.Length == 0)
        {
            throw new FormatException($"relabel configuration for {_action} action requires 'target_label' value");
        }

        if (_action is "lowercase" or "uppercase" or "keepequal" or "dropequal" && replacement is not (null or "$1"))
        {
            throw new FormatException($"'replacement' can not be set for {_action} action");
        }

        if (_action is "keepequal" or "dropequal" && (regex is not (null or DefaultRegex) || _modulus != 0 || separator is not (null or ";")))
        {
            throw new FormatException($"{_action} action requires only 'source_labels' and `target_label`, and no other fields");
        }

        if (_action is "labeldrop" or "labelkeep"
            && (sources is { Count: > 0 } || _target.Length > 0 || _modulus != 0 || separator is not (null or ";") || replacement is not (null or "$1")))
        {
            throw new FormatException($"{_action} action requires only 'regex', and no other fields");
        }
    }
}
