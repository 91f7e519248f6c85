using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Fairway.Pipelines.Execution;

/// <summary>Finds files by patterns as actions take them: <c>**</c>, <c>*</c>, <c>?</c>, <c>[]</c>, <c>!</c> takes out, a directory means all in it.</summary>
internal static class FileGlob
{
    private const int MaxFiles = 100_000;

    /// <summary>Files below the root (or at absolute paths) that the patterns take, in ordinal order, without following links to directories.</summary>
    /// <exception cref="IOException">There are too many.</exception>
    public static IReadOnlyList<string> Find(string root, IEnumerable<string> patterns, bool hidden = true)
    {
        SortedSet<string> found = new(StringComparer.Ordinal);
        foreach (string raw in patterns)
        {
            bool exclude = raw.StartsWith('!');
            string pattern = Path.GetFullPath(Path.Combine(root, Home(exclude ? raw[1..].Trim() : raw)));
            if (exclude)
            {
                Regex regex = Compile(pattern);
                found.RemoveWhere(path => regex.IsMatch(path));
            }
            else
            {
                found.UnionWith(Matches(pattern, hidden, root));
            }

            if (found.Count > MaxFiles)
            {
                throw new IOException($"The patterns take more than {MaxFiles} files.");
            }
        }

        return [.. found];
    }

    /// <summary>The deepest directory that all files are in, as upload-artifact roots them: for one pattern without wildcards, that directory.</summary>
    public static string CommonDirectory(string root, IReadOnlyList<string> patterns, IReadOnlyList<string> files)
    {
        string[] bases = [.. patterns.Where(pattern => !pattern.StartsWith('!')).Select(pattern => FixedPart(Path.GetFullPath(Path.Combine(root, Home(pattern)))))
            .Select(path => File.Exists(path) ? Path.GetDirectoryName(path)! : path)];
        if (bases.Length == 0 || files.Count == 0)
        {
            return root;
        }

        string common = bases[0];
        while (bases.Any(path => !IsBelow(path, common)))
        {
            common = Path.GetDirectoryName(common) ?? "/";
        }

        return common;
    }

    /// <summary>SHA-256 over the SHA-256 of each file in order, as <c>hashFiles</c> gives it; empty when no file is there.</summary>
    public static string Hash(string root, IEnumerable<string> patterns)
    {
        using IncrementalHash all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        bool any = false;
        foreach (string file in Find(root, patterns).Where(file => IsBelow(file, root)))
        {
            using FileStream stream = File.OpenRead(file);
            all.AppendData(SHA256.HashData(stream));
            any = true;
        }

        return any ? Convert.ToHexStringLower(all.GetHashAndReset()) : "";
    }

    public static bool IsBelow(string path, string directory)
        => (path.TrimEnd('/') + "/").StartsWith(directory.TrimEnd('/') + "/", StringComparison.Ordinal);

    private static string Home(string pattern)
        => pattern == "~" || pattern.StartsWith("~/", StringComparison.Ordinal)
            ? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + pattern[1..]
            : pattern;

    private static IEnumerable<string> Matches(string pattern, bool hidden, string root)
    {
        string start = FixedPart(pattern);
        if (start == pattern.TrimEnd('/') && File.Exists(start))
        {
            return [start];
        }

        if (!Directory.Exists(start))
        {
            return [];
        }

        Regex regex = Compile(pattern);
        return Walk(new DirectoryInfo(start)).Where(path => regex.IsMatch(path) && (hidden || !IsHidden(path, root)));
    }

    private static IEnumerable<string> Walk(DirectoryInfo directory)
    {
        Stack<DirectoryInfo> open = new([directory]);
        EnumerationOptions flat = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = true };
        while (open.TryPop(out DirectoryInfo? next))
        {
            foreach (FileSystemInfo entry in next.EnumerateFileSystemInfos("*", flat))
            {
                if (entry is DirectoryInfo inner && !entry.Attributes.HasFlag(FileAttributes.ReparsePoint))
                {
                    open.Push(inner);
                }
                else if (entry is FileInfo)
                {
                    yield return entry.FullName;
                }
            }
        }
    }

    private static bool IsHidden(string path, string root)
        => Path.GetRelativePath(root, path).Split('/').Any(part => part.StartsWith('.') && part is not ("." or ".."));

    private static string FixedPart(string pattern)
    {
        string[] parts = pattern.Split('/');
        int wild = Array.FindIndex(parts, part => part.AsSpan().IndexOfAny('*', '?', '[') >= 0);
        string joined = string.Join('/', wild < 0 ? parts : parts[..wild]).TrimEnd('/');
        return joined.Length == 0 ? "/" : joined;
    }

    /// <summary>A path that matches, or anything below it.</summary>
    private static Regex Compile(string pattern)
    {
        StringBuilder regex = new(@"\A");
        string glob = pattern.TrimEnd('/');
        for (int i = 0; i < glob.Length; i++)
        {
            if (glob.AsSpan(i).StartsWith("**/"))
            {
                regex.Append("(?:.*/)?");
                i += 2;
            }
            else if (glob.AsSpan(i).StartsWith("**"))
            {
                regex.Append(".*");
                i++;
            }
            else
            {
                regex.Append(glob[i] switch
                {
                    '*' => "[^/]*",
                    '?' => "[^/]",
                    '[' or ']' => glob[i].ToString(),
                    char other => Regex.Escape(other.ToString()),
                });
            }
        }

        try
        {
            return new Regex(regex.Append(@"(?:/.*)?\z").ToString(), RegexOptions.NonBacktracking | RegexOptions.Singleline);
        }
        catch (ArgumentException wrong)
        {
            throw new IOException($"'{pattern}' is not a file pattern: {wrong.Message}", wrong);
        }
    }
}
