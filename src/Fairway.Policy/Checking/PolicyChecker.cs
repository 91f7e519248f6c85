using Fairway.Policy.Sources;

namespace Fairway.Policy.Checking;

/// <summary>Pure: checks what was read from files against policies.</summary>
public static class PolicyChecker
{
    public static CheckReport Check(PolicyJudge judge, SourceSet sources, FactSnapshot facts, DateTimeOffset now, IReadOnlyList<PolicyProblem> problems, CancellationToken cancellation)
    {
        Func<string, System.Text.Json.Nodes.JsonObject?> namespaces = sources.Namespaces();
        var results = new List<CheckResult>();
        foreach (SourceObject source in sources.Objects)
        {
            var subject = new PreparedSubject(source.Subject(namespaces));
            results.AddRange(judge.Decide(subject, facts, now, cancellation).Select(one => new CheckResult(source, one.Binding.Policy.Definition, one.Verdict)));
        }

        return new CheckReport
        {
            Results = results,
            SourceProblems = sources.Problems,
            PolicyProblems = problems,
            Policies = [.. judge.Policies.Select(policy => policy.Definition)],
            Objects = sources.Objects.Count,
        };
    }
}
