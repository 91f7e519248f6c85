using System.Text;

namespace Fairway.Policy.Sources;

/// <summary>Finds and reads files for a check.</summary>
public static class SourceFiles
{
    private const long MaxBytes = 64L * 1024 * 1024;

    private static readonly string[] SkippedDirectories = [".git", "node_modules", "bin", "obj", ".terraform", ".venv", "dist"];

    /// <summary>Reads files, directories (recursively) and, for <c>-</c>, a given stream.</summary>
    /// <param name="paths">As the user wrote them.</param>
    /// <param name="input">What <c>-</c> means.</param>
    /// <param name="defaultNamespace">For objects that name none.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="root">Files are named relative to it; as they were written when it is null.</param>
    public static async Task<SourceSet> ReadAsync(IReadOnlyList<string> paths, TextReader input, string defaultNamespace, CancellationToken cancellation, string? root = null)
    {
        var objects = new List<SourceObject>();
        var problems = new List<SourceProblem>();
        foreach (string path in paths)
        {
            if (path == "-")
            {
                Add(SourceReader.Read("-", await input.ReadToEndAsync(cancellation), defaultNamespace), true);
            }
            else if (File.Exists(path))
            {
                await FileAsync(path, true);
            }
            else if (Directory.Exists(path))
            {
                foreach (string file in Below(path))
                {
                    await FileAsync(file, false);
                }
            }
            else
            {
                problems.Add(new SourceProblem(root is null ? path : Path.GetRelativePath(root, path), 1, 1, "no such file or directory", true));
            }
        }

        return new SourceSet(objects, problems);

        async Task FileAsync(string file, bool named)
        {
            string name = root is not null ? Path.GetRelativePath(root, file) : file.StartsWith("./", StringComparison.Ordinal) ? file[2..] : file;
            if (new FileInfo(file).Length > MaxBytes)
            {
                problems.Add(new SourceProblem(name, 1, 1, $"more than {MaxBytes / 1024 / 1024} MiB; such files are not checked", true));
                return;
            }

            Add(SourceReader.Read(name, await File.ReadAllTextAsync(file, Encoding.UTF8, cancellation), defaultNamespace), named);
        }

        void Add(SourceSet read, bool named)
        {
            objects.AddRange(read.Objects);
            // In a directory, files that are nothing of ours are no problem.
            problems.AddRange(read.Problems.Select(problem => named ? problem with { IsError = true } : problem));
        }
    }

    private static IEnumerable<string> Below(string directory)
    {
        bool isChart = File.Exists(Path.Combine(directory, "Chart.yaml"));
        foreach (string file in Directory.GetFiles(directory).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(file);
            bool ours = DockerfileReader.IsDockerfile(file) || Path.GetExtension(file) is ".yaml" or ".yml" || IsJsonOfOurs(file);
            if (ours && !(isChart && name is "Chart.yaml" or "values.yaml") && name is not "kustomization.yaml" and not "kustomization.yml")
            {
                yield return file;
            }
        }

        foreach (string below in Directory.GetDirectories(directory).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(below);
            if (!SkippedDirectories.Contains(name) && !(isChart && name is "templates" or "charts") && !File.GetAttributes(below).HasFlag(FileAttributes.ReparsePoint))
            {
                foreach (string file in Below(below))
                {
                    yield return file;
                }
            }
        }
    }

    // Most JSON files of a repository are nothing for policies: the beginning tells.
    private static bool IsJsonOfOurs(string file)
    {
        if (Path.GetExtension(file) != ".json")
        {
            return false;
        }

        using FileStream stream = File.OpenRead(file);
        byte[] head = new byte[4096];
        string text = Encoding.UTF8.GetString(head, 0, stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false));
        return text.Contains("\"apiVersion\"", StringComparison.Ordinal) || text.Contains("\"bomFormat\"", StringComparison.Ordinal)
            || text.Contains("\"spdxVersion\"", StringComparison.Ordinal) || text.Contains("\"format_version\"", StringComparison.Ordinal);
    }
}
