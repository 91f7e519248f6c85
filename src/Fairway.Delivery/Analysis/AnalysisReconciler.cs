using Fairway.Client;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Storage;

namespace Fairway.Delivery.Analysis;

/// <summary>Takes the measurements of analysis runs when they are due, until a verdict stands.</summary>
internal sealed class AnalysisReconciler(IClusterApi hub, AnalysisQuestions questions, DeliveryFacts facts, TimeProvider time)
{
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (await hub.FindAsync<AnalysisRun>(key.Namespace, key.Name, cancellation) is not { } run
            || run.Metadata.DeletionTimestamp is not null
            || AnalysisPlanner.IsEnded(run.Status?.Phase))
        {
            return ReconcileResult.Done;
        }

        AnalysisRunSpec spec = run.Spec;
        DateTimeOffset now = time.GetUtcNow();
        AnalysisEvidence evidence = await questions.AskAsync(spec, [.. AnalysisPlanner.DueNow(spec, run.Status, now)], cancellation);
        AnalysisDecision decision = AnalysisPlanner.Advance(spec, run.Status, now, evidence);
        if (AnalysisPlanner.IsEnded(decision.Status.Phase))
        {
            await TellAsync(run, decision.Status, cancellation);
        }

        await hub.WriteStatusAsync(run, run with { Status = decision.Status }, cancellation);
        return decision.NextLook is { } next
            ? ReconcileResult.After(next > now ? next - now : TimeSpan.FromMilliseconds(10))
            : ReconcileResult.Done;
    }

    private async Task TellAsync(AnalysisRun run, AnalysisRunStatus status, CancellationToken cancellation)
    {
        Rollout? rollout = await hub.FindAsync<Rollout>(run.Metadata.Namespace, run.Spec.Rollout, cancellation);
        Application? application = rollout is null
            ? null
            : await hub.FindAsync<Application>(run.Metadata.Namespace, rollout.Spec.Application, cancellation);
        var fact = new Fact
        {
            Type = FactTypes.RolloutAnalysis,
            Actor = "fairway",
            Namespace = run.Metadata.Namespace ?? "",
            Application = rollout?.Spec.Application,
            Environment = rollout?.Spec.Environment,
            Release = rollout?.Spec.Release,
            Subject = $"Rollout/{run.Spec.Rollout}",
            Data = new System.Text.Json.Nodes.JsonObject
            {
                ["analysisRun"] = run.Metadata.Name,
                ["phase"] = status.Phase,
                ["message"] = status.Message,
                ["production"] = rollout is not null && DeliveryFacts.IsProduction(application, rollout.Spec.Environment),
            },
        };
        await facts.TellAsync(fact, $"{run.Metadata.Uid}/verdict", cancellation);
    }
}
