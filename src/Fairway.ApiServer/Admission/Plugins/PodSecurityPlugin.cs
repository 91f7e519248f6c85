using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.PodSecurity;

namespace Fairway.ApiServer;

/// <summary>
/// PodSecurity: holds pods to the level that their namespace's labels ask for, warns about the templates of what makes pods, and
/// about pods that are there when the level is raised.
/// </summary>
internal sealed class PodSecurityPlugin(ObjectStore store) : IValidatingPlugin
{
    private const string AuditPrefix = "pod-security.kubernetes.io/";
    private const int MostPods = 3000;

    // The version of Kubernetes that is served: what "latest" means, and the most that a label can ask for.
    private const int Served = 32;

    public ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (request.Operation is not (AdmissionOperation.Create or AdmissionOperation.Update) || request.Object is not { } target)
        {
            return ValueTask.CompletedTask;
        }

        if (request.Subresource.Length == 0 && request.Resource.GroupResource == "namespaces")
        {
            OnNamespace(request, target);
        }
        else if (request.Resource.GroupResource == "pods" && request.Subresource is "" or "ephemeralcontainers" or "resize")
        {
            OnPod(request, target);
        }
        else if (request.Subresource.Length == 0 && TemplateOf(request.Resource.GroupResource, target) is { } template)
        {
            OnTemplate(request, template);
        }

        return ValueTask.CompletedTask;
    }

    private static JsonObject? TemplateOf(string resource, JsonObject target) => resource switch
    {
        "replicationcontrollers" or "replicasets.apps" or "deployments.apps" or "statefulsets.apps" or "daemonsets.apps" or "jobs.batch"
            => target["spec"]?["template"] as JsonObject,
        "cronjobs.batch" => target["spec"]?["jobTemplate"]?["spec"]?["template"] as JsonObject,
        "podtemplates" => target["template"] as JsonObject,
        _ => null,
    };

    private static string Tell(IReadOnlyList<SecurityViolation> violations) => string.Join(", ", violations.Select(violation => violation.ToString()));

    private static IReadOnlyList<SecurityViolation> Evaluate(SecurityRule rule, JsonObject pod)
        => SecurityStandards.Evaluate(rule, pod["metadata"] as JsonObject, pod["spec"] as JsonObject, Served);

    // Only a change of what runs is judged again.
    private static bool IsSignificant(JsonObject before, JsonObject after)
    {
        foreach (string list in (ReadOnlySpan<string>)["containers", "initContainers"])
        {
            if (!Images(before, list).SequenceEqual(Images(after, list)))
            {
                return true;
            }
        }

        var known = Ephemeral(before).ToHashSet();
        return Ephemeral(after).Any(container => !known.Contains(container));
    }

    private static IEnumerable<string> Images(JsonObject pod, string list)
        => (pod["spec"]?[list] as JsonArray ?? []).Select(container => (string?)container?["image"] ?? "");

    private static IEnumerable<(string, string)> Ephemeral(JsonObject pod)
        => (pod["spec"]?["ephemeralContainers"] as JsonArray ?? []).Select(container => ((string?)container?["name"] ?? "", (string?)container?["image"] ?? ""));

    private static SecurityPolicy PolicyOf(JsonObject? @namespace) => SecurityPolicy.Of(@namespace?["metadata"]?["labels"] as JsonObject);

    private void OnPod(AdmissionRequest request, JsonObject pod)
    {
        SecurityPolicy policy = PolicyOf(store.Find("namespaces", "", request.Namespace)?.ToNode());
        if (policy.Errors.Count == 0 && policy.IsFullyPrivileged)
        {
            request.Annotate($"{AuditPrefix}enforce-policy", "privileged:latest");
            return;
        }

        if (request.Operation == AdmissionOperation.Update && request.OldObject is { } before && !IsSignificant(before, pod))
        {
            return;
        }

        request.Annotate($"{AuditPrefix}enforce-policy", policy.Enforce.ToString());
        IReadOnlyList<SecurityViolation> violations = Evaluate(policy.Enforce, pod);
        Advise(request, policy, pod, isRefused: violations.Count > 0);
        if (violations.Count > 0)
        {
            throw request.Forbidden($"violates PodSecurity \"{policy.Enforce}\": {Tell(violations)}");
        }
    }

    private void OnTemplate(AdmissionRequest request, JsonObject template)
    {
        SecurityPolicy policy = PolicyOf(store.Find("namespaces", "", request.Namespace)?.ToNode());
        if (policy.Errors.Count > 0 || policy.Warn.Level != SecurityLevel.Privileged || policy.Audit.Level != SecurityLevel.Privileged)
        {
            Advise(request, policy, template, isRefused: false);
        }
    }

    private static void Advise(AdmissionRequest request, SecurityPolicy policy, JsonObject pod, bool isRefused)
    {
        if (policy.Errors.Count > 0)
        {
            request.Annotate($"{AuditPrefix}error", $"Failed to parse policy: {string.Join(", ", policy.Errors.Select(error => $"{error.Field}: {error.Message}"))}");
        }

        if (Evaluate(policy.Audit, pod) is { Count: > 0 } noted)
        {
            request.Annotate($"{AuditPrefix}audit-violations", $"would violate PodSecurity \"{policy.Audit}\": {Tell(noted)}");
        }

        if (!isRefused && Evaluate(policy.Warn, pod) is { Count: > 0 } warned)
        {
            request.Warn($"would violate PodSecurity \"{policy.Warn}\": {Tell(warned)}");
        }
    }

    private void OnNamespace(AdmissionRequest request, JsonObject target)
    {
        SecurityPolicy policy = PolicyOf(target);
        SecurityPolicy before = PolicyOf(request.OldObject);
        string name = (string?)target["metadata"]?["name"] ?? "";
        if (policy.Errors.Count > 0 && (request.OldObject is null || !policy.Errors.SequenceEqual(before.Errors)))
        {
            throw StatusException.Invalid(KindOf<Fairway.Resources.Kinds.Core.Namespace>.Type, name, policy.Errors);
        }

        bool isSame = policy.Enforce == before.Enforce;
        bool isRelaxed = policy.Enforce.Version == before.Enforce.Version && policy.Enforce.Level <= before.Enforce.Level;
        if (request.OldObject is not null && !isSame && !isRelaxed && policy.Enforce.Level != SecurityLevel.Privileged)
        {
            WarnOfPods(request, name, policy.Enforce);
        }
    }

    private void WarnOfPods(AdmissionRequest request, string @namespace, SecurityRule rule)
    {
        JsonObject[] pods = [.. store.List("pods", @namespace).Select(pod => pod.ToNode())];
        JsonObject[] ordered = Prioritized(pods);
        var found = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (JsonObject pod in ordered.Take(MostPods))
        {
            IReadOnlyList<SecurityViolation> violations = Evaluate(rule, pod);
            if (violations.Count > 0)
            {
                string reason = string.Join(", ", violations.Select(violation => violation.Reason));
                found.TryAdd(reason, []);
                found[reason].Add((string?)pod["metadata"]?["name"] ?? "");
            }
        }

        if (ordered.Length > MostPods)
        {
            request.Warn($"new PodSecurity enforce level only checked against the first {MostPods} of {ordered.Length} existing pods");
        }

        if (found.Count == 0)
        {
            return;
        }

        request.Warn($"existing pods in namespace \"{@namespace}\" violate the new PodSecurity enforce level \"{rule}\"");
        string[] lines = [.. found.Select(entry => $"{entry.Value.Min(StringComparer.Ordinal)}{Others(entry.Value.Count - 1)}: {entry.Key}").Order(StringComparer.Ordinal)];
        foreach (string line in lines)
        {
            request.Warn(line);
        }
    }

    private static string Others(int count) => count switch
    {
        0 => "",
        1 => " (and 1 other pod)",
        _ => $" (and {count} other pods)",
    };

    // One of each controller first, so that a large one does not hide the others.
    private static JsonObject[] Prioritized(JsonObject[] pods)
    {
        var seen = new HashSet<string>();
        ILookup<bool, JsonObject> split = pods.ToLookup(pod => Controller(pod) is not { } uid || seen.Add(uid));
        return [.. split[true], .. split[false]];
    }

    private static string? Controller(JsonObject pod)
        => (string?)(pod["metadata"]?["ownerReferences"] as JsonArray ?? []).FirstOrDefault(owner => (bool?)owner?["controller"] == true)?["uid"];
}
