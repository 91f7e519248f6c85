using Fairway.PromQL.Tests.Scripts;
using Xunit.Abstractions;

namespace Fairway.PromQL.Tests;

/// <summary>
/// Runs the published test scripts of Prometheus' engine from a directory named by FAIRWAY_PROMQL_CORPUS (the directory
/// <c>promql/promqltest/testdata</c> of its repository). Nothing of them is kept here.
/// </summary>
public sealed class PublishedCorpusTests(ITestOutputHelper output)
{
    private static readonly string? Corpus = Environment.GetEnvironmentVariable("FAIRWAY_PROMQL_CORPUS");

    // What is behind feature flags that this engine does not have, or newer than the release that it follows (docs/reference/promql.md names both), with how many evaluations
    // fail for that.
    private static readonly Dictionary<string, int> NotMeantToPass = new(StringComparer.Ordinal)
    {
        ["histograms.test"] = 12,
        ["name_label_dropping.test"] = 8,
        ["native_histograms.test"] = 22,
        ["operators.test"] = 2,
        ["start_timestamps.test"] = 24,
        ["type_and_unit.test"] = 4,
    };

    [Fact]
    public void Engine_OnThePublishedScripts_YieldsWhatTheySay()
    {
        if (Corpus is null || !Directory.Exists(Corpus))
        {
            output.WriteLine("skipped: FAIRWAY_PROMQL_CORPUS names no directory with the published scripts");
            return;
        }

        var unexpected = new List<string>();
        int passed = 0;
        int all = 0;
        foreach (string file in Directory.EnumerateFiles(Corpus, "*.test").Order(StringComparer.Ordinal))
        {
            var script = new TestScript(File.ReadAllText(file));
            script.Run();
            string name = Path.GetFileName(file);
            output.WriteLine($"| `{name}` | {script.Evaluations - script.Failures.Count} | {script.Evaluations} |");
            passed += script.Evaluations - script.Failures.Count;
            all += script.Evaluations;
            if (script.Failures.Count > NotMeantToPass.GetValueOrDefault(name))
            {
                unexpected.AddRange(script.Failures.Select(failure => $"{name}: {failure}"));
            }
        }

        output.WriteLine($"| all | {passed} | {all} |");
        if (Environment.GetEnvironmentVariable("FAIRWAY_PROMQL_REPORT") is { } report)
        {
            File.WriteAllLines(report, unexpected.Append($"{passed} of {all}"));
        }

        unexpected.ShouldBeEmpty();
    }
}
