namespace Fairway.Node.Tests;

/// <summary>A directory of its own for one test.</summary>
public sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("fairway-node-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Fairway.Node.Runtimes.Process.RootDirectory.Delete(Path);
}
