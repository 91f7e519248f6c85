using Fairway.Resources.Kinds.Admission;
using Fairway.Resources.Kinds.ApiExtensions;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Authentication;
using Fairway.Resources.Kinds.Authorization;
using Fairway.Resources.Kinds.Autoscaling;
using Fairway.Resources.Kinds.Batch;
using Fairway.Resources.Kinds.Certificates;
using Fairway.Resources.Kinds.Coordination;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Kinds.Discovery;
using Fairway.Resources.Kinds.Gateway;
using Fairway.Resources.Kinds.Monitoring;
using Fairway.Resources.Kinds.Networking;
using Fairway.Resources.Kinds.Pipelines;
using Fairway.Resources.Kinds.Policy;
using Fairway.Resources.Kinds.Rbac;
using Fairway.Resources.Kinds.RuntimeClasses;
using Fairway.Resources.Kinds.Scheduling;
using Fairway.Resources.Kinds.Storage;

namespace Fairway.Resources.Kinds;

/// <summary>Every kind that Fairway serves, listed by hand: nothing is found by scanning.</summary>
public static class AllKinds
{
    /// <summary>Fairway's own kinds (group fairway.dev), which <c>fairway crds</c> prints for a real cluster.</summary>
    public static IReadOnlyList<Type> Fairway { get; } =
    [
        typeof(Application), typeof(Release), typeof(Promotion), typeof(Rollout), typeof(AnalysisTemplate), typeof(AnalysisRun),
        typeof(GitRepository), typeof(PipelineRun),
        typeof(Waiver), typeof(FreezeWindow), typeof(TrustedKey),
    ];

    /// <summary>Kubernetes' own kinds, and those of the Gateway API and the Prometheus operator.</summary>
    public static IReadOnlyList<Type> Kubernetes { get; } =
    [
        typeof(Namespace), typeof(Pod), typeof(Service), typeof(ConfigMap), typeof(Secret), typeof(ServiceAccount), typeof(Node),
        typeof(PersistentVolume), typeof(PersistentVolumeClaim), typeof(StorageClass), typeof(PriorityClass),
        typeof(Core.Event), typeof(Events.Event),
        typeof(Deployment), typeof(ReplicaSet), typeof(StatefulSet), typeof(DaemonSet), typeof(ControllerRevision),
        typeof(Job), typeof(CronJob), typeof(PodDisruptionBudget), typeof(HorizontalPodAutoscaler), typeof(AutoscalingV1.HorizontalPodAutoscaler),
        typeof(EndpointSlice), typeof(Lease), typeof(CustomResourceDefinition), typeof(Core.Endpoints),
        typeof(ReplicationController), typeof(PodTemplate), typeof(RuntimeClass),
        typeof(CSIDriver), typeof(CSINode), typeof(CSIStorageCapacity), typeof(VolumeAttachment),
        typeof(Ingress), typeof(IngressClass), typeof(NetworkPolicy),
        typeof(HTTPRoute), typeof(Gateway.Gateway), typeof(GatewayClass),
        typeof(ResourceQuota), typeof(LimitRange),
        typeof(MutatingWebhookConfiguration), typeof(ValidatingWebhookConfiguration),
        typeof(ValidatingAdmissionPolicy), typeof(ValidatingAdmissionPolicyBinding), typeof(MutatingAdmissionPolicy), typeof(MutatingAdmissionPolicyBinding),
        typeof(AdmissionV1Alpha1.MutatingAdmissionPolicy), typeof(AdmissionV1Alpha1.MutatingAdmissionPolicyBinding),
        typeof(CertificateSigningRequest),
        typeof(Role), typeof(ClusterRole), typeof(RoleBinding), typeof(ClusterRoleBinding),
        typeof(PrometheusRule), typeof(ServiceMonitor), typeof(PodMonitor),
    ];

    /// <summary>Questions to the server: described to clients, and never stored.</summary>
    public static IReadOnlyList<Type> Reviews { get; } =
    [
        typeof(SelfSubjectReview), typeof(TokenReview), typeof(SubjectAccessReview), typeof(LocalSubjectAccessReview), typeof(SelfSubjectAccessReview), typeof(SelfSubjectRulesReview),
        typeof(TokenRequest), typeof(Binding), typeof(Eviction),
    ];

    /// <summary>All of them.</summary>
    public static KindCatalog Catalog { get; } = new([.. Kubernetes, .. Fairway]);
}
