using System.Text.Json.Nodes;
using Fairway.Cel.Cases;
using Fairway.Cel.Messages;
using Xunit.Abstractions;

namespace Fairway.Cel.Tests.Conformance;

/// <summary>
/// Runs the language's published conformance cases (tests/simple/testdata of cel-spec) from the directory that
/// FAIRWAY_CEL_CASES names. Without it there is nothing to run, and the test says so.
/// </summary>
public sealed class PublishedCaseTests(ITestOutputHelper output)
{
    /// <summary>Cases that are not meant to pass, with the reason; docs/reference/cel.md has the same list.</summary>
    private static readonly Dictionary<string, string> Excluded = new(StringComparer.Ordinal)
    {
    };

    [SkippableDirectoryFact("FAIRWAY_CEL_CASES")]
    public void PublishedCases_Run_GiveThePublishedResults()
    {
        string directory = Environment.GetEnvironmentVariable("FAIRWAY_CEL_CASES")!;
        var weak = new CelCases(CelEnvironment.All, strongEnums: false, CelLimits.None);
        var strong = new CelCases(CelEnvironment.All, strongEnums: true, CelLimits.None);
        MessageTypes types = PublishedMessages.Create(strongEnums: true);
        var failures = new List<string>();
        var counts = new SortedDictionary<string, (int Passed, int Total)>(StringComparer.Ordinal);
        foreach (PublishedCase each in PublishedCase.ReadAll(directory, types))
        {
            bool isStrong = each.Section.StartsWith("strong", StringComparison.Ordinal);
            string answer = (isStrong ? strong : weak).Answer(each.Line, CancellationToken.None);
            string? wrong = Judge(each, (JsonObject)JsonNode.Parse(answer)!, PublishedMessages.Create(isStrong));
            (int passed, int total) = counts.GetValueOrDefault(each.File);
            counts[each.File] = (passed + (wrong is null ? 1 : 0), total + 1);
            string name = $"{each.File}/{each.Section}/{each.Name}";
            if (wrong is not null && !Excluded.ContainsKey(name))
            {
                failures.Add($"{name}: {wrong}\n    {each.Line}\n    {answer}");
            }
        }

        foreach ((string file, (int passed, int total)) in counts)
        {
            output.WriteLine($"| {file} | {passed} | {total} |");
        }

        output.WriteLine($"| all | {counts.Values.Sum(count => count.Passed)} | {counts.Values.Sum(count => count.Total)} |");
        failures.ShouldBeEmpty();
    }

    private static string? Judge(PublishedCase each, JsonObject answer, MessageTypes types)
    {
        if (each.ExpectsError)
        {
            return answer["error"] is null ? "expected an error" : null;
        }

        if (answer["error"] is { } error)
        {
            return $"failed: {error}";
        }

        if (answer["type"] is { } type)
        {
            return type.ToString() == each.ExpectedType ? null : $"expected type {each.ExpectedType}";
        }

        CelValue expected = CaseValues.Read(types, each.Expected);
        CelValue actual = CaseValues.Read(types, answer["result"]);
        return Same(expected, actual) ? null : $"expected {expected}, was {actual}";
    }

    private static bool Same(CelValue a, CelValue b)
    {
        if (a.Kind != b.Kind)
        {
            return false;
        }

        switch (a.Kind)
        {
            case CelKind.Double:
                return double.IsNaN(a.DoubleValue) ? double.IsNaN(b.DoubleValue) : a.DoubleValue.Equals(b.DoubleValue);
            case CelKind.List:
                return a.ListValue.Count == b.ListValue.Count && Enumerable.Range(0, a.ListValue.Count).All(i => Same(a.ListValue[i], b.ListValue[i]));
            case CelKind.Map:
                return a.MapValue.Count == b.MapValue.Count && a.MapValue.Keys.All(key => a.MapValue.TryGet(key, out CelValue mine) && b.MapValue.TryGet(key, out CelValue theirs) && Same(mine, theirs));
            default:
                return a.Equals(b);
        }
    }
}
