using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Fairway.Git;

/// <summary>Writes a tree to disk from two git processes: one lists, one streams the blobs.</summary>
internal static class TreeExport
{
    public static async Task WriteAsync(
        BareRepository repository, string commit, string? under, string target, ExportLimits limits, CancellationToken cancellation)
    {
        string root = Path.GetFullPath(target);
        Directory.CreateDirectory(root);
        if (Directory.EnumerateFileSystemEntries(root).Any())
        {
            throw new GitException($"The directory {root} is not empty.");
        }

        string prefix = under is { Length: > 0 } ? under.Trim('/') + "/" : "";
        if (prefix.Length > 0 && !BranchNames.IsTreePath(prefix.TrimEnd('/')))
        {
            throw new GitException($"'{under}' is not a path in a repository.");
        }

        IReadOnlyList<GitTreeEntry> entries = await repository.ListTreeAsync(commit, cancellation, prefix);
        GitTreeEntry[] files = [.. entries.Where(entry => entry.IsFile || entry.IsSymbolicLink)];
        Check(files, limits);
        await CopyAsync(repository, files, prefix, root, cancellation);
    }

    private static void Check(GitTreeEntry[] files, ExportLimits limits)
    {
        if (files.Length > limits.MaxFiles)
        {
            throw new GitException($"The tree has {files.Length} files; at most {limits.MaxFiles} are taken.");
        }

        long total = 0;
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (GitTreeEntry file in files)
        {
            if (!BranchNames.IsTreePath(file.Path) || !seen.Add(file.Path))
            {
                throw new GitException($"The path '{file.Path}' is not taken: it could be written outside its place or twice.");
            }

            if (file.Size > limits.MaxFileBytes)
            {
                throw new GitException($"'{file.Path}' has {file.Size} bytes; at most {limits.MaxFileBytes} are taken.");
            }

            total += file.Size ?? 0;
        }

        if (total > limits.MaxTotalBytes)
        {
            throw new GitException($"The tree has {total} bytes; at most {limits.MaxTotalBytes} are taken.");
        }
    }

    private static async Task CopyAsync(
        BareRepository repository, GitTreeEntry[] files, string prefix, string root, CancellationToken cancellation)
    {
        using Process git = repository.Git.Start(repository.Directory, ["cat-file", "--batch", "--buffer"]);
        try
        {
            Task feeding = FeedAsync(git, files, cancellation);
            Task<string> errors = git.StandardError.ReadToEndAsync(cancellation);
            using BufferedStream blobs = new(git.StandardOutput.BaseStream, 128 * 1024);
            List<(string Path, string Target)> links = [];
            foreach (GitTreeEntry file in files)
            {
                string path = file.Path[prefix.Length..];
                long size = await ReadHeaderAsync(blobs, file, cancellation);
                if (file.IsSymbolicLink)
                {
                    links.Add((path, await ReadLinkAsync(blobs, size, file.Path, cancellation)));
                }
                else
                {
                    await WriteFileAsync(blobs, size, Path.Combine(root, path), file.IsExecutable, cancellation);
                }

                _ = blobs.ReadByte();
            }

            await feeding;
            await errors;

            // Links come last, when no file can be written through one any more.
            foreach ((string path, string linkTarget) in links)
            {
                Link(root, path, linkTarget);
            }
        }
        finally
        {
            GitProgram.Kill(git);
        }
    }

    private static async Task FeedAsync(Process git, GitTreeEntry[] files, CancellationToken cancellation)
    {
        StringBuilder ids = new();
        foreach (GitTreeEntry file in files)
        {
            ids.Append(file.Sha).Append('\n');
        }

        await git.StandardInput.BaseStream.WriteAsync(Encoding.ASCII.GetBytes(ids.ToString()), cancellation);
        git.StandardInput.Close();
    }

    private static async Task<long> ReadHeaderAsync(BufferedStream blobs, GitTreeEntry file, CancellationToken cancellation)
    {
        StringBuilder line = new();
        byte[] one = new byte[1];
        while (await blobs.ReadAsync(one, cancellation) == 1 && one[0] != '\n')
        {
            line.Append((char)one[0]);
        }

        string[] fields = line.ToString().Split(' ');
        return fields.Length == 3 && fields[1] == "blob"
            ? long.Parse(fields[2], CultureInfo.InvariantCulture)
            : throw new GitException($"The content of '{file.Path}' cannot be read: {line}.");
    }

    private static async Task<string> ReadLinkAsync(BufferedStream blobs, long size, string path, CancellationToken cancellation)
    {
        if (size > 4096)
        {
            throw new GitException($"The symbolic link '{path}' is too long.");
        }

        byte[] bytes = new byte[size];
        await blobs.ReadExactlyAsync(bytes, cancellation);
        return Encoding.UTF8.GetString(bytes);
    }

    private static async Task WriteFileAsync(BufferedStream blobs, long size, string path, bool executable, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await using FileStream file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, useAsync: false);
        byte[] buffer = new byte[81920];
        long left = size;
        while (left > 0)
        {
            int read = await blobs.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), cancellation);
            if (read == 0)
            {
                throw new GitException($"git ended in the middle of '{path}'.");
            }

            await file.WriteAsync(buffer.AsMemory(0, read), cancellation);
            left -= read;
        }

        if (executable && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file.SafeFileHandle, (UnixFileMode)0b111_101_101);
        }
    }

    private static void Link(string root, string path, string linkTarget)
    {
        string link = Path.Combine(root, path);
        string resolved = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(link)!, linkTarget));
        if (Path.IsPathRooted(linkTarget) || !(resolved + "/").StartsWith(root.TrimEnd('/') + "/", StringComparison.Ordinal))
        {
            throw new GitException($"The symbolic link '{path}' points out of the repository ({linkTarget}) and is not taken.");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        File.CreateSymbolicLink(link, linkTarget);
    }
}
