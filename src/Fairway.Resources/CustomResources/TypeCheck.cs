using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.CustomResources;

/// <summary>The type of a value against the type and format of its schema.</summary>
internal static class TypeCheck
{
    public static void Run(JsonNode? value, JsonSchema schema, string path, Outcome outcome)
    {
        string[] types = schema.IntOrString ? ["integer", "string"] : schema.Type.Length > 0 ? [schema.Type] : [];
        string format = StringFormats.Known(schema.Format) is null ? "" : schema.Format;
        if (value is null)
        {
            if (types.Length > 0 && !schema.Nullable)
            {
                Refuse(path, string.Join(',', types), "null", outcome);
            }
            else
            {
                outcome.Matches++;
            }

            return;
        }

        if (types.Length == 0 && format.Length == 0)
        {
            return;
        }

        string actual = KubeJson.TypeOf(value);
        if (actual == "integer" && GoNumbers.AsInteger((JsonValue)value) is null)
        {
            actual = "number"; // too long for 64 bits: Go keeps it as a float
        }

        bool isNumberType = types.Contains("number") || types.Contains("integer");
        bool fits = types.Contains(actual)
            || (actual == "integer" && types.Contains("number"))
            || (actual == "number" && types.Contains("integer") && IsWhole((JsonValue)value));
        bool isTextOrList = value is JsonArray || value.GetValueKind() == JsonValueKind.String;
        if (!isTextOrList && format.Length > 0 && !fits)
        {
            Refuse(path, format, actual is "integer" ? "int64" : actual is "number" ? "float64" : "", outcome);
        }
        else if ((!isNumberType && format.Length > 0 && isTextOrList) || fits)
        {
            outcome.Matches += 2;
        }
        else
        {
            Refuse(path, string.Join(',', types), actual, outcome);
        }
    }

    private static void Refuse(string path, string wanted, string actual, Outcome outcome)
        => outcome.Add("FieldValueTypeInvalid", path, $"Invalid value: {KubeJson.Quote(actual)}: {path} in body must be of type {wanted}: {KubeJson.Quote(actual)}");

    private static bool IsWhole(JsonValue value)
    {
        double number = GoNumbers.AsDouble(value);
        return number == Math.Floor(number) && Math.Abs(number) <= 9007199254740991;
    }
}

/// <summary>Bounds and multiples. Whole numbers are compared as such, with the bound cut to a whole number.</summary>
internal static class NumberChecks
{
    // Beyond it a float cannot tell whole numbers apart.
    private const double MaxSafe = 9007199254740991;

    public static void Run(JsonValue value, JsonSchema schema, string path, Outcome outcome)
    {
        outcome.Matches += 2;
        long? whole = GoNumbers.AsInteger(value);
        double number = GoNumbers.AsDouble(value);
        if (schema.MultipleOf is { } factor && !IsMultiple(whole, number, factor, path, outcome))
        {
            outcome.AddInvalid(path, value, $"{path} in body should be a multiple of {Text(whole, factor)}");
        }

        if (schema.Minimum is { } least)
        {
            bool below = whole is { } w ? (schema.ExclusiveMinimum ? w <= (long)least : w < (long)least) : schema.ExclusiveMinimum ? number <= least : number < least;
            if (below)
            {
                outcome.AddInvalid(path, value, $"{path} in body should be greater than {(schema.ExclusiveMinimum ? "" : "or equal to ")}{Text(whole, least)}");
            }
        }

        if (schema.Maximum is { } most)
        {
            bool above = whole is { } w ? (schema.ExclusiveMaximum ? w >= (long)most : w > (long)most) : schema.ExclusiveMaximum ? number >= most : number > most;
            if (above)
            {
                outcome.AddInvalid(path, value, $"{path} in body should be less than {(schema.ExclusiveMaximum ? "" : "or equal to ")}{Text(whole, most)}");
            }
        }
    }

    private static bool IsMultiple(long? whole, double number, double factor, string path, Outcome outcome)
    {
        if (factor <= 0 || (whole is not null && (long)factor <= 0))
        {
            outcome.AddInvalid(path, whole is null ? JsonValue.Create(factor) : JsonValue.Create((long)factor), $"factor MultipleOf declared for {path} must be positive: {Text(whole, factor)}");
            return true;
        }

        if (whole is { } w)
        {
            return w % (long)factor == 0;
        }

        double quotient = factor < 1 ? 1 / factor * number : number / factor;
        return Math.Abs(quotient) <= MaxSafe && Math.Abs(quotient - Math.Round(quotient)) < 1e-9 * Math.Max(1, Math.Abs(quotient));
    }

    private static string Text(long? whole, double bound) => whole is null ? GoNumbers.Print(bound) : ((long)bound).ToString(System.Globalization.CultureInfo.InvariantCulture);
}
