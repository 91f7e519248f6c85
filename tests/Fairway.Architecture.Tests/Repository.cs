namespace Fairway.Architecture.Tests;

/// <summary>The source tree that the tests look at.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static IReadOnlyList<string> SourceProjects { get; } =
        [.. Directory.GetDirectories(Path.Combine(Root, "src")).SelectMany(project => Directory.GetFiles(project, "*.csproj"))];

    public static IEnumerable<string> SourceFiles(string pattern)
        => Directory.EnumerateFiles(Path.Combine(Root, "src"), pattern, SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));

    private static string FindRoot()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Fairway.slnx")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException("The tests run outside of the repository.");
    }
}
