using Fairway.Admission;

namespace Fairway.ApiServer;

/// <summary>
/// ValidatingAdmissionPolicy: judges requests by the cluster's policies and their bindings. What they hold against a request may be
/// waived. All decisions are <see cref="PolicyJudge.DecideOne(PolicyJudge.Binding, IParameterObjects, IReadOnlyList{Fairway.Resources.Kinds.Delivery.Waiver}, PreparedSubject, FactSnapshot, DateTimeOffset, CancellationToken)"/>.
/// </summary>
internal sealed class ValidatingPolicies(StoredPolicies policies, PolicySubjects subjects, AdmissionWaivers? waivers, TimeProvider time) : IValidatingPlugin
{
    public ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (!PolicySubjects.IsExempt(request) && policies.All() is { Count: > 0 } bindings)
        {
            JudgeAll(request, bindings, cancellation);
        }

        return ValueTask.CompletedTask;
    }

    private void JudgeAll(AdmissionRequest request, IReadOnlyList<PolicyJudge.Binding> bindings, CancellationToken cancellation)
    {
        PreparedSubject subject = subjects.Of(request);
        var outcome = new PolicyOutcome();
        DateTimeOffset now = time.GetUtcNow();
        foreach (PolicyJudge.Binding binding in bindings)
        {
            Verdict verdict = PolicyJudge.DecideOne(binding, policies, waivers?.All() ?? [], subject, FactSnapshot.Nothing, now, cancellation);
            outcome.Add(binding, verdict, subject.Subject);
        }

        outcome.Publish(request);
        if (waivers is not null && !request.DryRun)
        {
            foreach ((PolicyDefinition policy, Finding finding) in outcome.Waived)
            {
                waivers.Used(new WaivedObjection(policy, finding, Named(subject.Subject), request.UserInfo.Name));
            }
        }
    }

    private static Subject Named(Subject subject)
        => subject.Identity.Name.Length > 0 ? subject : subject with { Identity = subject.Identity with { Name = (string?)subject.Any?["metadata"]?["name"] ?? "" } };
}
