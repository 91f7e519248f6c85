namespace Fairway.Admission.Evaluation;

/// <summary>Where each fact would come from: what is missing when it is not known.</summary>
internal static class FactSources
{
    private const string ByFile = "give it with --facts";

    // The longest prefix counts.
    private static readonly (string Prefix, string Source)[] Sources =
    [
        ("facts.release.signed", $"the platform knows it of images in its own store: publish with fairway/publish and sign with fairway/sign, or {ByFile}"),
        ("facts.release.sbom", $"the platform knows it of images in its own store: attach one with fairway/attach, or {ByFile}"),
        ("facts.release.provenance", $"the platform knows it of images in its own store: publish with fairway/publish, or {ByFile}"),
        ("facts.release.baseImage", $"the platform knows it of images in its own store whose base is there, too: {ByFile}"),
        ("facts.release.tests.coverage", $"reports of tests do not tell it: {ByFile}"),
        ("facts.release.tests", $"no results of tests are attached to the release's images: attach JUnit files with fairway/attach, or {ByFile}"),
        ("facts.release", $"the platform knows it of Releases and Promotions in the hub; elsewhere {ByFile}"),
        ("facts.findings", $"not every image of the release was scanned: attach SARIF with fairway/attach, or {ByFile}"),
        ("facts.budget", $"it needs an SLO of the application in the environment that has measured something; elsewhere {ByFile}"),
        ("facts.freeze", $"the platform knows it of Promotions, from FreezeWindows; elsewhere {ByFile}"),
        ("facts.environment", $"the platform knows it of Promotions; elsewhere {ByFile}"),
        ("facts.application", $"the platform knows it of Releases and Promotions; elsewhere {ByFile}"),
        ("facts", $"the platform knows it of stored objects; elsewhere {ByFile}"),
    ];

    /// <summary>A clause about the source of a fact.</summary>
    public static string Of(string path) => Sources.First(one => path.StartsWith(one.Prefix, StringComparison.Ordinal)).Source;
}
