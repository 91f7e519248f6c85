using System.Text;

namespace Fairway.ApiServer.Tests.Conversations;

/// <summary>One request and what must come back.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Line">Where it stands in its file.</param>
/// <param name="ExpectedBody">JSON that the answer must contain, or be when <paramref name="IsExact"/>; text where it is no JSON.</param>
public sealed record Exchange(
    string Title,
    int Line,
    string Method,
    string Path,
    IReadOnlyList<(string Name, string Value)> Headers,
    string Body,
    int Code,
    bool IsExact,
    IReadOnlyList<(string Name, string Value)> ExpectedHeaders,
    string ExpectedBody);

/// <summary>
/// A file of exchanges, in order. An exchange begins with <c>### title</c>; then come method and path, headers, an empty line, the
/// body; then <c>--- code</c> (<c>--- code exact</c>: nothing else may be in the answer), expected headers, an empty line, the
/// expected body.
/// </summary>
public static class Conversation
{
    public static IReadOnlyList<Exchange> Parse(string text)
    {
        var exchanges = new List<Exchange>();
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        int at = 0;
        while (at < lines.Length)
        {
            if (lines[at].StartsWith("### ", StringComparison.Ordinal))
            {
                exchanges.Add(Read(lines, ref at));
            }
            else
            {
                at++;
            }
        }

        return exchanges;
    }

    private static Exchange Read(string[] lines, ref int at)
    {
        int begin = at + 1;
        string title = lines[at++][4..].Trim();
        string[] request = lines[at++].Split(' ', 2);
        List<(string, string)> headers = ReadHeaders(lines, ref at);
        string body = ReadBody(lines, ref at);
        string[] expected = lines[at++].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        List<(string, string)> expectedHeaders = ReadHeaders(lines, ref at);
        return new Exchange(
            title, begin, request[0], request[1].Trim(), headers, body, int.Parse(expected[1]), expected.Contains("exact"), expectedHeaders, ReadBody(lines, ref at));
    }

    private static List<(string Name, string Value)> ReadHeaders(string[] lines, ref int at)
    {
        var headers = new List<(string, string)>();
        while (at < lines.Length && lines[at].Length > 0 && !lines[at].StartsWith("---", StringComparison.Ordinal) && !lines[at].StartsWith("###", StringComparison.Ordinal))
        {
            int colon = lines[at].IndexOf(": ", StringComparison.Ordinal);
            headers.Add((lines[at][..colon], lines[at][(colon + 2)..]));
            at++;
        }

        return headers;
    }

    private static string ReadBody(string[] lines, ref int at)
    {
        var body = new StringBuilder();
        while (at < lines.Length && !lines[at].StartsWith("### ", StringComparison.Ordinal) && !lines[at].StartsWith("--- ", StringComparison.Ordinal))
        {
            body.Append(lines[at++]).Append('\n');
        }

        return body.ToString().Trim('\n');
    }
}
