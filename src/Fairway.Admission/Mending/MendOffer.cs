using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.Admission.Mending;

/// <summary>Adds to findings the patch that mends them, if the policy itself, asked again, no longer objects.</summary>
internal static class MendOffer
{
    public static void Add(
        CompiledPolicy policy, JsonObject? parameters, PreparedSubject subject, FactSnapshot facts, DateTimeOffset now, List<Finding> findings, CancellationToken cancellation)
    {
        if (policy.Definition.Text.Mends.Count == 0 || subject.Subject.Object is not { } target || !findings.Exists(finding => finding.Outcome == Outcome.Fail && !finding.IsError))
        {
            return;
        }

        JsonArray patch = MendPlanner.Plan(policy.Definition.Text.Mends, target);
        if (patch.Count == 0)
        {
            return;
        }

        var mended = JsonPatch.Apply(target.DeepClone(), patch.DeepClone()) as JsonObject;
        Verdict after = PolicyEngine.Decide(policy.WithoutMends, parameters, [], new PreparedSubject(subject.Subject with { Object = mended, TellsPlaces = false }), facts, now, cancellation);
        for (int i = 0; i < findings.Count; i++)
        {
            Finding finding = findings[i];
            if (finding.Outcome == Outcome.Fail && !after.Findings.Any(left => left.Rule == finding.Rule))
            {
                findings[i] = finding with { Patch = patch.DeepClone().AsArray() };
            }
        }
    }
}
