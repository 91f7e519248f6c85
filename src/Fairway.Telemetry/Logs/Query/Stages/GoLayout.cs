using System.Globalization;

namespace Fairway.Telemetry.Logs.Query.Stages;

/// <summary>Times written after Go's example: the second of January 2006, 15:04:05.</summary>
internal static class GoLayout
{
    private static readonly string[] Words =
    [
        "January", "Monday", "2006", "-07:00", "Z07:00", "-0700", "Z0700", "Jan", "Mon", "MST", "-07", "002", "01", "02", "03", "04", "05", "06", "15", "PM", "pm", "_2", "1", "2", "3", "4", "5",
    ];

    public static string Format(GoMoment moment, string layout)
    {
        DateTimeOffset time = moment.Time;
        var text = new System.Text.StringBuilder();
        for (int at = 0; at < layout.Length;)
        {
            if (Fraction(layout, at) is { } digits)
            {
                string nanoseconds = (((moment.Nanoseconds % GoDurations.Second) + GoDurations.Second) % GoDurations.Second).ToString("000000000", CultureInfo.InvariantCulture);
                string shown = nanoseconds[..Math.Min(digits.Length - 1, 9)];
                shown = digits[1] == '9' ? shown.TrimEnd('0') : shown;
                text.Append(shown.Length > 0 ? digits[..1] + shown : "");
                at += digits.Length;
                continue;
            }

            string? word = Array.Find(Words, one => layout.AsSpan(at).StartsWith(one, StringComparison.Ordinal));
            text.Append(word is null ? layout[at].ToString() : Part(time, word));
            at += word?.Length ?? 1;
        }

        return text.ToString();
    }

    /// <summary>A time in a text; the first moment of all when it is not of the form, as sprig gives it.</summary>
    public static GoMoment Parse(string layout, string text, TimeZoneInfo zone)
    {
        var found = new int[] { 1, 1, 1, 0, 0, 0 };
        long nanoseconds = 0;
        TimeSpan? offset = null;
        bool afternoon = false;
        int from = 0;
        for (int at = 0; at < layout.Length;)
        {
            // A fraction may stand in the text although the layout has none, after the seconds.
            if (Fraction(layout, at) is { } digits)
            {
                at += digits.Length;
                nanoseconds = ReadFraction(text, ref from);
                continue;
            }

            string? word = Array.Find(Words, one => layout.AsSpan(at).StartsWith(one, StringComparison.Ordinal));
            if (word is null)
            {
                if (from >= text.Length || text[from] != layout[at])
                {
                    return Zero;
                }

                from++;
                at++;
                continue;
            }

            at += word.Length;
            if (!Read(word, text, ref from, found, ref offset, ref afternoon))
            {
                return Zero;
            }

            if (word is "05" or "5" && Fraction(layout, at) is null)
            {
                nanoseconds = ReadFraction(text, ref from);
            }
        }

        if (from != text.Length || found[1] is < 1 or > 12 || found[2] < 1 || found[2] > DateTime.DaysInMonth(Math.Clamp(found[0], 1, 9999), found[1]) || found[3] > 23 || found[4] > 59 || found[5] > 59)
        {
            return Zero;
        }

        var local = new DateTime(Math.Clamp(found[0], 1, 9999), found[1], found[2], (found[3] % 12) + (afternoon ? 12 : found[3] >= 12 ? 12 : 0), found[4], found[5], DateTimeKind.Unspecified);
        TimeSpan difference = offset ?? zone.GetUtcOffset(local);
        return new GoMoment(((new DateTimeOffset(local, TimeSpan.Zero) - DateTimeOffset.UnixEpoch - difference).Ticks * 100) + nanoseconds, difference);
    }

    private static GoMoment Zero { get; } = new(-6_795_364_578_871_345_152, TimeSpan.Zero);

    private static string? Fraction(string layout, int at)
    {
        if (layout[at] is not ('.' or ',') || at + 1 >= layout.Length || layout[at + 1] is not ('0' or '9'))
        {
            return null;
        }

        int end = at + 1;
        while (end < layout.Length && layout[end] == layout[at + 1])
        {
            end++;
        }

        return end < layout.Length && char.IsAsciiDigit(layout[end]) ? null : layout[at..end];
    }

    private static long ReadFraction(string text, ref int from)
    {
        if (from >= text.Length || text[from] is not ('.' or ','))
        {
            return 0;
        }

        int start = ++from;
        while (from < text.Length && char.IsAsciiDigit(text[from]))
        {
            from++;
        }

        return from > start ? long.Parse(text[start..from].PadRight(9, '0')[..9], CultureInfo.InvariantCulture) : 0;
    }

    private static string Part(DateTimeOffset time, string word) => word switch
    {
        "Z07:00" => time.Offset == TimeSpan.Zero ? "Z" : time.ToString("zzz", CultureInfo.InvariantCulture),
        "Z0700" => time.Offset == TimeSpan.Zero ? "Z" : Plain(time),
        "-0700" => Plain(time),
        "-07:00" => time.ToString("zzz", CultureInfo.InvariantCulture),
        "-07" => time.ToString("zz", CultureInfo.InvariantCulture),
        "MST" => time.Offset == TimeSpan.Zero ? "UTC" : time.ToString("zz", CultureInfo.InvariantCulture),
        "002" => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        "_2" => time.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
        "pm" => time.ToString("tt", CultureInfo.InvariantCulture).ToLowerInvariant(),
        _ => time.ToString(
            word switch
            {
                "January" => "MMMM",
                "Monday" => "dddd",
                "2006" => "yyyy",
                "Jan" => "MMM",
                "Mon" => "ddd",
                "01" => "MM",
                "02" => "dd",
                "03" => "hh",
                "04" => "mm",
                "05" => "ss",
                "06" => "yy",
                "15" => "HH",
                "PM" => "tt",
                "1" => "%M",
                "2" => "%d",
                "3" => "%h",
                "4" => "%m",
                _ => "%s",
            },
            CultureInfo.InvariantCulture),
    };

    private static string Plain(DateTimeOffset time) => time.ToString("zzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal);

    private static bool Read(string word, string text, ref int from, int[] found, ref TimeSpan? offset, ref bool afternoon)
    {
        switch (word)
        {
            case "2006": return Digits(text, ref from, 4, 4, out found[0]);
            case "06":
                bool two = Digits(text, ref from, 2, 2, out found[0]);
                found[0] += found[0] >= 69 ? 1900 : 2000;
                return two;
            case "01": return Digits(text, ref from, 2, 2, out found[1]);
            case "1": return Digits(text, ref from, 1, 2, out found[1]);
            case "02": return Digits(text, ref from, 2, 2, out found[2]);
            case "2" or "_2":
                from += word == "_2" && from < text.Length && text[from] == ' ' ? 1 : 0;
                return Digits(text, ref from, 1, 2, out found[2]);
            case "15" or "03": return Digits(text, ref from, 2, 2, out found[3]);
            case "3": return Digits(text, ref from, 1, 2, out found[3]);
            case "04": return Digits(text, ref from, 2, 2, out found[4]);
            case "4": return Digits(text, ref from, 1, 2, out found[4]);
            case "05": return Digits(text, ref from, 2, 2, out found[5]);
            case "5": return Digits(text, ref from, 1, 2, out found[5]);
            case "PM" or "pm":
                afternoon = from + 2 <= text.Length && text.AsSpan(from, 2).Equals("PM", StringComparison.OrdinalIgnoreCase);
                from += 2;
                return from <= text.Length;
            case "January" or "Jan": return Name(word == "Jan" ? CultureInfo.InvariantCulture.DateTimeFormat.AbbreviatedMonthNames : CultureInfo.InvariantCulture.DateTimeFormat.MonthNames, text, ref from, out found[1]);
            case "Monday" or "Mon": return Name(word == "Mon" ? CultureInfo.InvariantCulture.DateTimeFormat.AbbreviatedDayNames : CultureInfo.InvariantCulture.DateTimeFormat.DayNames, text, ref from, out _);
            case "MST":
                int letters = from;
                while (from < text.Length && char.IsAsciiLetterUpper(text[from]))
                {
                    from++;
                }

                return from - letters is >= 3 and <= 5;
            default: return Offset(word, text, ref from, ref offset);
        }
    }

    private static bool Digits(string text, ref int from, int least, int most, out int value)
    {
        int start = from;
        while (from < text.Length && from - start < most && char.IsAsciiDigit(text[from]))
        {
            from++;
        }

        value = from > start ? int.Parse(text.AsSpan(start, from - start), CultureInfo.InvariantCulture) : 0;
        return from - start >= least;
    }

    private static bool Name(string[] names, string text, ref int from, out int number)
    {
        for (int index = 0; index < names.Length; index++)
        {
            if (names[index].Length > 0 && text.AsSpan(from).StartsWith(names[index], StringComparison.OrdinalIgnoreCase))
            {
                from += names[index].Length;
                number = index + 1;
                return true;
            }
        }

        number = 0;
        return false;
    }

    private static bool Offset(string word, string text, ref int from, ref TimeSpan? offset)
    {
        if (word[0] == 'Z' && from < text.Length && text[from] == 'Z')
        {
            from++;
            offset = TimeSpan.Zero;
            return true;
        }

        if (from >= text.Length || text[from] is not ('+' or '-'))
        {
            return false;
        }

        int sign = text[from++] == '-' ? -1 : 1;
        int minutes = 0;
        if (!Digits(text, ref from, 2, 2, out int hours))
        {
            return false;
        }

        if (word.Length > 3)
        {
            if (word.Contains(':', StringComparison.Ordinal) && (from >= text.Length || text[from++] != ':'))
            {
                return false;
            }

            if (!Digits(text, ref from, 2, 2, out minutes))
            {
                return false;
            }
        }

        offset = TimeSpan.FromMinutes(sign * ((hours * 60) + minutes));
        return true;
    }
}
