using Fairway.Node.Runtimes.Process;

namespace Fairway.Node.Volumes;

/// <summary>A file of a volume.</summary>
/// <param name="Content">Its bytes.</param>
/// <param name="Mode">Its permissions.</param>
internal sealed record VolumeFile(byte[] Content, UnixFileMode Mode);

/// <summary>
/// Writes files so that a reader sees all of the old ones or all of the new ones, never a mixture: (1) the new files are
/// written to a fresh directory beside, (2) the link <c>..data</c> is switched to it by one rename, (3) the visible names, which
/// are links through <c>..data</c>, are added and removed, (4) the old directory goes.
/// </summary>
internal static class AtomicDirectory
{
    private const string Data = "..data";

    /// <summary>Writes the files if they differ from what is there.</summary>
    /// <param name="files">By path, relative and without <c>..</c>.</param>
    /// <param name="version">Names the fresh directory: unique in this volume.</param>
    /// <returns>Whether anything changed.</returns>
    /// <exception cref="IOException">A path leads outside.</exception>
    public static bool Write(string directory, IReadOnlyDictionary<string, VolumeFile> files, string version)
    {
        foreach (string path in files.Keys)
        {
            if (!IsInside(path))
            {
                throw new IOException($"\"{path}\" is not a path inside the volume");
            }
        }

        Directory.CreateDirectory(directory);
        string data = Path.Combine(directory, Data);
        string? old = new FileInfo(data).LinkTarget;
        if (old is not null && IsSame(Path.Combine(directory, old), files))
        {
            return false;
        }

        string fresh = Path.Combine(directory, ".." + version);
        foreach ((string path, VolumeFile file) in files)
        {
            string target = Path.Combine(fresh, path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using var stream = new FileStream(target, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = file.Mode,
            });
            stream.Write(file.Content);
            File.SetUnixFileMode(stream.SafeFileHandle, file.Mode);
        }

        Directory.CreateDirectory(fresh);
        string link = data + "_tmp";
        RootDirectory.Delete(link);
        File.CreateSymbolicLink(link, ".." + version);
        Native.Rename(link, data);
        ShowNames(directory, [.. files.Keys.Select(path => path.Split('/')[0])]);
        if (old is not null)
        {
            RootDirectory.Delete(Path.Combine(directory, old));
        }

        return true;
    }

    private static bool IsInside(string path)
        => path.Length > 0 && path[0] != '/' && path.Split('/').All(part => part.Length > 0 && part is not ("." or "..")) && !path.StartsWith("..", StringComparison.Ordinal);

    private static bool IsSame(string directory, IReadOnlyDictionary<string, VolumeFile> files)
    {
        if (!Directory.Exists(directory))
        {
            return false;
        }

        string[] there = [.. Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(directory, path))];
        return there.Length == files.Count && there.All(path
            => files.TryGetValue(path, out VolumeFile? file)
                && File.GetUnixFileMode(Path.Combine(directory, path)) == file.Mode
                && File.ReadAllBytes(Path.Combine(directory, path)).AsSpan().SequenceEqual(file.Content));
    }

    private static void ShowNames(string directory, HashSet<string> names)
    {
        foreach (string name in names)
        {
            string shown = Path.Combine(directory, name);
            if (new FileInfo(shown).LinkTarget is null)
            {
                File.CreateSymbolicLink(shown, $"{Data}/{name}");
            }
        }

        foreach (string path in Directory.EnumerateFileSystemEntries(directory))
        {
            string name = Path.GetFileName(path);
            if (!name.StartsWith("..", StringComparison.Ordinal) && !names.Contains(name))
            {
                File.Delete(path);
            }
        }
    }
}
