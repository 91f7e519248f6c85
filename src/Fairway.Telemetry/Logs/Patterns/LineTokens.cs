using System.Text;

namespace Fairway.Telemetry.Logs.Patterns;

/// <summary>A line cut into words for mining: what certainly varies (numbers, ids) is a gap from the start. Pure.</summary>
internal static class LineTokens
{
    /// <summary>Stands for any text.</summary>
    public const string Gap = "<_>";

    private const int MostTokens = 80;
    private const int MostText = 3000;

    /// <summary>Cuts a line; the message of JSON lines alone, since its other fields are better asked by name.</summary>
    public static List<string> Of(string line)
    {
        string text = line.Length > MostText ? line[..MostText] : line;
        if (text.AsSpan().TrimStart().StartsWith("{"))
        {
            text = Message(text) ?? text;
        }

        var tokens = new List<string>();
        int at = 0;
        while (at < text.Length && tokens.Count < MostTokens)
        {
            while (at < text.Length && char.IsWhiteSpace(text[at]))
            {
                at++;
            }

            int start = at;
            at = End(text, at);
            if (at > start)
            {
                tokens.Add(Varies(text.AsSpan(start, at - start)) ? Masked(text[start..at]) : text[start..at]);
            }
        }

        return tokens;
    }

    /// <summary>The template of tokens; gaps that follow each other are one.</summary>
    public static string Text(IReadOnlyList<string> tokens)
    {
        var text = new StringBuilder();
        string before = "";
        foreach (string token in tokens)
        {
            if (token == Gap && before == Gap)
            {
                continue;
            }

            if (text.Length > 0)
            {
                text.Append(' ');
            }

            text.Append(token);
            before = token;
        }

        return text.ToString();
    }

    private static string? Message(string text)
    {
        string? message = null;
        Query.Stages.JsonScan.Members(text, (key, value, piece) =>
        {
            if (piece == Query.Stages.JsonPiece.Text && key is "message" or "msg" or "_msg" or "content" or "log" or "body" && piece == Query.Stages.JsonPiece.Text)
            {
                message = Query.Stages.JsonScan.Unescape(value);
            }

            return message is null;
        });
        return message;
    }

    /// <summary>To the next blank; a text in quotes after an equals sign is part of its word.</summary>
    private static int End(string text, int at)
    {
        bool quoted = false;
        for (; at < text.Length; at++)
        {
            if (text[at] == '"' && (quoted || (at > 0 && text[at - 1] is '=' or ':')))
            {
                quoted = !quoted;
            }
            else if (!quoted && char.IsWhiteSpace(text[at]))
            {
                break;
            }
        }

        return at;
    }

    private static bool Varies(ReadOnlySpan<char> token) => token.IndexOfAnyInRange('0', '9') >= 0;

    /// <summary>Keeps a key before an equals sign and the punctuation around a gap.</summary>
    private static string Masked(string token)
    {
        int equals = token.IndexOf('=', StringComparison.Ordinal);
        if (equals > 0 && !Varies(token.AsSpan(0, equals)))
        {
            return token[..(equals + 1)] + Gap;
        }

        int start = 0;
        while (start < token.Length && token[start] is '[' or '(' or '"' or '\'' or '{')
        {
            start++;
        }

        int end = token.Length;
        while (end > start && token[end - 1] is ']' or ')' or '"' or '\'' or '}' or ',' or ':' or ';' or '.')
        {
            end--;
        }

        return start == end ? token : token[..start] + Gap + token[end..];
    }
}
