using System.Text;

namespace Fairway.Node.Configuration;

/// <summary>
/// <c>$(NAME)</c> in commands, arguments and values: replaced when the name is known, left as it is when not; <c>$$(NAME)</c>
/// stands for the text <c>$(NAME)</c>.
/// </summary>
internal static class VariableExpansion
{
    public static string Expand(string text, IReadOnlyDictionary<string, string> variables)
    {
        if (!text.Contains('$', StringComparison.Ordinal))
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '$' || i + 1 == text.Length)
            {
                result.Append(text[i]);
                continue;
            }

            char next = text[i + 1];
            if (next == '$')
            {
                result.Append('$');
                i++;
                continue;
            }

            int close = next == '(' ? text.IndexOf(')', i + 2) : -1;
            if (close < 0)
            {
                // Not a reference: the dollar and what follows stand for themselves.
                result.Append('$').Append(next);
                i++;
                continue;
            }

            string name = text[(i + 2)..close];
            result.Append(variables.TryGetValue(name, out string? value) ? value : $"$({name})");
            i = close;
        }

        return result.ToString();
    }
}
