namespace Fairway.Resources.Schemas;

/// <summary>What is wrong with a time, in the words of Go's time package, which reads the layout from left to right.</summary>
internal ref struct GoTime
{
    private const string Layout = "2006-01-02T15:04:05Z07:00";
    private const string MicroLayout = "2006-01-02T15:04:05.000000Z07:00";

    private readonly string _whole;
    private readonly string _layout;
    private ReadOnlySpan<char> _rest;
    private string? _problem;

    private GoTime(string text, bool isMicro)
    {
        _whole = text;
        _layout = isMicro ? MicroLayout : Layout;
        _rest = text;
    }

    /// <summary>Null for a time in RFC 3339.</summary>
    /// <param name="text">The time.</param>
    /// <param name="isMicro">Six digits of a second are expected (meta/v1 MicroTime).</param>
    public static string? Problem(string text, bool isMicro)
    {
        var time = new GoTime(text, isMicro);
        time.Read(isMicro);
        return time._problem;
    }

    private void Read(bool isMicro)
    {
        int year = Number("2006", 4, 0, 9999, "year");
        Letter("-");
        int month = Number("01", 2, 1, 12, "month");
        Letter("-");
        int day = Number("02", 2, 0, 99, "day");
        Letter("T");
        _ = _rest is [>= '0' and <= '9', not (>= '0' and <= '9'), ..] ? Number("15", 1, 0, 23, "hour") : Number("15", 2, 0, 23, "hour");
        Letter(":");
        _ = Number("04", 2, 0, 59, "minute");
        Letter(":");
        _ = Number("05", 2, 0, 59, "second");
        Fraction(isMicro);
        Zone();
        if (_problem is null && !_rest.IsEmpty)
        {
            Say($": extra text: {KubeJson.Quote(_rest.ToString())}");
        }

        if (_problem is null && (day < 1 || day > DateTime.DaysInMonth(Math.Clamp(year, 1, 9999), month)))
        {
            Say(": day out of range");
        }
    }

    private int Number(string element, int digits, int least, int most, string name)
    {
        if (_problem is not null)
        {
            return 0;
        }

        if (_rest.Length < digits || _rest[..digits].ContainsAnyExceptInRange('0', '9'))
        {
            Bad(element);
            return 0;
        }

        int value = int.Parse(_rest[..digits], System.Globalization.CultureInfo.InvariantCulture);
        _rest = _rest[digits..];
        if (value < least || value > most)
        {
            Say($": {name} out of range");
        }

        return value;
    }

    private void Letter(string letter)
    {
        if (_problem is null && !_rest.StartsWith(letter, StringComparison.Ordinal))
        {
            Bad(letter);
        }
        else if (_problem is null)
        {
            _rest = _rest[1..];
        }
    }

    private void Fraction(bool isMicro)
    {
        if (_problem is not null)
        {
            return;
        }

        int digits = _rest is ['.' or ',', ..] ? Digits(_rest[1..]) : 0;
        if (isMicro && digits < 6)
        {
            Bad(".000000");
        }
        else if (digits > 0)
        {
            _rest = _rest[(1 + (isMicro ? 6 : digits))..];
        }
    }

    private void Zone()
    {
        if (_problem is not null)
        {
            return;
        }

        if (_rest is ['Z', ..])
        {
            _rest = _rest[1..];
        }
        else if (_rest is ['+' or '-', >= '0' and <= '9', >= '0' and <= '9', ':', >= '0' and <= '9', >= '0' and <= '9', ..])
        {
            _rest = _rest[6..];
        }
        else
        {
            Bad("Z07:00");
        }
    }

    private static int Digits(ReadOnlySpan<char> text)
    {
        int end = text.IndexOfAnyExceptInRange('0', '9');
        return end < 0 ? text.Length : end;
    }

    private void Bad(string element)
        => _problem = $"parsing time {KubeJson.Quote(_whole)} as \"{_layout}\": cannot parse {KubeJson.Quote(_rest.ToString())} as \"{element}\"";

    private void Say(string what) => _problem = $"parsing time {KubeJson.Quote(_whole)}{what}";
}
