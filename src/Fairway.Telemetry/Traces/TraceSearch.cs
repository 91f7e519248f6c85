using System.Text.RegularExpressions;
using Fairway.Resources;
using Fairway.Resources.Signals;

namespace Fairway.Telemetry.Traces;

/// <summary>
/// A search of spans as text: <c>service=web error=true minDuration=250ms http.route="/basket/{id}"</c>. All conditions hold for one
/// span. <c>service</c>, <c>operation</c>, <c>error</c>, <c>minDuration</c> and <c>maxDuration</c> mean the span itself; everything
/// else is an attribute of the span or of its process.
/// </summary>
internal sealed partial class TraceSearch(IReadOnlyList<(string Key, string Value)> conditions, long least, long most)
{
    private const int MostConditions = 50;

    /// <exception cref="SignalQueryException">The text is no search; the message says where.</exception>
    public static TraceSearch Parse(string text)
    {
        List<(string, string)> conditions = [];
        long least = 0;
        long most = long.MaxValue;
        int read = 0;
        foreach (Match pair in Pair().Matches(text))
        {
            if (!string.IsNullOrWhiteSpace(text[read..pair.Index]))
            {
                break;
            }

            read = pair.Index + pair.Length;
            string key = pair.Groups["key"].Value;
            string value = pair.Groups["quoted"].Success ? pair.Groups["quoted"].Value : pair.Groups["plain"].Value;
            switch (key)
            {
                case "minDuration":
                    least = Nanoseconds(key, value);
                    break;
                case "maxDuration":
                    most = Nanoseconds(key, value);
                    break;
                default:
                    conditions.Add((key, value));
                    break;
            }
        }

        return !string.IsNullOrWhiteSpace(text[read..]) ? throw new SignalQueryException($"\"{text[read..].Trim()}\" is no condition; expected key=value or key=\"value\"")
            : conditions.Count > MostConditions ? throw new SignalQueryException($"a search has at most {MostConditions} conditions, this one has {conditions.Count}")
            : new TraceSearch(conditions, least, most);
    }

    /// <summary>Shortest duration, nanoseconds.</summary>
    public long Least => least;

    /// <summary>Longest duration, nanoseconds.</summary>
    public long Most => most;

    /// <summary>Conditions on attributes, in Jaeger's form.</summary>
    public IEnumerable<(string Key, string Value)> Attributes => conditions.Where(one => one.Key is not ("service" or "operation"));

    /// <summary>The value that a key has to have; null when it may have any.</summary>
    public string? this[string key] => conditions.Where(one => one.Key == key).Select(one => one.Value).FirstOrDefault();

    public bool Matches(SpanRecord span)
        => span.Duration >= least && span.Duration <= most && conditions.All(condition => Holds(span, condition.Key, condition.Value));

    private static bool Holds(SpanRecord span, string key, string value) => key switch
    {
        "service" => span.Process.Service == value,
        "operation" => span.Name == value,
        "error" => span.IsError == (value == "true"),
        _ => span.Attributes.Concat(span.Process.Attributes).Any(attribute => attribute.Key == key && Otlp.OtlpAttributes.Text(attribute.Value) == value),
    };

    private static long Nanoseconds(string key, string value)
        => GoDuration.TryParse(value, out TimeSpan duration) && duration >= TimeSpan.Zero
            ? duration.Ticks * 100
            : throw new SignalQueryException($"{key}: \"{value}\" is no duration; expected one such as 250ms");

    [GeneratedRegex("""(?<key>[A-Za-z_][\w.\-/]*)=(?:"(?<quoted>[^"]*)"|(?<plain>[^\s"]+))""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pair();
}
