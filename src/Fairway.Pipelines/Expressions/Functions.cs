using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using static Fairway.Pipelines.Expressions.ExpressionValue;

namespace Fairway.Pipelines.Expressions;

/// <summary>The functions that every expression has.</summary>
internal static class Functions
{
    // A few short expressions can ask for any amount of text; this is what a run's memory is worth.
    private const int MaxText = 10 * 1024 * 1024;

    private static readonly FrozenDictionary<string, Func<ExpressionValue[], ExpressionValue>> All =
        new Dictionary<string, Func<ExpressionValue[], ExpressionValue>>
        {
            ["contains"] = Contains,
            ["startswith"] = args => Of(Primitive(args) && args[0].AsText().StartsWith(args[1].AsText(), StringComparison.OrdinalIgnoreCase)),
            ["endswith"] = args => Of(Primitive(args) && args[0].AsText().EndsWith(args[1].AsText(), StringComparison.OrdinalIgnoreCase)),
            ["format"] = Format,
            ["join"] = Join,
            ["tojson"] = args => Of(Limited(JsonText.Write(args[0]))),
            ["fromjson"] = args => JsonText.Read(args[0].AsText()),
            ["case"] = Case,
        }.ToFrozenDictionary(StringComparer.Ordinal);

    public static Func<ExpressionValue[], ExpressionValue>? Find(string lowerCaseName) => All.GetValueOrDefault(lowerCaseName);

    private static ExpressionValue Contains(ExpressionValue[] args) => args switch
    {
        [ArrayValue array, _] => Of(array.Items.Any(item => Coercion.AreEqual(item, args[1]))),
        [ObjectValue, _] => False,
        _ when Primitive(args) => Of(args[0].AsText().Contains(args[1].AsText(), StringComparison.OrdinalIgnoreCase)),
        _ => False,
    };

    private static ExpressionValue Join(ExpressionValue[] args)
    {
        string separator = args.Length > 1 && args[1] is not (ArrayValue or ObjectValue) ? args[1].AsText() : ",";
        return args[0] switch
        {
            ArrayValue array => Of(Limited(string.Join(separator, array.Items.Select(item => item.AsText())))),
            ObjectValue => Empty,
            _ => Of(args[0].AsText()),
        };
    }

    private static ExpressionValue Case(ExpressionValue[] args)
    {
        for (int i = 0; i + 1 < args.Length; i += 2)
        {
            if (args[i] is not BooleanValue predicate)
            {
                throw new ExpressionException("case predicate must evaluate to a boolean value", 0);
            }

            if (predicate.Value)
            {
                return args[i + 1];
            }
        }

        return args[^1];
    }

    private static ExpressionValue Format(ExpressionValue[] args)
    {
        string format = args[0].AsText();
        StringBuilder text = new();
        int at = 0;
        while (at < format.Length)
        {
            char c = format[at];
            if (c is not ('{' or '}'))
            {
                text.Append(c);
                at++;
            }
            else if (at + 1 < format.Length && format[at + 1] == c)
            {
                text.Append(c);
                at += 2;
            }
            else
            {
                int close = c == '{' ? format.IndexOf('}', at) : -1;
                text.Append(Argument(format, at, close, args));
                at = close + 1;
            }

            Limit(text.Length);
        }

        return Of(text.ToString());
    }

    private static string Argument(string format, int open, int close, ExpressionValue[] args)
    {
        if (close < 0 || !int.TryParse(format.AsSpan((open + 1)..close), NumberStyles.None, CultureInfo.InvariantCulture, out int index))
        {
            throw new ExpressionException($"The following format string is invalid: {format}", 0);
        }

        return index + 1 < args.Length
            ? args[index + 1].AsText()
            : throw new ExpressionException($"The following format string references more arguments than were supplied: {format}", 0);
    }

    private static bool Primitive(ExpressionValue[] args) => args.All(arg => arg is not (ArrayValue or ObjectValue));

    private static string Limited(string text)
    {
        Limit(text.Length);
        return text;
    }

    private static void Limit(int length)
    {
        if (length > MaxText)
        {
            throw new ExpressionException($"The result is longer than {MaxText} characters", 0);
        }
    }
}
