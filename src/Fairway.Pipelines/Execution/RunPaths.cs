using System.Globalization;
using Fairway.Resources;

namespace Fairway.Pipelines.Execution;

/// <summary>Where a run keeps things on disk. Namespaces, names and job ids have only characters that a file name may have.</summary>
internal sealed class RunPaths(string dataDirectory)
{
    public string Runs => Path.Combine(dataDirectory, "runs");

    public string Work => Path.Combine(dataDirectory, "work");

    public string Caches => Path.Combine(dataDirectory, "caches");

    public string Processes => Path.Combine(dataDirectory, "processes");

    public string RunDirectory(ObjectKey run) => Path.Combine(Runs, run.Namespace, run.Name);

    public string LogDirectory(ObjectKey run) => Path.Combine(RunDirectory(run), "logs");

    public string JobLogDirectory(ObjectKey run, string job) => Path.Combine(LogDirectory(run), job);

    public string StepLog(ObjectKey run, string job, int step)
        => Path.Combine(JobLogDirectory(run, job), step.ToString("D4", CultureInfo.InvariantCulture) + ".log");

    public string Summary(ObjectKey run, string job, int step)
        => Path.Combine(RunDirectory(run), "summaries", job, step.ToString("D4", CultureInfo.InvariantCulture) + ".md");

    public string ArtifactDirectory(ObjectKey run) => Path.Combine(RunDirectory(run), "artifacts");

    public string WorkDirectory(ObjectKey run) => Path.Combine(Work, run.Namespace, run.Name);

    public string JobDirectory(ObjectKey run, string job) => Path.Combine(WorkDirectory(run), job);

    public string CacheDirectory(string @namespace, string repository) => Path.Combine(Caches, @namespace, repository);

    /// <summary>Removes a directory if it is there; files that steps made read-only go too.</summary>
    public static void Remove(string directory)
    {
        if (!Directory.Exists(directory))
        {
            return;
        }

        try
        {
            Directory.Delete(directory, recursive: true);
        }
        catch (UnauthorizedAccessException)
        {
            foreach (string inner in Directory.EnumerateDirectories(directory, "*", SearchOption.AllDirectories))
            {
                if (!OperatingSystem.IsWindows() && !new DirectoryInfo(inner).Attributes.HasFlag(FileAttributes.ReparsePoint))
                {
                    File.SetUnixFileMode(inner, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                }
            }

            Directory.Delete(directory, recursive: true);
        }
    }
}
