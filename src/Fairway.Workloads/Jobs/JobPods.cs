using System.Globalization;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Batch;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Workloads.Jobs;

/// <summary>The pods of a job: what they carry, and what they look like when they are made.</summary>
internal static class JobPods
{
    public const string Finalizer = "batch.kubernetes.io/job-tracking";
    public const string Index = "batch.kubernetes.io/job-completion-index";
    public const string IndexFailures = "batch.kubernetes.io/job-index-failure-count";
    public const string IndexIgnoredFailures = "batch.kubernetes.io/job-index-ignored-failure-count";

    public static bool IsTracked(this Pod pod) => pod.Metadata.HasFinalizer(Finalizer);

    /// <summary>The completion index; null when the pod has none.</summary>
    public static int? IndexOf(Pod pod) => Number(pod, Index);

    public static int FailuresBefore(Pod pod) => Number(pod, IndexFailures) ?? 0;

    /// <summary>Whether a pod's end counts as failed: one that is being deleted at once, unless only Failed ones are replaced.</summary>
    public static bool HasFailed(Job job, Pod pod)
        => pod.Status?.Phase == "Failed"
            || (!ReplacesOnlyFailed(job) && pod.Metadata.DeletionTimestamp is not null && pod.Status?.Phase != "Succeeded");

    public static bool HasSucceeded(Pod pod) => pod.Status?.Phase == "Succeeded";

    public static bool ReplacesOnlyFailed(Job job) => job.Spec.PodReplacementPolicy == "Failed" || job.Spec.PodFailurePolicy is not null;

    /// <summary>A pod to be created; for an indexed job with its index and how often that failed before.</summary>
    public static Pod New(Job job, int? index, int failures)
    {
        ObjectMeta template = job.Spec.Template.Metadata ?? new ObjectMeta();
        var labels = new Dictionary<string, string>(template.Labels ?? new Dictionary<string, string>());
        var annotations = new Dictionary<string, string>(template.Annotations ?? new Dictionary<string, string>());
        PodSpec spec = job.Spec.Template.Spec;
        string name = job.Metadata.Name;
        if (index is { } number)
        {
            string text = number.ToString(CultureInfo.InvariantCulture);
            annotations[Index] = text;
            labels[Index] = text;
            if (job.Spec.BackoffLimitPerIndex is not null)
            {
                annotations[IndexFailures] = failures.ToString(CultureInfo.InvariantCulture);
            }

            name = $"{job.Metadata.Name}-{text}";
            spec = spec with
            {
                Hostname = name,
                Containers = [.. spec.Containers.Select(WithIndex)],
                InitContainers = spec.InitContainers is { } inits ? [.. inits.Select(WithIndex)] : null,
            };
        }

        return new Pod
        {
            Metadata = new ObjectMeta
            {
                GenerateName = $"{name}-",
                Namespace = job.Metadata.Namespace,
                Labels = labels,
                Annotations = annotations.Count > 0 ? annotations : null,
                Finalizers = [.. template.Finalizers ?? [], Finalizer],
                OwnerReferences = [Owners.ControllerReference(job)],
            },
            Spec = spec,
        };
    }

    private static Container WithIndex(Container container)
        => (container.Env ?? []).Any(each => each.Name == "JOB_COMPLETION_INDEX")
            ? container
            : container with
            {
                Env =
                [
                    .. container.Env ?? [],
                    new EnvVar { Name = "JOB_COMPLETION_INDEX", ValueFrom = new EnvVarSource { FieldRef = new ObjectFieldSelector { FieldPath = $"metadata.labels['{Index}']" } } },
                ],
            };

    private static int? Number(Pod pod, string annotation)
        => pod.Metadata.Annotations?.GetValueOrDefault(annotation) is { } text
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
