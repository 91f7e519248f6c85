using System.Text;

namespace Fairway.Resources.CustomResources;

/// <summary>Paths such as <c>.spec.color</c> and <c>['a.b']</c>, followed through a schema, with kube-apiserver's words for those that lead nowhere.</summary>
internal static class SchemaPaths
{
    private const string Nowhere = "does not refer to a valid field";

    private const string Ended = "unexpected end of JSON path";

    /// <summary>What is wrong with a path, or null with the schema that it leads to.</summary>
    /// <param name="path">The path.</param>
    /// <param name="schema">Where it begins.</param>
    /// <param name="allowsBrackets">Members may be written in brackets.</param>
    /// <param name="found">The schema at its end.</param>
    public static string? Problem(string path, JsonSchema schema, bool allowsBrackets, out JsonSchema? found)
    {
        found = schema;
        using IEnumerator<string> tokens = Tokens(path).GetEnumerator();
        while (tokens.MoveNext())
        {
            string? problem = tokens.Current switch
            {
                "[" => allowsBrackets ? Bracket(tokens, ref found) : "array notation is not allowed",
                "." => tokens.MoveNext() ? Step(tokens.Current, ref found) : Ended,
                var other => $"expected [ or . but got: {other}",
            };
            if (problem is not null)
            {
                return problem;
            }
        }

        return null;
    }

    private static string? Bracket(IEnumerator<string> tokens, ref JsonSchema? found)
    {
        if (!tokens.MoveNext())
        {
            return Ended;
        }

        string quoted = tokens.Current;
        if (quoted.Length < 2 || quoted[0] != '\'' || quoted[^1] != '\'')
        {
            return $"expected single quoted string but got {quoted}";
        }

        if (Unescape(quoted[1..^1], out string name) is { } broken)
        {
            return broken;
        }

        return Step(name, ref found) is { } problem ? problem
            : !tokens.MoveNext() ? Ended
            : tokens.Current != "]" ? $"expected ] but got {tokens.Current}"
            : null;
    }

    private static string? Step(string name, ref JsonSchema? found)
    {
        JsonSchema? next = found is null ? null
            : found.Properties.Count > 0 ? found.Properties.GetValueOrDefault(name)
            : found.AdditionalProperties;
        if (next is null)
        {
            return Nowhere;
        }

        found = next;
        return null;
    }

    private static string? Unescape(string text, out string plain)
    {
        var output = new StringBuilder(text.Length);
        plain = "";
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                output.Append(text[i]);
                continue;
            }

            int at = "abfnrtv'\\".IndexOf(text[++i], StringComparison.Ordinal);
            if (at < 0)
            {
                return $"invalid string literal: invalid escape char \\{text[i]}";
            }

            output.Append("\a\b\f\n\r\t\v'\\"[at]);
        }

        plain = output.ToString();
        return null;
    }

    /// <summary>Dots and brackets by themselves, quoted texts, and what is between.</summary>
    private static IEnumerable<string> Tokens(string path)
    {
        for (int start = 0; start < path.Length;)
        {
            int end = start + 1;
            if (path[start] == '\'')
            {
                while (end < path.Length && !(path[end] == '\'' && path[end - 1] != '\\'))
                {
                    end++;
                }

                end = Math.Min(path.Length, end + 1);
            }
            else if (path[start] is not ('.' or '[' or ']'))
            {
                while (end < path.Length && path[end] is not ('.' or '[' or ']'))
                {
                    end++;
                }
            }

            yield return path[start..end];
            start = end;
        }
    }
}
