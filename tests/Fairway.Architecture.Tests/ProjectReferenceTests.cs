using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Fairway.Architecture.Tests;

/// <summary>Holds the arrows: the program may know areas, areas may know the foundation, nothing knows a sibling area.</summary>
public sealed class ProjectReferenceTests
{
    private static readonly string[] Areas =
    [
        "Fairway.Workloads", "Fairway.Node", "Fairway.Gateway", "Fairway.Pipelines", "Fairway.Delivery", "Fairway.Policy", "Fairway.SupplyChain",
        "Fairway.Identity", "Fairway.Telemetry", "Fairway.Operations", "Fairway.Catalog", "Fairway.Provisioning", "Fairway.Governance",
    ];

    private static readonly string[] Foundation =
    [
        "Fairway.Resources", "Fairway.Admission", "Fairway.Cel", "Fairway.PromQL", "Fairway.Storage", "Fairway.Client", "Fairway.ControllerRuntime", "Fairway.ApiServer", "Fairway.Git",
    ];

    private static readonly string[] Faces = ["Fairway", "Fairway.Simulation"];

    public static TheoryData<string> Projects => [.. Repository.SourceProjects.Select(path => Path.GetFileNameWithoutExtension(path))];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_IsOfAKnownLayer(string project)
        => Areas.Concat(Foundation).Concat(Faces).ShouldContain(project, "a new project needs its place in ARCHITECTURE.md and here");

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_ReferencesOnlyWhatItsLayerMayKnow(string project)
    {
        string[] references = References(project);
        if (Areas.Contains(project))
        {
            references.ShouldAllBe(reference => Foundation.Contains(reference));
        }
        else if (Foundation.Contains(project))
        {
            references.ShouldAllBe(reference => Foundation.Contains(reference));
            references.ShouldNotContain(project);
        }
    }

    [Fact]
    public void Languages_DependOnNothingOfOurs()
    {
        foreach (string language in (string[])["Fairway.Cel", "Fairway.PromQL"])
        {
            if (Repository.SourceProjects.Any(path => Path.GetFileNameWithoutExtension(path) == language))
            {
                References(language).ShouldBeEmpty();
            }
        }
    }

    /// <summary>Planners are functions: nothing in their files names I/O, clocks, randomness or tasks.</summary>
    [Fact]
    public void Planners_TouchNoIoClockOrRandomness()
    {
        var forbidden = new Regex(
            @"\b(System\.IO|File\.|Directory\.|HttpClient|IClusterApi|TimeProvider|Stopwatch|Random\b|Guid\.NewGuid|Process\.|async\b|await\b|Environment\.Get)",
            RegexOptions.ExplicitCapture,
            TimeSpan.FromSeconds(5));
        string[] offenders =
        [
            .. Repository.SourceFiles("*Planner.cs")
                .SelectMany(file => File.ReadLines(file).Select((line, index) => (file, line, number: index + 1)))
                .Where(at => !at.line.TrimStart().StartsWith("//", StringComparison.Ordinal) && forbidden.IsMatch(at.line))
                .Select(at => $"{Path.GetRelativePath(Repository.Root, at.file)}:{at.number}: {at.line.Trim()}"),
        ];
        offenders.ShouldBeEmpty();
    }

    [Fact]
    public void SourceFiles_StayBelowTheLimit()
    {
        string[] giants =
        [
            .. Repository.SourceFiles("*.cs")
                .Select(file => (file, lines: File.ReadLines(file).Count()))
                .Where(one => one.lines > 700)
                .Select(one => $"{Path.GetRelativePath(Repository.Root, one.file)}: {one.lines} lines"),
        ];
        giants.ShouldBeEmpty("look for the second thing in it");
    }

    private static string[] References(string project)
    {
        string path = Repository.SourceProjects.Single(one => Path.GetFileNameWithoutExtension(one) == project);
        return
        [
            .. XDocument.Load(path).Descendants("ProjectReference")
                .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/'))),
        ];
    }
}
