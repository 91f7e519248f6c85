using Fairway.Policy.Sources;

namespace Fairway.Policy.Checking;

/// <summary>What one policy said of one object of a file.</summary>
public sealed record CheckResult(SourceObject Source, PolicyDefinition Policy, Verdict Verdict);

/// <summary>One finding with its place, as reports show it.</summary>
public sealed record PlacedFinding(SourceObject Source, PolicyDefinition Policy, Finding Finding, int Line, int Column)
{
    /// <summary>The same problem has the same identity after lines moved: rule, object and field, not line.</summary>
    public string Fingerprint => Fingerprints.Of(Finding.Policy, Finding.Rule, Source.Identity.ToString(), Finding.Path.ToString(), Source.File);
}

/// <summary>The outcome of a check of files.</summary>
public sealed record CheckReport
{
    /// <summary>Every policy that concerned an object.</summary>
    public required IReadOnlyList<CheckResult> Results { get; init; }

    public required IReadOnlyList<SourceProblem> SourceProblems { get; init; }

    public required IReadOnlyList<PolicyProblem> PolicyProblems { get; init; }

    public required IReadOnlyList<PolicyDefinition> Policies { get; init; }

    public required int Objects { get; init; }

    /// <summary>In the order of files and lines.</summary>
    public IReadOnlyList<PlacedFinding> Findings => _findings ??= Place();

    private IReadOnlyList<PlacedFinding>? _findings;


    public int Count(Outcome outcome) => Results.Count(result => result.Verdict.Outcome == outcome);

    /// <summary>Whether a check fails: violations of at least a severity, files or policies that cannot be read.</summary>
    /// <param name="failOn">The least severity that fails.</param>
    /// <param name="unknownFails">Unknown verdicts of that severity fail, too.</param>
    public bool Fails(Severity failOn, bool unknownFails)
        => SourceProblems.Any(problem => problem.IsError)
            || PolicyProblems.Any(problem => problem.IsError)
            || Findings.Any(one => one.Finding.Severity >= failOn && (one.Finding.Outcome == Outcome.Fail || (unknownFails && one.Finding.Outcome == Outcome.Unknown)));

    private PlacedFinding[] Place()
        =>
        [
            .. Results.SelectMany(result => result.Verdict.Findings.Select(finding =>
                {
                    (int line, int column) = result.Source.Locate(finding.Path);
                    return new PlacedFinding(result.Source, result.Policy, finding, line, column);
                }))
                .OrderBy(one => one.Source.File, StringComparer.Ordinal).ThenBy(one => one.Line).ThenBy(one => one.Column)
                .ThenByDescending(one => one.Finding.Severity).ThenBy(one => one.Finding.Policy, StringComparer.Ordinal),
        ];
}
