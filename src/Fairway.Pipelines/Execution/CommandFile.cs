namespace Fairway.Pipelines.Execution;

/// <summary>
/// The files through which steps hand values on (<c>GITHUB_OUTPUT</c>, <c>GITHUB_ENV</c>, <c>GITHUB_STATE</c>): lines of
/// <c>name=value</c>, or <c>name&lt;&lt;END</c>, lines of the value, <c>END</c>.
/// </summary>
internal static class CommandFile
{
    /// <summary>The most that one file may hold, in characters.</summary>
    public const int MaxLength = 1024 * 1024;

    /// <exception cref="FormatException">A line is neither form, or a value has no end.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Parse(string text)
    {
        List<KeyValuePair<string, string>> values = [];
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].TrimEnd('\r');
            if (line.Length == 0)
            {
                continue;
            }

            int equals = line.IndexOf('=', StringComparison.Ordinal);
            int marker = line.IndexOf("<<", StringComparison.Ordinal);
            if (equals > 0 && (marker < 0 || equals < marker))
            {
                values.Add(KeyValuePair.Create(line[..equals], line[(equals + 1)..]));
            }
            else if (marker > 0 && marker + 2 < line.Length)
            {
                string delimiter = line[(marker + 2)..];
                int end = Array.FindIndex(lines, i + 1, candidate => candidate.TrimEnd('\r') == delimiter);
                if (end < 0)
                {
                    throw new FormatException($"Invalid value. Matching delimiter not found '{delimiter}'");
                }

                values.Add(KeyValuePair.Create(line[..marker], string.Join('\n', lines[(i + 1)..end].Select(part => part.TrimEnd('\r')))));
                i = end;
            }
            else
            {
                throw new FormatException($"Invalid format '{(line.Length <= 100 ? line : line[..100])}'");
            }
        }

        return values;
    }
}
