using Fairway.Resources;
using Fairway.Resources.Kinds.Autoscaling;
using Fairway.Workloads.Autoscaling;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Workloads.Tests.Autoscaling;

public sealed class AutoscalingProperties
{
    private static Gen<ScalingObservation> Observations =>
        from minimum in Gen.Choose(1, 5)
        from spread in Gen.Choose(0, 20)
        from current in Gen.Choose(1, 30)
        from target in Gen.Choose(1, 200)
        from usage in Gen.Choose(-1, 3000).ListOf()
        from unready in Gen.Choose(0, 3)
        from past in (from time in Gen.Choose(-400, 0) from replicas in Gen.Choose(0, 40) select new Recommendation(time, replicas)).ListOf()
        from changes in (from time in Gen.Choose(-100, 0) from change in Gen.Choose(1, 10) select new ScaleEvent(time, change)).ListOf()
        from behavior in Gen.Choose(0, 3)
        select new ScalingObservation
        {
            Spec = new HorizontalPodAutoscalerSpec
            {
                ScaleTargetRef = new CrossVersionObjectReference { Kind = "Deployment", Name = "web" },
                MinReplicas = minimum,
                MaxReplicas = minimum + spread,
                Metrics = [new MetricSpec { Type = "Resource", Resource = new ResourceMetricSource { Name = "cpu", Target = new MetricTarget { Type = "Utilization", AverageUtilization = target } } }],
                Behavior = behavior switch
                {
                    0 => null,
                    1 => new HorizontalPodAutoscalerBehavior(),
                    2 => new HorizontalPodAutoscalerBehavior { ScaleUp = new HPAScalingRules { SelectPolicy = "Min", StabilizationWindowSeconds = 60 } },
                    _ => new HorizontalPodAutoscalerBehavior { ScaleDown = new HPAScalingRules { Policies = [new HPAScalingPolicy { Type = "Pods", Value = 2, PeriodSeconds = 60 }] } },
                },
            },
            Scale = new TargetScale(current, current, "app=web"),
            Pods = [.. usage.Select((cpu, index) => PodOf(index, cpu, index < unready))],
            History = new ScalingHistory { Recommendations = [.. past], Ups = [.. changes], Downs = [] },
        };

    [Fact]
    public void Decision_IsNeverOutsideTheLimits_UnlessItStaysOrIsLimitedByRate()
        => Prop.ForAll(Observations.ToArbitrary(), observed =>
        {
            ScalingDecision decision = AutoscalingPlanner.Plan(observed);
            return decision.Replicas == observed.Scale.SpecReplicas
                || (decision.Replicas >= observed.Spec.MinReplicas && decision.Replicas <= observed.Spec.MaxReplicas);
        }).ShouldHold();

    /// <summary>As long as there are as many pods as are asked for: else the tolerance keeps a size that the pods do not have.</summary>
    [Fact]
    public void Decision_IsMonotoneInUsage()
        => Prop.ForAll(Observations.ToArbitrary(), seen =>
        {
            ScalingObservation observed = seen with { Scale = new TargetScale(seen.Pods.Count, seen.Pods.Count, "app=web") };
            var more = observed with { Pods = [.. observed.Pods.Select(pod => pod.Usage is null ? pod : Using(pod, pod.Usage["app"]["cpu"] + Quantity.FromMilli(500)))] };
            return AutoscalingPlanner.Plan(observed).Replicas <= AutoscalingPlanner.Plan(more).Replicas;
        }).ShouldHold();

    [Fact]
    public void Decision_SaysWhetherItRescales()
        => Prop.ForAll(Observations.ToArbitrary(), observed =>
        {
            ScalingDecision decision = AutoscalingPlanner.Plan(observed);
            return decision.IsRescale == (decision.Replicas != observed.Scale.SpecReplicas)
                && decision.IsRescale == decision.Conditions.Any(each => each.Reason == "SucceededRescale");
        }).ShouldHold();

    [Fact]
    public void Decision_IgnoresPodsThatTheSelectorDoesNotChoose()
        => Prop.ForAll(Observations.ToArbitrary(), observed =>
        {
            ScalablePod stranger = PodOf(1000, 2900, isUnready: false) with { Labels = new Dictionary<string, string> { ["app"] = "other" } };
            return AutoscalingPlanner.Plan(observed).Replicas == AutoscalingPlanner.Plan(observed with { Pods = [.. observed.Pods, stranger] }).Replicas;
        }).ShouldHold();

    [Fact]
    public void Decision_TakenAgainAtItsOwnSize_DoesNotGoBeyondIt()
        => Prop.ForAll(Observations.ToArbitrary(), observed =>
        {
            // Up only: with the same recommendation at the new size nothing more is asked for in the same direction than was.
            ScalingDecision first = AutoscalingPlanner.Plan(observed);
            return first.Recommendation is not { } wanted || first.Replicas <= Math.Max(wanted, Math.Max(observed.Scale.SpecReplicas, Highest(observed)));
        }).ShouldHold();

    private static int Highest(ScalingObservation observed)
        => Math.Max(observed.Spec.MinReplicas ?? 1, observed.History.Recommendations!.Select(each => each.Replicas).DefaultIfEmpty(0).Max());

    private static ScalablePod PodOf(int index, int cpu, bool isUnready) => Using(
        new ScalablePod
        {
            Name = $"web-{index}",
            Labels = new Dictionary<string, string> { ["app"] = "web" },
            Ready = isUnready ? "False" : "True",
            ReadySince = -900,
            Start = isUnready ? -100 : -1000,
            Containers = [new ContainerRequests("app", new Dictionary<string, Quantity> { ["cpu"] = new("1") })],
            MetricTime = -5,
            MetricWindow = 30,
        },
        cpu < 0 ? null : Quantity.FromMilli(cpu));

    private static ScalablePod Using(ScalablePod pod, Quantity? cpu) => pod with
    {
        Usage = cpu is { } value ? new Dictionary<string, IReadOnlyDictionary<string, Quantity>> { ["app"] = new Dictionary<string, Quantity> { ["cpu"] = value } } : null,
    };
}
