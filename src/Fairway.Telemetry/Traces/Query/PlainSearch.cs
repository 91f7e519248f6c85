using System.Text.RegularExpressions;
using Fairway.Resources;
using Fairway.Resources.Signals;

namespace Fairway.Telemetry.Traces.Query;

/// <summary>
/// Conditions side by side, all of one span: <c>service</c>, <c>operation</c>, <c>error</c>, <c>minDuration</c> and <c>maxDuration</c> mean the
/// span itself; everything else is an attribute of the span, of its process or of its events.
/// </summary>
internal static partial class PlainSearch
{
    private const int MostConditions = 50;

    /// <exception cref="SignalQueryException">The text is no search; the message says where.</exception>
    public static SpanCondition Parse(string text)
    {
        SpanCondition[] all = [.. Conditions(text).Select(one => Condition(one.Key, one.Value))];
        return all.Length == 0 ? new SpanCondition.Any() : all.Aggregate((left, right) => new SpanCondition.And(left, right));
    }

    /// <summary>Keys with the values that they are to have.</summary>
    /// <exception cref="SignalQueryException">The text is no search; the message says where.</exception>
    public static IReadOnlyList<(string Key, string Value)> Conditions(string text)
    {
        var all = new List<(string, string)>();
        int read = 0;
        foreach (Match pair in Pair().Matches(text))
        {
            if (!string.IsNullOrWhiteSpace(text[read..pair.Index]))
            {
                break;
            }

            read = pair.Index + pair.Length;
            all.Add((pair.Groups["key"].Value, pair.Groups["quoted"].Success ? pair.Groups["quoted"].Value : pair.Groups["plain"].Value));
        }

        return !string.IsNullOrWhiteSpace(text[read..]) ? throw new SignalQueryException($"\"{text[read..].Trim()}\" is no condition; expected key=value or key=\"value\"")
            : all.Count > MostConditions ? throw new SignalQueryException($"a search has at most {MostConditions} conditions, this one has {all.Count}")
            : all;
    }

    /// <summary>One condition of equality.</summary>
    public static SpanCondition Condition(string key, string value) => key switch
    {
        "minDuration" => new SpanCondition.Compare(new SpanField("", "duration"), ">=", Nanoseconds(key, value), null),
        "maxDuration" => new SpanCondition.Compare(new SpanField("", "duration"), "<=", Nanoseconds(key, value), null),
        "service" or "operation" => new SpanCondition.Compare(new SpanField("", key), "=", value, null),
        "error" => new SpanCondition.Compare(new SpanField("", key), "=", value == "true", null),
        _ => new SpanCondition.Compare(new SpanField("any", key), "=", value, null),
    };

    private static object Nanoseconds(string key, string value)
        => GoDuration.TryParse(value, out TimeSpan duration) && duration >= TimeSpan.Zero
            ? (double)(duration.Ticks * 100)
            : throw new SignalQueryException($"{key}: \"{value}\" is no duration; expected one such as 250ms");

    [GeneratedRegex("""(?<key>[A-Za-z_][\w.\-/]*)=(?:"(?<quoted>[^"]*)"|(?<plain>[^\s"]+))""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pair();
}
