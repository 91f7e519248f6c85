using System.Text.Json.Nodes;
using Fairway.Resources.CustomResources;

namespace Fairway.Resources.Schemas;

/// <summary>Rules between fields, which schemas cannot say, by kind.</summary>
internal static class KindValidation
{
    private delegate void Rule(JsonObject target, JsonObject? old, FieldErrors errors);

    private static readonly Dictionary<(string Group, string Kind), Rule> Rules = new()
    {
        [("apps", "Deployment")] = static (target, _, errors) => WorkloadRules.Deployment(target, errors),
        [("apps", "ReplicaSet")] = static (target, _, errors) => WorkloadRules.Templated(target, errors),
        [("", "ReplicationController")] = static (target, _, errors) => WorkloadRules.ReplicationController(target, errors),
        [("apps", "StatefulSet")] = WorkloadRules.StatefulSet,
        [("apps", "DaemonSet")] = static (target, _, errors) => WorkloadRules.DaemonSet(target, errors),
        [("apps", "ControllerRevision")] = WorkloadRules.ControllerRevision,
        [("batch", "Job")] = BatchRules.Job,
        [("batch", "CronJob")] = static (target, _, errors) => BatchRules.CronJob(target, errors),
        [("policy", "PodDisruptionBudget")] = static (target, _, errors) => WorkloadRules.DisruptionBudget(target, errors),
        [("autoscaling", "HorizontalPodAutoscaler")] = static (target, _, errors) => AutoscalingRules.Validate(target, errors),
        [("apiextensions.k8s.io", "CustomResourceDefinition")] = DefinitionRules.Validate,
        [("networking.k8s.io", "Ingress")] = static (target, _, errors) => NetworkRules.Ingress(target, errors),
        [("networking.k8s.io", "IngressClass")] = static (target, _, errors) => NetworkRules.IngressClass(target, errors),
        [("networking.k8s.io", "NetworkPolicy")] = static (target, _, errors) => NetworkRules.NetworkPolicy(target, errors),
        [("", "Pod")] = WorkloadRules.Pod,
        [("", "Service")] = ServiceRules.Validate,
        [("", "PersistentVolumeClaim")] = StorageRules.Claim,
        [("", "PersistentVolume")] = StorageRules.Volume,
        [("storage.k8s.io", "StorageClass")] = StorageRules.Class,
        [("scheduling.k8s.io", "PriorityClass")] = StorageRules.Priority,
        [("", "ConfigMap")] = ConfigRules.ConfigMap,
        [("", "Secret")] = ConfigRules.Secret,
        [("gateway.networking.k8s.io", "HTTPRoute")] = static (target, _, errors) => RouteRules.Validate(target, errors),
        [("fairway.dev", "Application")] = static (target, _, errors) => DeliveryRules.Application(target, errors),
        [("fairway.dev", "Waiver")] = WaiverRules.Validate,
        [("fairway.dev", "Rollout")] = static (target, _, errors) => DeliveryRules.Canary(target["spec"]?["canary"], "spec.canary", errors),
        [("fairway.dev", "Promotion")] = static (target, _, errors) => DeliveryRules.AnyCanary(target["spec"], "spec", errors),
        [("fairway.dev", "AnalysisTemplate")] = static (target, _, errors) => DeliveryRules.Metrics(target["spec"], errors),
        [("fairway.dev", "AnalysisRun")] = static (target, _, errors) => DeliveryRules.Metrics(target["spec"], errors),
    };

    /// <summary>Adds what is wrong with an object whose types and required fields are already right.</summary>
    public static void Validate(ResourceType type, JsonObject target, JsonObject? old, FieldErrors errors)
    {
        if (Rules.TryGetValue((type.Group, type.Kind), out Rule? rule))
        {
            rule(target, old, errors);
        }
    }
}
