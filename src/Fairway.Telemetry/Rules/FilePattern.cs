using System.Text;
using System.Text.RegularExpressions;

namespace Fairway.Telemetry.Rules;

/// <summary>Files by a pattern with <c>*</c>, <c>?</c> and <c>[a-z]</c> in any part of the path.</summary>
public static class FilePattern
{
    /// <summary>The files, in order; none when the pattern matches nothing.</summary>
    public static List<string> Find(string pattern)
    {
        if (!HasMagic(pattern))
        {
            return File.Exists(pattern) ? [pattern] : [];
        }

        string directory = Path.GetDirectoryName(pattern) ?? string.Empty;
        Regex name = NamePattern(Path.GetFileName(pattern));
        IEnumerable<string> directories = !HasMagic(directory) ? [directory] : FindDirectories(directory);
        var found = new List<string>();
        foreach (string one in directories)
        {
            string searched = one.Length == 0 ? "." : one;
            if (Directory.Exists(searched))
            {
                found.AddRange(Directory.EnumerateFiles(searched).Where(file => name.IsMatch(Path.GetFileName(file))).Select(file => one.Length == 0 ? Path.GetFileName(file) : file).Order(StringComparer.Ordinal));
            }
        }

        return found;
    }

    private static List<string> FindDirectories(string pattern)
    {
        string parent = Path.GetDirectoryName(pattern) ?? string.Empty;
        IEnumerable<string> parents = HasMagic(parent) ? FindDirectories(parent) : [parent];
        Regex name = NamePattern(Path.GetFileName(pattern));
        return [.. parents.Select(one => one.Length == 0 ? "." : one).Where(Directory.Exists).SelectMany(Directory.EnumerateDirectories).Where(one => name.IsMatch(Path.GetFileName(one))).Order(StringComparer.Ordinal)];
    }

    private static bool HasMagic(string text) => text.AsSpan().IndexOfAny('*', '?', '[') >= 0;

    private static Regex NamePattern(string glob)
    {
        var pattern = new StringBuilder("^");
        foreach (char one in glob)
        {
            pattern.Append(one switch
            {
                '*' => "[^/]*",
                '?' => "[^/]",
                '[' or ']' or '^' or '-' => one.ToString(),
                _ => Regex.Escape(one.ToString()),
            });
        }

        return new Regex(pattern.Append('$').ToString(), RegexOptions.NonBacktracking);
    }
}
