namespace Fairway.Node.Runtimes.Process;

/// <summary>A container's program as the host runs it.</summary>
internal sealed record LaunchPlan
{
    /// <summary>Absolute host path.</summary>
    public required string Program { get; init; }

    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Absolute host path.</summary>
    public required string WorkingDirectory { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }
}

/// <summary>
/// Decides what to run for a container without namespaces: paths of the container become paths below its root directory where
/// they exist there, and programs that the image does not bring are looked up on the host's PATH.
/// </summary>
internal static class LaunchPlanner
{
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Plans a start. Reads the root directory, writes nothing.</summary>
    /// <param name="directory">The container's own directory; HOME and TMPDIR are below it.</param>
    /// <param name="root">The container's root directory, mounts in place.</param>
    /// <param name="host">The variables of the host that matter: PATH and DOTNET_ROOT. No others are read.</param>
    /// <exception cref="ContainerException">There is nothing to run, or it is not found.</exception>
    public static LaunchPlan Plan(
        ContainerSpec spec, UnpackedImage image, string directory, string root, IReadOnlyDictionary<string, string> host)
    {
        IReadOnlyList<string> words = Words(spec, image);
        Dictionary<string, string> environment = Environment(spec, image, directory, root, host);
        string inside = spec.WorkingDirectory ?? (image.WorkingDirectory.Length == 0 ? "/" : image.WorkingDirectory);
        string path = environment["PATH"];
        string workingDirectory = RootPath.Resolve(root, inside);
        return new LaunchPlan
        {
            Program = Find(words[0], workingDirectory, root, path)
                ?? throw new ContainerException(
                    ContainerFault.CannotRun,
                    $"program \"{words[0]}\" is neither in image {spec.Image} nor on the host's PATH ({host.GetValueOrDefault("PATH", DefaultPath)})"),
            Arguments = [.. words.Skip(1).Select(word => Map(word, root))],
            WorkingDirectory = workingDirectory,
            Environment = environment,
        };
    }

    /// <summary>The program for one more process in a container that runs with this environment.</summary>
    /// <exception cref="ContainerException">The program is not found.</exception>
    public static (string Program, IReadOnlyList<string> Arguments) PlanExec(
        IReadOnlyList<string> command, string workingDirectory, string root, string path)
    {
        if (command.Count == 0)
        {
            throw new ContainerException(ContainerFault.CannotRun, "no command was given");
        }

        string program = Find(command[0], workingDirectory, root, path)
            ?? throw new ContainerException(ContainerFault.CannotRun, $"exec: \"{command[0]}\": executable file not found in $PATH");
        return (program, [.. command.Skip(1).Select(word => Map(word, root))]);
    }

    private static IReadOnlyList<string> Words(ContainerSpec spec, UnpackedImage image)
    {
        IReadOnlyList<string> entrypoint = spec.Command is { Count: > 0 } command ? command : image.Entrypoint;
        IReadOnlyList<string> arguments = spec.Args is { Count: > 0 } args ? args
            : spec.Command is { Count: > 0 } ? [] : image.Cmd;
        string[] words = [.. entrypoint, .. arguments];
        if (words.Length == 0 || words[0].Length == 0)
        {
            throw new ContainerException(
                ContainerFault.CannotRun, $"no command: neither the container nor image {spec.Image} says what to run");
        }

        string? bad = words.FirstOrDefault(word => word.Contains('\0', StringComparison.Ordinal));
        return bad is null ? words : throw new ContainerException(ContainerFault.CannotRun, "an argument contains a NUL character");
    }

    private static Dictionary<string, string> Environment(
        ContainerSpec spec, UnpackedImage image, string directory, string root, IReadOnlyDictionary<string, string> host)
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        string imagePath = "";
        foreach (string variable in image.Environment)
        {
            int equals = variable.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                result[variable[..equals]] = variable[(equals + 1)..];
            }
        }

        if (result.Remove("PATH", out string? declared))
        {
            // The image's PATH names places of the image: those that exist there, below the root.
            imagePath = string.Concat(declared.Split(':', StringSplitOptions.RemoveEmptyEntries)
                .Select(part => RootPath.Resolve(root, part))
                .Where(Directory.Exists)
                .Select(part => part + ":"));
        }

        result["PATH"] = imagePath + host.GetValueOrDefault("PATH", DefaultPath);
        result["HOME"] = Path.Combine(directory, "home");
        result["TMPDIR"] = Path.Combine(directory, "tmp");
        result["HOSTNAME"] = spec.Hostname;
        if (spec.Tty)
        {
            result["TERM"] = "xterm";
        }

        if (host.TryGetValue("DOTNET_ROOT", out string? dotnet))
        {
            result["DOTNET_ROOT"] = dotnet;
        }

        if (spec.MemoryLimit is { } limit)
        {
            // What .NET would read from a memory cgroup: its heap may take three quarters of the limit.
            result["DOTNET_GCHeapHardLimit"] = $"0x{limit / 4 * 3:X}";
        }

        foreach ((string name, string value) in spec.Environment)
        {
            result[name] = value;
        }

        result["FAIRWAY_ROOT"] = root;
        result[ProcessTable.Marker] = spec.Identity.ToString();
        PortVariables.Rewrite(result, spec.Ports);
        return result;
    }

    private static string? Find(string program, string workingDirectory, string root, string path)
    {
        if (program.StartsWith('/'))
        {
            string mapped = RootPath.Resolve(root, program);
            return File.Exists(mapped) ? mapped : OnPath(Path.GetFileName(program), path);
        }

        if (program.Contains('/', StringComparison.Ordinal))
        {
            string relative = Path.GetFullPath(Path.Combine(workingDirectory, program));
            return File.Exists(relative) ? relative : null;
        }

        return OnPath(program, path);
    }

    private static string? OnPath(string name, string path)
        => path.Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Where(part => part.StartsWith('/'))
            .Select(part => Path.Combine(part, name))
            .FirstOrDefault(candidate => File.Exists(candidate) && File.GetUnixFileMode(candidate).HasFlag(UnixFileMode.UserExecute));

    private static string Map(string word, string root)
    {
        if (word.Length < 2 || word[0] != '/')
        {
            return word;
        }

        string mapped = RootPath.Resolve(root, word);
        return mapped.Length > root.Length && (File.Exists(mapped) || Directory.Exists(mapped)) ? mapped : word;
    }
}
