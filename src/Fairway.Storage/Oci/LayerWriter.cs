using System.Formats.Tar;

namespace Fairway.Storage;

/// <summary>Writes a directory as the tar of a layer: sorted, owned by root, without times, with plain modes.</summary>
internal static class LayerWriter
{
    private const UnixFileMode DirectoryMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute |
        UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public static async Task WriteAsync(TarWriter tar, string source, string target, CancellationToken cancellation)
    {
        string root = Path.GetFullPath(source);
        string prefix = target.Trim('/');
        await WriteAncestorsAsync(tar, prefix, cancellation);
        foreach (string path in Entries(root))
        {
            string relative = Path.GetRelativePath(root, path).Replace('\\', '/');
            string name = prefix.Length == 0 ? relative : $"{prefix}/{relative}";
            await WriteEntryAsync(tar, root, path, name, cancellation);
        }
    }

    /// <summary>Everything below a directory in ordinal order of the paths; links are entries, never followed.</summary>
    private static IEnumerable<string> Entries(string root)
    {
        var options = new EnumerationOptions { AttributesToSkip = FileAttributes.None, RecurseSubdirectories = false, IgnoreInaccessible = false };
        foreach (string path in Directory.EnumerateFileSystemEntries(root, "*", options).Order(StringComparer.Ordinal))
        {
            yield return path;
            if (Directory.Exists(path) && new FileInfo(path).LinkTarget is null)
            {
                foreach (string below in Entries(path))
                {
                    yield return below;
                }
            }
        }
    }

    private static async Task WriteAncestorsAsync(TarWriter tar, string prefix, CancellationToken cancellation)
    {
        string path = "";
        foreach (string part in prefix.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            path += part + "/";
            await tar.WriteEntryAsync(Plain(new GnuTarEntry(TarEntryType.Directory, path), DirectoryMode), cancellation);
        }
    }

    private static async Task WriteEntryAsync(TarWriter tar, string root, string path, string name, CancellationToken cancellation)
    {
        if (new FileInfo(path).LinkTarget is { } link)
        {
            RequireInside(root, path, link);
            TarEntry entry = Plain(new GnuTarEntry(TarEntryType.SymbolicLink, name) { LinkName = link }, DirectoryMode);
            await tar.WriteEntryAsync(entry, cancellation);
        }
        else if (Directory.Exists(path))
        {
            await tar.WriteEntryAsync(Plain(new GnuTarEntry(TarEntryType.Directory, name + "/"), DirectoryMode), cancellation);
        }
        else
        {
            bool executable = !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & AnyExecute) != UnixFileMode.None;
            TarEntry entry = Plain(new GnuTarEntry(TarEntryType.RegularFile, name), executable ? FileMode | AnyExecute : FileMode);
            await using FileStream content = File.OpenRead(path);
            entry.DataStream = content;
            await tar.WriteEntryAsync(entry, cancellation);
        }
    }

    private static void RequireInside(string root, string path, string link)
    {
        string leadsTo = Path.GetFullPath(link, Path.GetDirectoryName(path)!);
        if (Path.IsPathRooted(link) || !(leadsTo + "/").StartsWith(root.TrimEnd('/') + "/", StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{path} is a link to {link}, which leads out of {root}: it cannot be in an image.");
        }
    }

    private static GnuTarEntry Plain(GnuTarEntry entry, UnixFileMode mode)
    {
        entry.Mode = mode;
        entry.ModificationTime = DateTimeOffset.UnixEpoch;
        entry.Uid = 0;
        entry.Gid = 0;
        entry.UserName = "";
        entry.GroupName = "";
        return entry;
    }
}
