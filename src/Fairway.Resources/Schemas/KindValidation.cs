using System.Text.Json.Nodes;
using Fairway.Resources.CustomResources;

namespace Fairway.Resources.Schemas;

/// <summary>Rules between fields, which schemas cannot say, by kind.</summary>
internal static class KindValidation
{
    private delegate void Rule(JsonObject target, JsonObject? old, FieldErrors errors);

    /// <summary>Rules that say everything about a kind; what schemas say is only looked at when they find nothing.</summary>
    private static readonly Dictionary<(string Group, string Kind), Rule> Whole = new()
    {
        [("apps", "Deployment")] = WorkloadRules.Deployment,
        [("apps", "ReplicaSet")] = WorkloadRules.ReplicaSet,
        [("", "ReplicationController")] = WorkloadRules.ReplicationController,
        [("apps", "StatefulSet")] = WorkloadRules.StatefulSet,
        [("apps", "DaemonSet")] = WorkloadRules.DaemonSet,
        [("apps", "ControllerRevision")] = WorkloadRules.ControllerRevision,
        [("batch", "Job")] = BatchRules.Job,
        [("batch", "CronJob")] = BatchRules.CronJob,
        [("policy", "PodDisruptionBudget")] = PolicyRules.DisruptionBudget,
        [("coordination.k8s.io", "Lease")] = PolicyRules.Lease,
        [("scheduling.k8s.io", "PriorityClass")] = PolicyRules.PriorityClass,
        [("autoscaling", "HorizontalPodAutoscaler")] = AutoscalingRules.Validate,
        [("networking.k8s.io", "Ingress")] = NetworkRules.Ingress,
        [("networking.k8s.io", "IngressClass")] = NetworkRules.IngressClass,
        [("networking.k8s.io", "NetworkPolicy")] = NetworkRules.NetworkPolicy,
        [("", "PodTemplate")] = static (target, _, errors) => TemplateRules.Template(target["template"], FieldPath.Root("template"), errors),
        [("", "Pod")] = PodChangeRules.Validate,
        [("", "Service")] = ServiceRules.Validate,
        [("", "PersistentVolumeClaim")] = ClaimRules.Claim,
        [("", "PersistentVolume")] = StorageRules.Volume,
        [("", "ConfigMap")] = ConfigRules.ConfigMap,
        [("", "Secret")] = ConfigRules.Secret,
        [("", "ResourceQuota")] = QuotaRules.Quota,
        [("", "LimitRange")] = QuotaRules.LimitRange,
        [("", "Namespace")] = ClusterRules.Namespace,
        [("", "Node")] = ClusterRules.Node,
        [("storage.k8s.io", "StorageClass")] = StorageRules.Class,
        [("storage.k8s.io", "CSIDriver")] = AttachmentRules.Driver,
        [("storage.k8s.io", "CSINode")] = AttachmentRules.Node,
        [("storage.k8s.io", "CSIStorageCapacity")] = AttachmentRules.Capacity,
        [("storage.k8s.io", "VolumeAttachment")] = AttachmentRules.Attachment,
        [("", "Event")] = EventRules.Older,
        [("events.k8s.io", "Event")] = EventRules.Newer,
        [("", "Endpoints")] = EndpointsRules.Endpoints,
        [("discovery.k8s.io", "EndpointSlice")] = SliceRules.Slice,
        [("node.k8s.io", "RuntimeClass")] = EndpointsRules.RuntimeClass,
        [("rbac.authorization.k8s.io", "Role")] = static (target, _, errors) => AccessRules.Role(target, errors, isNamespaced: true),
        [("rbac.authorization.k8s.io", "ClusterRole")] = static (target, _, errors) => AccessRules.Role(target, errors, isNamespaced: false),
        [("rbac.authorization.k8s.io", "RoleBinding")] = static (target, old, errors) => AccessRules.Binding(target, old, errors, isNamespaced: true),
        [("rbac.authorization.k8s.io", "ClusterRoleBinding")] = static (target, old, errors) => AccessRules.Binding(target, old, errors, isNamespaced: false),
        [("apiextensions.k8s.io", "CustomResourceDefinition")] = DefinitionRules.Validate,
        [("admissionregistration.k8s.io", "MutatingWebhookConfiguration")] = WebhookRules.Validate,
        [("admissionregistration.k8s.io", "ValidatingWebhookConfiguration")] = WebhookRules.Validate,
    };

    private static readonly Dictionary<(string Group, string Kind), Rule> Rules = new()
    {
        [("gateway.networking.k8s.io", "HTTPRoute")] = static (target, _, errors) => RouteRules.Validate(target, errors),
        [("fairway.dev", "Application")] = static (target, _, errors) => DeliveryRules.Application(target, errors),
        [("fairway.dev", "Waiver")] = WaiverRules.Validate,
        [("fairway.dev", "FreezeWindow")] = static (target, _, errors) => EvidenceRules.Freeze(target, errors),
        [("fairway.dev", "TrustedKey")] = static (target, _, errors) => EvidenceRules.Key(target, errors),
        [("fairway.dev", "Rollout")] = static (target, _, errors) => DeliveryRules.Canary(target["spec"]?["canary"], "spec.canary", errors),
        [("fairway.dev", "Promotion")] = static (target, _, errors) => DeliveryRules.AnyCanary(target["spec"], "spec", errors),
        [("fairway.dev", "AnalysisTemplate")] = static (target, _, errors) => DeliveryRules.Metrics(target["spec"], errors),
        [("fairway.dev", "AnalysisRun")] = static (target, _, errors) => DeliveryRules.Metrics(target["spec"], errors),
    };

    /// <summary>Whether the rules say everything, so that bounds and required members of the schema are no rules of their own.</summary>
    public static bool IsWhole(ResourceType type) => Whole.ContainsKey((type.Group, type.Kind));

    /// <summary>Adds everything that is wrong with an object of a kind whose rules are complete, in the order of the real server.</summary>
    public static void ValidateWhole(ResourceType type, JsonObject target, JsonObject? old, FieldErrors errors)
    {
        if (Whole.TryGetValue((type.Group, type.Kind), out Rule? rule))
        {
            rule(target, old, errors);
        }
    }

    /// <summary>Adds what is wrong with an object whose types and required fields are already right.</summary>
    public static void Validate(ResourceType type, JsonObject target, JsonObject? old, FieldErrors errors)
    {
        if (Rules.TryGetValue((type.Group, type.Kind), out Rule? rule))
        {
            rule(target, old, errors);
        }
    }
}
