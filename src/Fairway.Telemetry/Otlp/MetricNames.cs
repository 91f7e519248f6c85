using System.Collections.Frozen;
using System.Text;

namespace Fairway.Telemetry.Otlp;

/// <summary>How names of OTLP metrics become names of Prometheus.</summary>
public enum OtlpTranslation
{
    /// <summary>Other characters become underscores; unit and type become suffixes. Prometheus' default.</summary>
    UnderscoreEscapingWithSuffixes,

    /// <summary>Other characters become underscores; no suffixes.</summary>
    UnderscoreEscapingWithoutSuffixes,

    /// <summary>Names stay; unit and type become suffixes.</summary>
    NoUtf8EscapingWithSuffixes,

    /// <summary>Names stay as they are.</summary>
    NoTranslation,
}

/// <summary>What a metric is, as far as its name is concerned.</summary>
internal enum OtlpMetricType
{
    Unknown,
    Gauge,
    Counter,
    UpDownCounter,
    Histogram,
    Summary,
}

/// <summary>The rules of the OpenTelemetry specification for names in Prometheus, as Prometheus applies them.</summary>
internal static class MetricNames
{
    private static readonly FrozenDictionary<string, string> Units = new Dictionary<string, string>
    {
        ["d"] = "days",
        ["h"] = "hours",
        ["min"] = "minutes",
        ["s"] = "seconds",
        ["ms"] = "milliseconds",
        ["us"] = "microseconds",
        ["ns"] = "nanoseconds",
        ["By"] = "bytes",
        ["KiBy"] = "kibibytes",
        ["MiBy"] = "mebibytes",
        ["GiBy"] = "gibibytes",
        ["TiBy"] = "tibibytes",
        ["KBy"] = "kilobytes",
        ["MBy"] = "megabytes",
        ["GBy"] = "gigabytes",
        ["TBy"] = "terabytes",
        ["m"] = "meters",
        ["V"] = "volts",
        ["A"] = "amperes",
        ["J"] = "joules",
        ["W"] = "watts",
        ["g"] = "grams",
        ["Cel"] = "celsius",
        ["Hz"] = "hertz",
        ["1"] = "",
        ["%"] = "percent",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> PerUnits = new Dictionary<string, string>
    {
        ["s"] = "second",
        ["m"] = "minute",
        ["h"] = "hour",
        ["d"] = "day",
        ["w"] = "week",
        ["mo"] = "month",
        ["y"] = "year",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>A metric's name; null with the reason when nothing valid is left.</summary>
    public static string? Metric(string name, string unit, OtlpMetricType type, OtlpTranslation translation, out string? problem)
    {
        problem = null;
        if (translation is OtlpTranslation.NoTranslation)
        {
            return name.Length > 0 ? name : Empty(name, out problem);
        }

        if (translation is OtlpTranslation.NoUtf8EscapingWithSuffixes)
        {
            return name.Length > 0 ? WithSuffixes(name, unit, type) : Empty(name, out problem);
        }

        string result = translation is OtlpTranslation.UnderscoreEscapingWithSuffixes
            ? Normalized(name, unit, type)
            : Digit(string.Join('_', Split(name, static one => !IsMetricCharacter(one) && one != '_')));
        if (result.Length == 0)
        {
            return Empty(name, out problem);
        }

        if (result != name && result.All(one => one == '_'))
        {
            problem = $"normalization for metric \"{name}\" resulted in invalid name \"{result}\"";
            return null;
        }

        return result;
    }

    /// <summary>An attribute's name as a label; null when nothing valid is left.</summary>
    public static string? Label(string key, OtlpTranslation translation)
    {
        if (key.Length == 0 || (translation is OtlpTranslation.NoTranslation or OtlpTranslation.NoUtf8EscapingWithSuffixes))
        {
            return key.Length == 0 || key.All(one => one == '_') ? null : key;
        }

        var label = new StringBuilder(key.Length + 4);
        foreach (Rune rune in key.EnumerateRunes())
        {
            label.Append(rune.IsAscii && char.IsAsciiLetterOrDigit((char)rune.Value) ? (char)rune.Value : '_');
        }

        if (char.IsAsciiDigit(label[0]))
        {
            label.Insert(0, "key_");
        }
        else if (label[0] == '_' && (label.Length == 1 || label[1] != '_'))
        {
            label.Insert(0, "key");
        }

        string result = label.ToString();
        return result.All(one => one == '_') ? null : result;
    }

    /// <summary>A unit in Prometheus' words, for metadata.</summary>
    public static string Unit(string unit)
    {
        (string main, string per) = Suffixes(unit);
        (main, per) = (Clean(main), Clean(per));
        return (main.Length > 0 && per.Length > 0 ? main + "_" + per : main + per).Trim('_');
    }

    private static string? Empty(string name, out string? problem)
    {
        problem = $"normalization for metric \"{name}\" resulted in empty name";
        return null;
    }

    private static string Normalized(string name, string unit, OtlpMetricType type)
    {
        List<string> tokens = [.. Split(name, static one => !IsMetricCharacter(one))];
        (string main, string per) = Suffixes(unit);
        AddUnits(tokens, Clean(main), Clean(per));
        if (type == OtlpMetricType.Counter)
        {
            tokens.RemoveAll(static token => token == "total");
            tokens.Add("total");
        }

        if (unit == "1" && type == OtlpMetricType.Gauge)
        {
            tokens.RemoveAll(static token => token == "ratio");
            tokens.Add("ratio");
        }

        return Digit(string.Join('_', tokens));
    }

    private static void AddUnits(List<string> tokens, string main, string per)
    {
        if (tokens.Contains(main))
        {
            main = "";
        }

        per = per == "per_" ? "" : per.EndsWith('_') ? per[..^1] : per;
        if (tokens.Contains(per))
        {
            per = "";
        }

        if (per.Length > 0 && main.EndsWith('_'))
        {
            main = main[..^1];
        }

        if (main.Length > 0)
        {
            tokens.Add(main);
        }

        if (per.Length > 0)
        {
            tokens.Add(per);
        }
    }

    private static string WithSuffixes(string name, string unit, OtlpMetricType type)
    {
        string end = "";
        if (unit == "1" && type == OtlpMetricType.Gauge)
        {
            name = Trim(name, "ratio");
            end = "_ratio";
        }

        if (type == OtlpMetricType.Counter)
        {
            name = Trim(name, "total");
            end = "_total";
        }

        (string main, string per) = Suffixes(unit);
        if (per.Length > 0)
        {
            name = Trim(name, per);
            end = "_" + per + end;
        }

        return (main.Length > 0 && !name.EndsWith(main, StringComparison.Ordinal) ? name + "_" + main : name) + end;
    }

    private static string Trim(string name, string suffix)
        => name.EndsWith(suffix, StringComparison.Ordinal) && name.Length > suffix.Length + 1 ? name[..^(suffix.Length + 1)] : name;

    private static (string Main, string Per) Suffixes(string unit)
    {
        string[] parts = unit.Split('/', 2);
        string main = parts[0].Trim();
        main = main.Length > 0 && !main.AsSpan().ContainsAny('{', '}') ? Units.GetValueOrDefault(main, main) : "";
        string per = parts.Length > 1 ? parts[1].Trim() : "";
        per = per.Length > 0 && !per.AsSpan().ContainsAny('{', '}') ? PerUnits.GetValueOrDefault(per, per) : "";
        return (main, per.Length > 0 ? "per_" + per : "");
    }

    /// <summary>Other characters become underscores, several become one, none begins.</summary>
    private static string Clean(string unit)
    {
        var clean = new StringBuilder(unit.Length);
        foreach (Rune rune in unit.EnumerateRunes())
        {
            char one = rune.IsAscii && IsMetricCharacter((char)rune.Value) ? (char)rune.Value : '_';
            if (one != '_' || clean.Length == 0 || clean[^1] != '_')
            {
                clean.Append(one);
            }
        }

        string result = clean.ToString();
        return result.StartsWith('_') ? result[1..] : result;
    }

    private static IEnumerable<string> Split(string name, Func<char, bool> separates)
    {
        var token = new StringBuilder();
        foreach (char one in name)
        {
            if (!separates(one))
            {
                token.Append(one);
            }
            else if (token.Length > 0)
            {
                yield return token.ToString();
                token.Clear();
            }
        }

        if (token.Length > 0)
        {
            yield return token.ToString();
        }
    }

    private static string Digit(string name) => name.Length > 0 && char.IsAsciiDigit(name[0]) ? "_" + name : name;

    private static bool IsMetricCharacter(char one) => char.IsAsciiLetterOrDigit(one) || one == ':';
}
