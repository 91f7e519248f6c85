namespace Fairway.Node.Runtimes.Process;

/// <summary>
/// Makes a container's own root directory from an unpacked image. Code (libraries and programs) is hard-linked, so that many
/// containers share its disk blocks and its page cache; everything else is copied, so that a container may change its files
/// in place without changing the image.
/// </summary>
internal static class RootDirectory
{
    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Copies the tree; the target must not exist. Symbolic links are copied as they are.</summary>
    public static void Create(string image, string target, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Directory.CreateDirectory(target);
        foreach (FileSystemInfo entry in new DirectoryInfo(image).EnumerateFileSystemInfos())
        {
            string to = Path.Combine(target, entry.Name);
            if (entry.LinkTarget is { } link)
            {
                File.CreateSymbolicLink(to, link);
            }
            else if (entry is DirectoryInfo)
            {
                Create(entry.FullName, to, cancellation);
            }
            else if (entry is FileInfo file && !(IsCode(file) && Native.TryLink(file.FullName, to)))
            {
                file.CopyTo(to);
                File.SetUnixFileMode(to, file.UnixFileMode | UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        }
    }

    /// <summary>
    /// Makes a mount visible: a symbolic link at its path. What the image has there gives way; parents that are missing are
    /// made, inside the root whatever links the image contains.
    /// </summary>
    public static void Mount(string root, ContainerMount mount)
    {
        string at = RootPath.Resolve(root, mount.MountPath, followLast: false);
        if (at.Length <= root.Length)
        {
            throw new ContainerException(
                ContainerFault.CannotCreate, $"mount path {mount.MountPath}: the process runtime cannot mount over the root directory");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(at)!);
        Delete(at);
        File.CreateSymbolicLink(at, mount.HostPath);
    }

    /// <summary>Deletes a file, link or tree, without following links. Gone already is fine.</summary>
    public static void Delete(string path)
    {
        if (new FileInfo(path) is { } file && (file.LinkTarget is not null || file.Exists))
        {
            File.Delete(path);
        }
        else if (Directory.Exists(path))
        {
            DeleteTree(new DirectoryInfo(path));
        }
    }

    private static void DeleteTree(DirectoryInfo directory)
    {
        // A container may have taken away its own permission to delete.
        directory.UnixFileMode |= UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        foreach (FileSystemInfo entry in directory.EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo child && entry.LinkTarget is null)
            {
                DeleteTree(child);
            }
            else
            {
                entry.Delete();
            }
        }

        directory.Delete();
    }

    private static bool IsCode(FileInfo file)
        => (file.UnixFileMode & AnyExecute) != UnixFileMode.None || file.Extension is ".dll" or ".so" or ".pdb" or ".exe";
}
