using System.Globalization;
using System.Text.Json.Nodes;

namespace Fairway.Resources.CustomResources;

/// <summary>Numbers as Kubernetes reads them from JSON (whole numbers are integers) and prints them in messages.</summary>
internal static class GoNumbers
{
    public static double AsDouble(JsonValue value) => double.Parse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture);

    /// <summary>The value as an integer when it is written as one and fits 64 bits.</summary>
    public static long? AsInteger(JsonValue value)
        => long.TryParse(value.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) ? whole : null;

    /// <summary>A number in a message: integers as they are, the rest as <see cref="Print(double)"/>.</summary>
    public static string Print(JsonValue value) => AsInteger(value) is { } whole ? whole.ToString(CultureInfo.InvariantCulture) : Print(AsDouble(value));

    /// <summary>A float as Go's <c>%v</c> prints it: the shortest digits, with an exponent below 1e-4 and from 1e+06 on.</summary>
    public static string Print(double value)
    {
        if (value == 0)
        {
            return "0";
        }

        (string digits, int exponent) = Parts(Math.Abs(value));
        string sign = value < 0 ? "-" : "";
        if (exponent is < -4 or >= 6)
        {
            string mantissa = digits.Length > 1 ? $"{digits[..1]}.{digits[1..]}" : digits;
            return $"{sign}{mantissa}e{(exponent < 0 ? "-" : "+")}{Math.Abs(exponent):00}";
        }

        return exponent < 0 ? $"{sign}0.{new string('0', -exponent - 1)}{digits}"
            : digits.Length <= exponent + 1 ? sign + digits.PadRight(exponent + 1, '0')
            : $"{sign}{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
    }

    /// <summary>Writes every number of a tree as Go does, in place: floats that are whole lose their point (<c>1.0</c> is <c>1</c>).</summary>
    public static void Canonicalize(JsonNode value)
    {
        if (value is JsonObject members)
        {
            List<(string, JsonValue)>? changed = null;
            foreach ((string name, JsonNode? member) in members)
            {
                if (member is JsonValue scalar)
                {
                    if (Canonical(scalar) is { } plain)
                    {
                        (changed ??= []).Add((name, plain));
                    }
                }
                else if (member is not null)
                {
                    Canonicalize(member);
                }
            }

            changed?.ForEach(each => members[each.Item1] = each.Item2);
        }
        else if (value is JsonArray items)
        {
            for (int i = 0; i < items.Count; i++)
            {
                if (items[i] is JsonValue scalar)
                {
                    if (Canonical(scalar) is { } plain)
                    {
                        items[i] = plain;
                    }
                }
                else if (items[i] is { } item)
                {
                    Canonicalize(item);
                }
            }
        }
    }

    /// <summary>A float as Go writes it; null where the value is written so already.</summary>
    public static JsonValue? Canonical(JsonValue value)
    {
        if (value.GetValueKind() != System.Text.Json.JsonValueKind.Number)
        {
            return null;
        }

        string text = value.ToJsonString();
        if (AsInteger(value) is not null)
        {
            return null;
        }

        double number = AsDouble(value);
        string plain = double.IsFinite(number) ? Json(number) : text;
        return plain == text ? null : JsonNode.Parse(plain)!.AsValue();
    }

    /// <summary>A float as Go's JSON has it: without an exponent between 1e-6 and 1e21.</summary>
    private static string Json(double value)
    {
        double size = Math.Abs(value);
        if (size == 0)
        {
            return double.IsNegative(value) ? "-0" : "0";
        }

        (string digits, int exponent) = Parts(size);
        string sign = value < 0 ? "-" : "";
        if (size is < 1e-6 or >= 1e21)
        {
            string mantissa = digits.Length > 1 ? $"{digits[..1]}.{digits[1..]}" : digits;
            return exponent < 0 ? $"{sign}{mantissa}e-{-exponent}" : $"{sign}{mantissa}e+{exponent:00}";
        }

        return exponent < 0 ? $"{sign}0.{new string('0', -exponent - 1)}{digits}"
            : digits.Length <= exponent + 1 ? sign + digits.PadRight(exponent + 1, '0')
            : $"{sign}{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
    }

    /// <summary>Significant digits without trailing zeros, and the exponent of the first of them.</summary>
    private static (string Digits, int Exponent) Parts(double value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        int exponent = 0;
        int mark = text.IndexOf('E', StringComparison.Ordinal);
        if (mark >= 0)
        {
            exponent = int.Parse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            text = text[..mark];
        }

        int point = text.IndexOf('.', StringComparison.Ordinal);
        string all = text.Replace(".", "", StringComparison.Ordinal);
        string digits = all.TrimStart('0');
        exponent += (point < 0 ? all.Length : point) - 1 - (all.Length - digits.Length);
        return (digits.TrimEnd('0'), exponent);
    }
}
