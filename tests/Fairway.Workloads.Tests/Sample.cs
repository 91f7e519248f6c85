using Fairway.Resources;
using Fairway.Resources.Kinds;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Tests;

/// <summary>Objects to start from.</summary>
internal static class Sample
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static readonly Dictionary<string, string> Labels = new() { ["app"] = "web" };

    public static PodTemplateSpec Template(string image) => new()
    {
        Metadata = new ObjectMeta { Labels = Labels },
        Spec = new PodSpec { Containers = [new Container { Name = "web", Image = image }] },
    };

    public static Deployment Deployment(
        int replicas, IntOrString? surge = null, IntOrString? unavailable = null, string image = "web:1", string type = "RollingUpdate") => new()
        {
            Metadata = new ObjectMeta { Name = "web", Namespace = "shop", Uid = "deployment-uid", Generation = 1 },
            Spec = new DeploymentSpec
            {
                Replicas = replicas,
                Selector = new LabelSelectorSpec { MatchLabels = Labels },
                Template = Template(image),
                ProgressDeadlineSeconds = 600,
                Strategy = new DeploymentStrategy
                {
                    Type = type,
                    RollingUpdate = type == "RollingUpdate" ? new RollingUpdateDeployment { MaxSurge = surge, MaxUnavailable = unavailable } : null,
                },
            },
        };

    public static ReplicaSet Set(int replicas) => new()
    {
        Metadata = new ObjectMeta { Name = "web-abc", Namespace = "shop", Uid = "set-uid", Generation = 1 },
        Spec = new ReplicaSetSpec { Replicas = replicas, Selector = new LabelSelectorSpec { MatchLabels = Labels }, Template = Template("web:1") },
    };

    public static Pod Pod(string name, bool isReady = true, string? node = "n1", string phase = "Running", double readyMinutes = 10) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "shop", Uid = name, Labels = Labels, CreationTimestamp = Noon.AddHours(-1) },
        Spec = new PodSpec { NodeName = node, Containers = [new Container { Name = "web", Image = "web:1" }] },
        Status = new PodStatus
        {
            Phase = phase,
            PodIP = node is null ? null : "127.0.0.1",
            Conditions =
            [
                new PodCondition { Type = "Ready", Status = isReady ? "True" : "False", LastTransitionTime = Noon.AddMinutes(-readyMinutes) },
            ],
        },
    };
}
