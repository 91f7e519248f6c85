namespace Fairway.Admission.Evaluation;

/// <summary>Where each fact would come from: what is missing when it is not known.</summary>
internal static class FactSources
{
    private const string ByFile = "give it with --facts";

    // The longest prefix counts.
    private static readonly (string Prefix, string Source)[] Sources =
    [
        ("facts.release.signed", $"no signature is verified by the platform: {ByFile}"),
        ("facts.release.sbom", $"no bill of materials is kept with releases: {ByFile}"),
        ("facts.release.provenance", $"no provenance is verified by the platform: {ByFile}"),
        ("facts.release.baseImage", $"base images are not recorded with releases: {ByFile}"),
        ("facts.release.tests", $"test results are not recorded with releases: {ByFile}"),
        ("facts.release", $"the platform knows it of Releases and Promotions in the hub; elsewhere {ByFile}"),
        ("facts.findings", $"no scanner reports to the platform: {ByFile}"),
        ("facts.budget", $"it needs an SLO of the application in the environment that has measured something; elsewhere {ByFile}"),
        ("facts.freeze", $"freeze windows are not kept by the platform: {ByFile}"),
        ("facts.environment", $"the platform knows it of Promotions; elsewhere {ByFile}"),
        ("facts.application", $"the platform knows it of Releases and Promotions; elsewhere {ByFile}"),
        ("facts", $"the platform knows it of stored objects; elsewhere {ByFile}"),
    ];

    /// <summary>A clause about the source of a fact.</summary>
    public static string Of(string path) => Sources.First(one => path.StartsWith(one.Prefix, StringComparison.Ordinal)).Source;
}
