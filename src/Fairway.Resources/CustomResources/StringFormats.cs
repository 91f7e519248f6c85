using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using System.Net.Mail;
using System.Text.RegularExpressions;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.CustomResources;

/// <summary>The <c>format</c>s of strings that Kubernetes checks in custom resources; every other format is ignored.</summary>
internal static partial class StringFormats
{
    private static readonly string[] LongUnits = ["nano", "micro", "milli", "sec", "min", "hour", "day", "week"];

    private static readonly FrozenDictionary<string, Func<string, bool>> Checks = new Dictionary<string, Func<string, bool>>(StringComparer.Ordinal)
    {
        ["bsonobjectid"] = static text => ObjectId().IsMatch(text),
        ["uri"] = IsRequestUri,
        ["email"] = static text => MailAddress.TryCreate(text, out MailAddress? address) && (address.Address == text || text.Contains('<', StringComparison.Ordinal)),
        ["hostname"] = IsHostName,
        ["ipv4"] = static text => IpV4().IsMatch(text),
        ["ipv6"] = static text => text.Contains(':', StringComparison.Ordinal) && !text.Contains('%', StringComparison.Ordinal) && !text.Contains('[', StringComparison.Ordinal) && IPAddress.TryParse(text, out _),
        ["cidr"] = IsCidr,
        ["mac"] = static text => Mac().IsMatch(text),
        ["uuid"] = static text => Uuid().IsMatch(text),
        ["uuid3"] = static text => Uuid3().IsMatch(text),
        ["uuid4"] = static text => Uuid4().IsMatch(text),
        ["uuid5"] = static text => Uuid5().IsMatch(text),
        ["isbn"] = static text => IsIsbn10(text) || IsIsbn13(text),
        ["isbn10"] = IsIsbn10,
        ["isbn13"] = IsIsbn13,
        ["creditcard"] = IsCreditCard,
        ["ssn"] = static text => text.Length == 11 && Ssn().IsMatch(text),
        ["hexcolor"] = static text => HexColor().IsMatch(text),
        ["rgbcolor"] = static text => RgbColor().IsMatch(text),
        ["byte"] = static text => text.Length > 0 && text.Length % 4 == 0 && Validation.IsBase64(text),
        ["password"] = static _ => true,
        ["date"] = static text => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        ["duration"] = IsDuration,
        ["datetime"] = IsDateTime,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The format under its plain name (<c>date-time</c> is <c>datetime</c>), or null when it is not checked.</summary>
    public static string? Known(string format)
    {
        string plain = format.Replace("-", "", StringComparison.Ordinal);
        return Checks.ContainsKey(plain) ? plain : null;
    }

    public static bool Matches(string known, string text) => Checks[known](text);

    private static bool IsHostName(string text)
    {
        static int Bytes(string part) => System.Text.Encoding.UTF8.GetByteCount(part);
        return HostName().IsMatch(text) && Bytes(text) <= 255 && text.Split('.').All(label => Bytes(label) <= 63);
    }

    private static bool IsCidr(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash > 0
            && (IpV4().IsMatch(text.AsSpan(0, slash)) || text.AsSpan(0, slash).Contains(':'))
            && IPAddress.TryParse(text.AsSpan(0, slash), out IPAddress? address)
            && int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int bits)
            && bits <= (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 32 : 128);
    }

    private static bool IsDateTime(string text)
        => DateTimeShape().IsMatch(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _);

    /// <summary>A Go duration, or a text in which some number is followed by the name of a unit (<c>3 weeks</c>, and <c>P1D</c> too).</summary>
    private static bool IsDuration(string text)
        => GoDuration.TryParse(text, out _) || AmountOfTime().Matches(text).Any(match => IsUnit(match.Groups["unit"].Value.ToLowerInvariant()));

    // The last name of each unit may go on: "weeks", "secondly".
    private static bool IsUnit(string unit)
        => unit is "ns" or "us" or "µs" or "ms" or "s" or "m" or "h" or "hr" or "d" or "w" or "wk"
            || Array.Exists(LongUnits, name => unit.StartsWith(name, StringComparison.Ordinal));

    /// <summary>What may follow the verb of a request: a path, or something with a scheme and without blanks.</summary>
    private static bool IsRequestUri(string text)
    {
        if (text.Length == 0 || text.AsSpan().ContainsAnyInRange('\0', ' ') || text.Contains('\x7f', StringComparison.Ordinal))
        {
            return text == "*";
        }

        return text[0] == '/' || text == "*" || UriScheme().IsMatch(text);
    }

    private static bool IsIsbn10(string text)
    {
        string plain = text.Replace("-", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
        if (!Isbn10().IsMatch(plain))
        {
            return false;
        }

        int sum = 0;
        for (int i = 0; i < 10; i++)
        {
            sum += (i + 1) * (plain[i] is 'X' or 'x' ? 10 : plain[i] - '0');
        }

        return sum % 11 == 0;
    }

    private static bool IsIsbn13(string text)
    {
        string plain = text.Replace("-", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
        return Isbn13().IsMatch(plain) && plain.Select((digit, index) => (digit - '0') * (index % 2 == 0 ? 1 : 3)).Sum() % 10 == 0;
    }

    private static bool IsCreditCard(string text)
    {
        string digits = string.Concat(text.Where(char.IsAsciiDigit));
        if (!CreditCard().IsMatch(digits))
        {
            return false;
        }

        int sum = 0;
        for (int i = 0; i < digits.Length; i++)
        {
            int digit = digits[^(i + 1)] - '0';
            sum += i % 2 == 0 ? digit : digit * 2 > 9 ? (digit * 2) - 9 : digit * 2;
        }

        return sum % 10 == 0;
    }

    [GeneratedRegex(@"\A[0-9a-fA-F]{24}\z", RegexOptions.None, 1000)]
    private static partial Regex ObjectId();

    [GeneratedRegex(@"\A0*(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(\.0*(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){3}\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex IpV4();

    // One label of any letters or symbols, or several of which the last has at least two letters.
    [GeneratedRegex(@"\A([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.))+([a-zA-Z\p{L}]){2,63})\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex HostName();

    [GeneratedRegex(@"\A(([0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}((:[0-9a-fA-F]{2}){2})?)|([0-9a-fA-F]{2}(-[0-9a-fA-F]{2}){5}((-[0-9a-fA-F]{2}){2})?)|([0-9a-fA-F]{4}(\.[0-9a-fA-F]{4}){2,3}))\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Mac();

    [GeneratedRegex(@"(?i)\A[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\z", RegexOptions.None, 1000)]
    private static partial Regex Uuid();

    [GeneratedRegex(@"(?i)\A[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}\z", RegexOptions.None, 1000)]
    private static partial Regex Uuid3();

    [GeneratedRegex(@"(?i)\A[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}\z", RegexOptions.None, 1000)]
    private static partial Regex Uuid4();

    [GeneratedRegex(@"(?i)\A[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}\z", RegexOptions.None, 1000)]
    private static partial Regex Uuid5();

    [GeneratedRegex(@"\A[0-9]{9}[0-9Xx]\z", RegexOptions.None, 1000)]
    private static partial Regex Isbn10();

    [GeneratedRegex(@"\A[0-9]{13}\z", RegexOptions.None, 1000)]
    private static partial Regex Isbn13();

    [GeneratedRegex(@"\A(4[0-9]{12}([0-9]{3})?|5[1-5][0-9]{14}|6(011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(0[0-5]|[68][0-9])[0-9]{11}|(2131|1800|35[0-9]{3})[0-9]{11})\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CreditCard();

    [GeneratedRegex(@"\A[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{4}\z", RegexOptions.None, 1000)]
    private static partial Regex Ssn();

    [GeneratedRegex(@"\A#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex HexColor();

    [GeneratedRegex(@"\Argb\(\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*\)\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex RgbColor();

    [GeneratedRegex(@"\A[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex DateTimeShape();

    [GeneratedRegex(@"\A[a-zA-Z][a-zA-Z0-9+.-]*:.", RegexOptions.None, 1000)]
    private static partial Regex UriScheme();

    [GeneratedRegex(@"(?<number>[0-9]{1,18})\s*(?<unit>[A-Za-zµ]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex AmountOfTime();
}
