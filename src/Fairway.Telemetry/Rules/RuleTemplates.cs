using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Fairway.PromQL;
using Fairway.PromQL.Functions;
using Fairway.Telemetry.Templates;

namespace Fairway.Telemetry.Rules;

/// <summary>One element of a query's result inside a template.</summary>
internal sealed class TemplateSample(Sample sample) : TemplateObject
{
    public Dictionary<string, string> Labels { get; } = sample.Labels.Pairs.ToDictionary(StringComparer.Ordinal);

    public object Value => sample.Histogram is { } histogram ? histogram.ToString() : sample.Value;

    public override object? Member(string name, IReadOnlyList<object?> arguments) => name switch
    {
        "Labels" => Labels,
        "Value" => Value,
        _ => throw NoSuchField(name),
    };
}

/// <summary>Fills in labels and annotations of alerts, with the functions and variables that Prometheus offers.</summary>
/// <param name="query">Answers a query at a time.</param>
/// <param name="externalLabels">Labels of this server.</param>
/// <param name="externalUrl">Where this server is reached.</param>
internal sealed class RuleTemplates(
    Func<string, long, CancellationToken, IReadOnlyList<Sample>> query, IReadOnlyDictionary<string, string> externalLabels, string externalUrl)
{
    private static readonly FrozenSet<string> Known = new RuleTemplates(static (_, _, _) => [], new Dictionary<string, string>(), string.Empty)
        .Functions(0, CancellationToken.None).Keys.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Fills a text in; what goes wrong stands in the result, because an alert with a broken text is better than none.</summary>
    public string Expand(string rule, string text, Sample sample, long time, CancellationToken cancellation)
    {
        if (!text.Contains("{{", StringComparison.Ordinal))
        {
            return text;
        }

        Dictionary<string, string> labels = sample.Labels.Pairs.ToDictionary(StringComparer.Ordinal);
        object value = sample.Histogram is { } histogram ? histogram.ToString() : sample.Value;
        var data = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["Labels"] = labels,
            ["ExternalLabels"] = externalLabels,
            ["ExternalURL"] = externalUrl,
            ["Value"] = value,
        };
        var variables = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["$labels"] = labels,
            ["$externalLabels"] = externalLabels,
            ["$externalURL"] = externalUrl,
            ["$value"] = value,
        };
        try
        {
            return new Template(Functions(time, cancellation)).Expand(text, data, variables, escape: null, cancellation);
        }
        catch (Exception broken) when (broken is TemplateException or PromQLException or FormatException or RegexMatchTimeoutException)
        {
            return $"<error expanding template: error executing template __alert_{rule}: {broken.Message}>";
        }
    }

    /// <summary>Whether a text is a template; the problem begun with its line, or null.</summary>
    public static string? Check(string text) => TemplateParser.Problem(text, Known.Contains, ["$labels", "$externalLabels", "$externalURL", "$value"]);

    private Dictionary<string, TemplateFunction> Functions(long time, CancellationToken cancellation)
    {
        static string Text(IReadOnlyList<object?> arguments, int index) => TemplateBuiltins.Text(arguments, index);
        static double Number(IReadOnlyList<object?> arguments) => TemplateBuiltins.Number(arguments, 0);
        return new(StringComparer.Ordinal)
        {
            ["query"] = arguments => query(Text(arguments, 0), time, cancellation).Select(sample => new TemplateSample(sample)).ToList(),
            ["first"] = arguments => arguments[0] is List<TemplateSample> { Count: > 0 } list
                ? list[0]
                : throw new TemplateException("first() called on vector with no elements"),
            ["label"] = arguments => ((TemplateSample)arguments[1]!).Labels.GetValueOrDefault(Text(arguments, 0)) ?? string.Empty,
            ["value"] = arguments => ((TemplateSample)arguments[0]!).Value,
            ["strvalue"] = arguments => ((TemplateSample)arguments[0]!).Labels.GetValueOrDefault("__value__") ?? string.Empty,
            ["args"] = arguments => arguments.Select((value, i) => (value, i)).ToDictionary(one => $"arg{one.i}", one => one.value, StringComparer.Ordinal),
            ["sortByLabel"] = arguments => ((List<TemplateSample>)arguments[1]!).OrderBy(one => one.Labels.GetValueOrDefault(Text(arguments, 0)) ?? string.Empty, StringComparer.Ordinal).ToList(),
            ["reReplaceAll"] = arguments => Re2Pattern.Compile(Text(arguments, 0)).Replace(Text(arguments, 2), match => GoTemplate.Expand(Text(arguments, 1), match)),
            ["match"] = arguments => Re2Pattern.Compile(Text(arguments, 0)).IsMatch(Text(arguments, 1)),
            ["safeHtml"] = arguments => new SafeText(Text(arguments, 0)),
            ["title"] = arguments => TextFunctions.Title(Text(arguments, 0)),
            ["toUpper"] = arguments => Text(arguments, 0).ToUpperInvariant(),
            ["toLower"] = arguments => Text(arguments, 0).ToLowerInvariant(),
            ["graphLink"] = arguments => $"/graph?g0.expr={WebUtility.UrlEncode(Text(arguments, 0))}&g0.tab=0",
            ["tableLink"] = arguments => $"/graph?g0.expr={WebUtility.UrlEncode(Text(arguments, 0))}&g0.tab=1",
            ["stripPort"] = arguments => TextFunctions.StripPort(Text(arguments, 0)),
            ["stripDomain"] = arguments => TextFunctions.StripDomain(Text(arguments, 0)),
            ["humanize"] = arguments => Humane.Thousands(Number(arguments)),
            ["humanize1024"] = arguments => Humane.Binary(Number(arguments)),
            ["humanizeDuration"] = arguments => Humane.Duration(Number(arguments)),
            ["humanizePercentage"] = arguments => Humane.Four(Number(arguments) * 100) + "%",
            ["humanizeTimestamp"] = arguments => Humane.Timestamp(Number(arguments)),
            ["toTime"] = arguments => DateTimeOffset.FromUnixTimeMilliseconds((long)(Number(arguments) * 1000)),
            ["toDuration"] = arguments => TimeSpan.FromSeconds(Number(arguments)),
            ["now"] = _ => time / 1000.0,
            ["pathPrefix"] = _ => Uri.TryCreate(externalUrl, UriKind.Absolute, out Uri? uri) ? uri.AbsolutePath.TrimEnd('/') : string.Empty,
            ["externalURL"] = _ => externalUrl,
            ["parseDuration"] = arguments => TextFunctions.Seconds(Text(arguments, 0)),
            ["urlQueryEscape"] = arguments => WebUtility.UrlEncode(Text(arguments, 0)),
        };
    }
}

/// <summary>Functions on texts.</summary>
internal static class TextFunctions
{
    public static string Title(string text)
    {
        char[] letters = text.ToCharArray();
        for (int i = 0; i < letters.Length; i++)
        {
            bool starts = i == 0 || !(char.IsLetterOrDigit(letters[i - 1]) || letters[i - 1] == '\'');
            letters[i] = starts ? char.ToUpperInvariant(letters[i]) : letters[i];
        }

        return new string(letters);
    }

    public static string StripPort(string hostPort)
    {
        (string host, string port) = Split(hostPort);
        return port.Length > 0 ? host : hostPort;
    }

    public static string StripDomain(string hostPort)
    {
        (string host, string port) = Split(hostPort);
        if (IPAddress.TryParse(host, out _))
        {
            return hostPort;
        }

        string name = host.Split('.')[0];
        return port.Length > 0 ? $"{name}:{port}" : name;
    }

    public static double Seconds(string duration)
    {
        bool negative = duration.StartsWith('-');
        double seconds = Fairway.PromQL.Parsing.Durations.Parse(negative ? duration[1..] : duration).TotalSeconds;
        return negative ? -seconds : seconds;
    }

    private static (string Host, string Port) Split(string hostPort)
    {
        int colon = hostPort.LastIndexOf(':');
        bool isHostPort = colon > 0 && (hostPort.IndexOf(':', StringComparison.Ordinal) == colon || hostPort[colon - 1] == ']');
        return isHostPort ? (hostPort[..colon].Trim('[', ']'), hostPort[(colon + 1)..]) : (hostPort, string.Empty);
    }
}

/// <summary>Numbers for people.</summary>
internal static class Humane
{
    public static string Four(double value) => GoFormat.Float('g', 4, value);

    public static string Thousands(double value)
    {
        if (value == 0 || !double.IsFinite(value))
        {
            return Four(value);
        }

        string prefix = string.Empty;
        if (Math.Abs(value) >= 1)
        {
            foreach (string larger in (string[])["k", "M", "G", "T", "P", "E", "Z", "Y"])
            {
                if (Math.Abs(value) < 1000)
                {
                    break;
                }

                prefix = larger;
                value /= 1000;
            }

            return Four(value) + prefix;
        }

        foreach (string smaller in (string[])["m", "u", "n", "p", "f", "a", "z", "y"])
        {
            if (Math.Abs(value) >= 1)
            {
                break;
            }

            prefix = smaller;
            value *= 1000;
        }

        return Four(value) + prefix;
    }

    public static string Binary(double value)
    {
        if (Math.Abs(value) <= 1 || !double.IsFinite(value))
        {
            return Four(value);
        }

        string prefix = string.Empty;
        foreach (string larger in (string[])["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"])
        {
            if (Math.Abs(value) < 1024)
            {
                break;
            }

            prefix = larger;
            value /= 1024;
        }

        return Four(value) + prefix;
    }

    public static string Duration(double value)
    {
        if (!double.IsFinite(value) || value == 0)
        {
            return value == 0 ? "0s" : Four(value);
        }

        if (Math.Abs(value) < 1)
        {
            string prefix = string.Empty;
            foreach (string smaller in (string[])["m", "u", "n", "p", "f", "a", "z", "y"])
            {
                if (Math.Abs(value) >= 1)
                {
                    break;
                }

                prefix = smaller;
                value *= 1000;
            }

            return $"{Four(value)}{prefix}s";
        }

        string sign = value < 0 ? "-" : string.Empty;
        value = Math.Abs(value);
        long whole = (long)value;
        long seconds = whole % 60;
        long minutes = whole / 60 % 60;
        long hours = whole / 3600 % 24;
        long days = whole / 86400;
        return days > 0 ? $"{sign}{days}d {hours}h {minutes}m {seconds}s"
            : hours > 0 ? $"{sign}{hours}h {minutes}m {seconds}s"
            : minutes > 0 ? $"{sign}{minutes}m {seconds}s"
            : $"{sign}{Four(value)}s";
    }

    public static string Timestamp(double value)
        => !double.IsFinite(value) ? Four(value)
            : Math.Abs(value) > 62_135_596_800 ? throw new TemplateException($"{GoText.FormatGeneral(value)} cannot be represented as a timestamp")
            : GoFormat.Time(DateTimeOffset.UnixEpoch.AddTicks((long)(Math.Round(value * 1000, MidpointRounding.ToZero) * TimeSpan.TicksPerMillisecond)));
}
