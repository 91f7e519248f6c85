using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Fairway.Telemetry.Logs.Pods;

/// <summary>What a line of text says of itself.</summary>
/// <param name="Level"><c>trace</c>, <c>debug</c>, <c>info</c>, <c>warn</c>, <c>error</c>, <c>critical</c>, <c>fatal</c>, or <c>unknown</c>: Loki's words.</param>
/// <param name="TraceId">A W3C trace id that it names in JSON or logfmt; null when there is none.</param>
internal readonly partial record struct LineFacts(string Level, string? TraceId)
{
    public const string Unknown = "unknown";
    private const int MostSearched = 512;
    private const int MatchMilliseconds = 250;
    private const int TraceIdLength = 32;

    /// <summary>Reads JSON and logfmt fields; of other text, the first word that names a level.</summary>
    public static LineFacts Of(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        ReadOnlySpan<char> text = line.AsSpan().TrimStart();
        if (text.StartsWith("{") && FromJson(line) is { } facts)
        {
            return facts;
        }

        string head = line.Length > MostSearched ? line[..MostSearched] : line;
        try
        {
            return FromText(head);
        }
        catch (RegexMatchTimeoutException)
        {
            // The machine is too busy for niceties: the line itself is kept all the same.
            return new LineFacts(Unknown, null);
        }
    }

    private static LineFacts FromText(string head)
    {
        string? level = null;
        string? trace = null;
        foreach (Match pair in Pair().Matches(head))
        {
            Note(pair.Groups["key"].Value, pair.Groups["value"].Value, ref level, ref trace);
        }

        return new LineFacts(level ?? FromWords(head), trace);
    }

    private static LineFacts? FromJson(string line)
    {
        string? level = null;
        string? trace = null;
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(line));
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string key = reader.GetString()!;
                reader.Read();
                switch (reader.TokenType)
                {
                    case JsonTokenType.String:
                        Note(key, reader.GetString()!, ref level, ref trace);
                        break;
                    case JsonTokenType.Number when IsLevelKey(key) && reader.TryGetInt32(out int number):
                        level ??= FromNumber(number);
                        break;
                    default:
                        reader.Skip();
                        break;
                }
            }
        }
        catch (JsonException)
        {
            // Cut, or no JSON after all.
            return level is null && trace is null ? null : new LineFacts(level ?? Unknown, trace);
        }

        return new LineFacts(level ?? Unknown, trace);
    }

    private static void Note(string key, string value, ref string? level, ref string? trace)
    {
        if (level is null && IsLevelKey(key))
        {
            level = Named(value);
        }
        else if (trace is null && IsTraceKey(key))
        {
            trace = TraceIdOf(value);
        }
    }

    private static bool IsLevelKey(string key) => key.ToUpperInvariant() is "LEVEL" or "LVL" or "SEVERITY" or "SEVERITY_TEXT" or "LOGLEVEL" or "LOG.LEVEL" or "LOG_LEVEL" or "@L";

    private static bool IsTraceKey(string key) => key.ToUpperInvariant() is "TRACE_ID" or "TRACEID" or "TRACE.ID" or "TRACE-ID" or "TRACE" or "TRACEPARENT" or "@TR" or "OTELTRACEID";

    /// <summary>An id by itself, or within a <c>traceparent</c>.</summary>
    private static string? TraceIdOf(string value)
    {
        string id = value.Length == 55 && value[2] == '-' && value[35] == '-' ? value.Substring(3, TraceIdLength) : value;
        return id.Length == TraceIdLength && id.All(char.IsAsciiHexDigit) && id.AsSpan().ContainsAnyExcept('0') ? id.ToLowerInvariant() : null;
    }

    /// <summary>The numbers of Bunyan and Pino.</summary>
    private static string? FromNumber(int number) => number switch
    {
        10 => "trace",
        20 => "debug",
        30 => "info",
        40 => "warn",
        50 => "error",
        60 => "fatal",
        _ => null,
    };

    private static string? Named(string word) => word.ToUpperInvariant() switch
    {
        "TRACE" or "TRC" or "TRCE" or "VERBOSE" => "trace",
        "DEBUG" or "DBG" or "DBUG" => "debug",
        "INFO" or "INF" or "INFORMATION" or "NOTICE" => "info",
        "WARN" or "WRN" or "WARNING" => "warn",
        "ERROR" or "ERR" or "EROR" or "FAIL" => "error",
        "CRITICAL" or "CRIT" => "critical",
        "FATAL" or "PANIC" or "ALERT" or "EMERGENCY" => "fatal",
        _ => null,
    };

    private static string FromWords(string line)
    {
        if (Klog().Match(line) is { Success: true } klog)
        {
            return klog.Value[0] switch { 'I' => "info", 'W' => "warn", 'E' => "error", _ => "fatal" };
        }

        return Word().Match(line) is { Success: true } word ? Named(word.Value) ?? Unknown : Unknown;
    }

    [GeneratedRegex("""(?<![^\s,])(?<key>[A-Za-z@_][\w.@-]{0,40})=(?:"(?<value>[^"]{0,64})"|(?<value>[^\s",]{1,64}))""", RegexOptions.CultureInvariant, MatchMilliseconds)]
    private static partial Regex Pair();

    [GeneratedRegex("^[IWEF][0-9]{4} [0-9]{2}:", RegexOptions.CultureInvariant, MatchMilliseconds)]
    private static partial Regex Klog();

    [GeneratedRegex(@"(?<![\w/.-])(?:trace|trce|debug|dbug|info|information|notice|warn|warning|error|err|fail(?=:)|critical|crit|fatal|panic)(?![\w/.-])", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchMilliseconds)]
    private static partial Regex Word();
}
