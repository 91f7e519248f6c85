using System.Globalization;
using Fairway.PromQL;
using Fairway.Telemetry.Logs.Query;
using Fairway.Telemetry.Prometheus;

namespace Fairway.Telemetry.Logs.Loki;

/// <summary>The parameters of Loki's API, with its rules and words.</summary>
internal sealed class LokiRequest(ApiRequest request, TimeProvider time)
{
    private const int MostPoints = 11_000;

    public string Query => request["query"];

    public string this[string name] => request[name];

    public IReadOnlyList<string> All(string name) => request.All(name);

    /// <summary>Now, in nanoseconds.</summary>
    public long Now => (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;

    /// <summary>Whether answers keep what is known of a line apart from its stream.</summary>
    public bool Categorized => request.Context.Request.Headers["X-Loki-Response-Encoding-Flags"].ToString().Contains("categorize-labels", StringComparison.Ordinal);

    /// <summary>Which lines come first.</summary>
    public bool NewestFirst => request["direction"].ToUpperInvariant() switch
    {
        "" or "BACKWARD" => true,
        "FORWARD" => false,
        _ => throw new LogQueryException($"invalid direction '{request["direction"]}'"),
    };

    /// <summary>The first and the last nanosecond; an hour when nothing is said.</summary>
    public (long From, long To) Bounds()
    {
        long since = 3600 * GoDurations.Second;
        if (request["since"] is { Length: > 0 } back && !GoDurations.TryParsePrometheus(back, out since, out string problem))
        {
            throw new LogQueryException($"could not parse 'since' parameter: {problem}");
        }

        long to = Moment("end", Now);
        return (Moment("start", Math.Min(to, Now) - since), to);
    }

    /// <summary>As <see cref="Bounds"/>, in this order.</summary>
    public (long From, long To) Range()
    {
        (long from, long to) = Bounds();
        return to < from ? throw new LogQueryException("end timestamp must not be before or equal to start time") : (from, to);
    }

    public long Moment(string name, long absent)
    {
        string text = request[name];
        if (text.Length == 0)
        {
            return absent;
        }

        if (text.Contains('.', StringComparison.Ordinal) && ApiTime.Number(text) is { } seconds)
        {
            double whole = Math.Truncate(seconds);
            return ((long)whole * GoDurations.Second) + (long)(Math.Round((seconds - whole) * 1000, MidpointRounding.AwayFromZero) / 1000 * 1e9);
        }

        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
        {
            return text.Length <= 10 ? number * GoDurations.Second : number;
        }

        return Rfc3339(text) ?? throw new LogQueryException(name is "start" or "end"
            ? $"could not parse '{name}' parameter: strconv.ParseInt: parsing {GoText.Quote(text)}: invalid syntax"
            : $"strconv.ParseInt: parsing {GoText.Quote(text)}: invalid syntax");
    }

    public int Limit(string name = "limit", int absent = 100)
    {
        string text = request[name];
        return text.Length == 0 ? absent
            : !int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int limit) ? throw new LogQueryException($"strconv.Atoi: parsing {GoText.Quote(text)}: invalid syntax")
            : limit > 0 ? limit
            : throw new LogQueryException("limit must be a positive value");
    }

    /// <summary>Between two points; a 250th of the range when nothing is said.</summary>
    public long Step(long from, long to)
    {
        long step = request["step"].Length == 0 ? Math.Max(GoDurations.Second, (to - from) / 250 / GoDurations.Second * GoDurations.Second) : Duration("step");
        return step <= 0 ? throw new LogQueryException("zero or negative query resolution step widths are not accepted. Try a positive integer")
            : (to - from) / step > MostPoints ? throw new LogQueryException("exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter")
            : step;
    }

    public long Interval()
    {
        long interval = request["interval"].Length == 0 ? 0 : Duration("interval");
        return interval >= 0 ? interval : throw new LogQueryException("interval must be >= 0");
    }

    private long Duration(string name)
    {
        string text = request[name];
        if (ApiTime.Number(text) is { } seconds)
        {
            double nanoseconds = seconds * 1e9;
            return nanoseconds is > long.MaxValue or < long.MinValue
                ? throw new LogQueryException($"cannot parse {GoText.Quote(text)} to a valid duration. It overflows int64")
                : (long)nanoseconds;
        }

        return GoDurations.TryParsePrometheus(text, out long duration, out _) ? duration : throw new LogQueryException($"cannot parse {GoText.Quote(text)} to a valid duration");
    }

    private static long? Rfc3339(string text)
    {
        int fraction = text.IndexOf('.', StringComparison.Ordinal);
        int end = fraction + 1;
        while (fraction > 0 && end < text.Length && char.IsAsciiDigit(text[end]))
        {
            end++;
        }

        string plain = fraction > 0 ? text[..fraction] + text[end..] : text;
        if (!DateTimeOffset.TryParseExact(plain, "yyyy-MM-dd'T'HH:mm:ssK", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset moment) || !plain.Contains('T', StringComparison.Ordinal))
        {
            return null;
        }

        long below = fraction > 0 ? long.Parse(text[(fraction + 1)..end].PadRight(9, '0')[..9], CultureInfo.InvariantCulture) : 0;
        return ((moment - DateTimeOffset.UnixEpoch).Ticks * 100) + below;
    }
}
