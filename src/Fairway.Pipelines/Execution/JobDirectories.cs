namespace Fairway.Pipelines.Execution;

/// <summary>The directories of one job, new at its start.</summary>
internal sealed record JobDirectories(string Root, string Workspace, string Temp, string Tools)
{
    public static JobDirectories Create(string root, string repository)
    {
        RunPaths.Remove(root);
        JobDirectories directories = new(root, Path.Combine(root, repository), Path.Combine(root, "_temp"), Path.Combine(root, "_tools"));
        foreach (string directory in (string[])[directories.Workspace, directories.Temp, directories.Tools])
        {
            Directory.CreateDirectory(directory);
        }

        return directories;
    }

    public string EventFile => Path.Combine(Temp, "event.json");
}
