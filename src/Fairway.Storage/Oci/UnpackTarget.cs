using System.Formats.Tar;

namespace Fairway.Storage;

/// <summary>The directory that a layer is unpacked into: decides for each entry where it goes, and refuses what leads elsewhere.</summary>
internal sealed class UnpackTarget(string root, UnpackLimits limits)
{
    private const string Whiteout = ".wh.";
    private const string Opaque = ".wh..wh..opq";
    private const UnixFileMode PlainBits = (UnixFileMode)0b111_111_111;
    private const UnixFileMode OwnerDirectory = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // What this layer made: an opaque whiteout hides only what lower layers brought.
    private readonly HashSet<string> _made = new(StringComparer.Ordinal);

    /// <summary>Unpacks one entry.</summary>
    /// <returns>false when it is of a kind that is skipped.</returns>
    public async Task<bool> TakeAsync(TarEntry entry, CancellationToken cancellation)
    {
        string[] parts = Parts(entry.Name, entry.Name);
        if (parts.Length == 0)
        {
            return true;
        }

        string parent = MakeParent(parts, entry.Name);
        string name = parts[^1];
        if (name.StartsWith(Whiteout, StringComparison.Ordinal))
        {
            Remove(parent, name, entry.Name);
            return true;
        }

        string path = Path.Combine(parent, name);
        _made.Add(path);
        switch (entry.EntryType)
        {
            case TarEntryType.Directory:
                MakeDirectory(path, entry.Mode);
                return true;
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                Clear(path);
                await WriteFileAsync(path, entry, cancellation);
                return true;
            case TarEntryType.SymbolicLink:
                Clear(path);
                File.CreateSymbolicLink(path, LinkTarget(parts, entry));
                return true;
            case TarEntryType.HardLink:
                CopyLinked(path, entry);
                return true;
            default:
                return false;
        }
    }

    /// <summary>The parts of a name below the root.</summary>
    private string[] Parts(string name, string entry)
    {
        if (name.Length > limits.MaxPathLength || name.Contains('\0', StringComparison.Ordinal))
        {
            throw Refuse(entry, "its name is too long or has a zero byte");
        }

        string[] parts = [.. name.Split('/').Where(part => part is not ("" or "."))];
        return Array.IndexOf(parts, "..") < 0 ? parts : throw Refuse(entry, "\"..\" leads out of the archive");
    }

    /// <summary>The directory that an entry goes into, step by step, so that no step can be a link.</summary>
    private string MakeParent(string[] parts, string entry)
    {
        string path = root;
        foreach (string part in parts.AsSpan(0, parts.Length - 1))
        {
            path = Path.Combine(path, part);
            var found = new FileInfo(path);
            if (found.LinkTarget is not null)
            {
                throw Refuse(entry, $"its path leads through the symbolic link {part}");
            }

            if (found.Exists)
            {
                throw Refuse(entry, $"its path leads through {part}, which is a file");
            }

            if (!Directory.Exists(path))
            {
                Directory.CreateDirectory(path);
                _made.Add(path);
            }
        }

        return path;
    }

    private void Remove(string parent, string whiteout, string entry)
    {
        if (whiteout == Opaque)
        {
            foreach (string path in Directory.EnumerateFileSystemEntries(parent).Where(path => !_made.Contains(path)).ToArray())
            {
                Clear(path);
            }

            return;
        }

        string name = whiteout[Whiteout.Length..];
        if (name is "" or "." or "..")
        {
            throw Refuse(entry, "it removes nothing that could have been unpacked");
        }

        Clear(Path.Combine(parent, name));
    }

    private static void MakeDirectory(string path, UnixFileMode mode)
    {
        if (new FileInfo(path) is { LinkTarget: not null } or { Exists: true })
        {
            File.Delete(path);
        }

        Directory.CreateDirectory(path);
        SetMode(path, mode | OwnerDirectory);
    }

    private static async Task WriteFileAsync(string path, TarEntry entry, CancellationToken cancellation)
    {
        // CreateNew: whatever stands there by now is not written to.
        await using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None))
        {
            if (entry.DataStream is { } content)
            {
                await content.CopyToAsync(file, cancellation);
            }
        }

        SetMode(path, entry.Mode | UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>Where a link leads, as a path relative to it that stays below the root.</summary>
    private string LinkTarget(string[] parts, TarEntry entry)
    {
        string link = entry.LinkName;
        if (link.Length == 0 || link.Length > limits.MaxPathLength || link.Contains('\0', StringComparison.Ordinal))
        {
            throw Refuse(entry.Name, "its link is empty or too long");
        }

        int depth = parts.Length - 1;
        if (link.StartsWith('/'))
        {
            string below = string.Join('/', Parts(link, entry.Name));
            string up = string.Concat(Enumerable.Repeat("../", depth));
            return up + below is { Length: > 0 } rewritten ? rewritten : ".";
        }

        foreach (string part in link.Split('/'))
        {
            depth += part switch { "" or "." => 0, ".." => -1, _ => 1 };
            if (depth < 0)
            {
                throw Refuse(entry.Name, $"its link {link} leads out of the archive");
            }
        }

        return link;
    }

    private void CopyLinked(string path, TarEntry entry)
    {
        string[] parts = Parts(entry.LinkName, entry.Name);
        string source = root;
        foreach (string part in parts)
        {
            source = Path.Combine(source, part);
            if (new FileInfo(source).LinkTarget is not null)
            {
                throw Refuse(entry.Name, $"its link {entry.LinkName} leads through a symbolic link");
            }
        }

        if (!File.Exists(source))
        {
            throw Refuse(entry.Name, $"its link {entry.LinkName} is no file of the archive");
        }

        if (source != path)
        {
            Clear(path);
            File.Copy(source, path);
        }
    }

    /// <summary>Removes what stands at a path; a link itself, never what it leads to.</summary>
    private static void Clear(string path)
    {
        var found = new FileInfo(path);
        if (found.LinkTarget is not null || found.Exists)
        {
            File.Delete(path);
        }
        else if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    private static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode & PlainBits);
        }
    }

    private static InvalidDataException Refuse(string entry, string why) => new($"The archive's entry \"{entry}\" is refused: {why}.");
}
