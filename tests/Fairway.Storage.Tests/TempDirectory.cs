namespace Fairway.Storage.Tests;

/// <summary>A directory of a test's own, gone afterwards.</summary>
internal sealed class TempDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("fairway-test-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>A copy of the files as they are now: what a crash at this moment leaves behind.</summary>
    public TempDirectory Copy()
    {
        var copy = new TempDirectory();
        foreach (string file in Directory.GetFiles(Path).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
        {
            using var source = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using FileStream target = File.Create(copy[System.IO.Path.GetFileName(file)]);
            source.CopyTo(target);
        }

        return copy;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
