using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using Fairway.Pipelines.Execution;

namespace Fairway.Pipelines.Actions;

/// <summary>
/// <c>actions/cache</c>: keeps directories of the workspace between runs of a repository, by key. Paths outside the
/// workspace (<c>~/.nuget/packages</c>) stay on this machine between jobs anyway; for them only the key is kept.
/// </summary>
internal static class CacheAction
{
    public static BuiltInAction Action { get; } = new(
        new(
            "actions/cache",
            ["path", "key", "restore-keys", "fail-on-cache-miss", "lookup-only"],
            ["path", "key"],
            new Dictionary<string, string>
            {
                ["upload-chunk-size"] = "nothing is uploaded.",
                ["enablecrossosarchive"] = "there is one system.",
                ["save-always"] = "caches are saved when the job succeeds.",
            },
            new Dictionary<string, string>()),
        RunAsync);

    private static async Task RunAsync(ActionCall call, CancellationToken cancellation)
    {
        string key = call.Input("key");
        IReadOnlyList<string> paths = call.Lines("path");
        string directory = call.Services.Paths.CacheDirectory(call.Job.Key.Namespace, call.Job.Run.Spec.Repository);
        string version = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', paths))))[..16];
        (string Key, string File)? hit = Find(directory, version, key, call.Lines("restore-keys"));
        bool exact = hit?.Key == key;
        if (hit is not null && !call.Flag("lookup-only"))
        {
            await using FileStream archive = File.OpenRead(hit.Value.File);
            await RestoreAsync(archive, call.Environment.Workspace, cancellation);
        }

        call.Say(hit is null ? $"Cache not found for the key: {key}" : $"Cache restored from the key: {hit.Value.Key}");
        call.Channel.SetOutput("cache-hit", hit is null ? "" : exact ? "true" : "false");
        call.Channel.SetOutput("cache-primary-key", key);
        call.Channel.SetOutput("cache-matched-key", hit?.Key ?? "");
        if (hit is null && call.Flag("fail-on-cache-miss"))
        {
            throw new ActionFailure($"There is no cache for the key: {key}");
        }

        if (!exact && !call.Flag("lookup-only"))
        {
            call.Post((succeeded, stop) => succeeded ? SaveAsync(call.Environment.Workspace, directory, version, key, paths, stop) : Task.CompletedTask);
        }
    }

    private static (string Key, string File)? Find(string directory, string version, string key, IReadOnlyList<string> prefixes)
    {
        if (!Directory.Exists(directory))
        {
            return null;
        }

        (string Key, string File)[] entries = [.. Directory.EnumerateFiles(directory, $"{version}-*.tar").OrderByDescending(File.GetLastWriteTimeUtc).ThenBy(file => file, StringComparer.Ordinal)
            .Select(file => (KeyOf(file), file))];
        foreach (Predicate<string> fits in (IEnumerable<Predicate<string>>)[candidate => candidate == key, .. prefixes.Select(prefix => (Predicate<string>)(candidate => candidate.StartsWith(prefix, StringComparison.Ordinal)))])
        {
            if (Array.Find(entries, entry => fits(entry.Key)) is { Key: not null } found)
            {
                return found;
            }
        }

        return null;
    }

    private static async Task RestoreAsync(FileStream archive, string workspace, CancellationToken cancellation)
    {
        await using TarReader reader = new(archive);
        while (await reader.GetNextEntryAsync(copyData: false, cancellation) is { } entry)
        {
            string path = Path.GetFullPath(Path.Combine(workspace, entry.Name));
            if (FileGlob.IsBelow(path, workspace) && entry.EntryType is TarEntryType.RegularFile)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                await entry.ExtractToFileAsync(path, overwrite: true, cancellation);
            }
        }
    }

    private static async Task SaveAsync(string workspace, string directory, string version, string key, IReadOnlyList<string> paths, CancellationToken cancellation)
    {
        Directory.CreateDirectory(directory);
        string file = Path.Combine(directory, $"{version}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))}.tar");
        string aside = $"{file}.{Guid.NewGuid():N}";
        await using (FileStream archive = File.Create(aside))
        {
            await using TarWriter tar = new(archive, TarEntryFormat.Pax);
            foreach (string path in FileGlob.Find(workspace, paths).Where(path => FileGlob.IsBelow(path, workspace)))
            {
                await tar.WriteEntryAsync(path, Path.GetRelativePath(workspace, path), cancellation);
            }
        }

        await File.WriteAllTextAsync(file + ".key", key, cancellation);
        File.Move(aside, file, overwrite: true);
    }

    private static string KeyOf(string file) => File.Exists(file + ".key") ? File.ReadAllText(file + ".key") : "";
}
