namespace Fairway.Node.Runtimes.Process;

/// <summary>
/// Paths of a container mapped below its root directory as chroot would: <c>..</c> stops at the root, and an absolute symbolic
/// link starts again there, so no link in an image leads the platform's own writes outside.
/// </summary>
internal static class RootPath
{
    private const int MaxLinks = 40;

    /// <summary>
    /// The host path for a path of the container. Missing components are allowed (and cannot be links), so the result may not
    /// exist. The last component is followed too, unless <paramref name="followLast"/> is false.
    /// </summary>
    /// <exception cref="ContainerException">Symbolic links go in a circle.</exception>
    public static string Resolve(string root, string path, bool followLast = true)
    {
        var rest = new Stack<string>();
        Push(rest, path);
        var done = new List<string>();
        int links = 0;
        while (rest.TryPop(out string? part))
        {
            if (part == "..")
            {
                if (done.Count > 0)
                {
                    done.RemoveAt(done.Count - 1);
                }

                continue;
            }

            string here = Join(root, done, part);
            if ((rest.Count > 0 || followLast) && new FileInfo(here).LinkTarget is { } target)
            {
                if (++links > MaxLinks)
                {
                    throw new ContainerException(ContainerFault.ImageRefused, $"too many levels of symbolic links at {path}");
                }

                if (target.StartsWith('/'))
                {
                    done.Clear();
                }

                Push(rest, target);
                continue;
            }

            done.Add(part);
        }

        return Join(root, done, "");
    }

    private static void Push(Stack<string> rest, string path)
    {
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (int i = parts.Length - 1; i >= 0; i--)
        {
            if (parts[i] != ".")
            {
                rest.Push(parts[i]);
            }
        }
    }

    private static string Join(string root, List<string> parts, string last)
        => Path.Join(root, string.Join('/', parts), last).TrimEnd('/');
}
