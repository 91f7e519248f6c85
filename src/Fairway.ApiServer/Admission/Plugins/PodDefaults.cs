using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>Pods are put off a node that is not ready or not reachable after five minutes, unless they say otherwise.</summary>
internal sealed class DefaultTolerationSeconds : IMutatingPlugin
{
    private const int Seconds = 300;

    public ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (request.Operation != AdmissionOperation.Create || !request.Is("pods") || request.Object?["spec"] is not JsonObject spec)
        {
            return ValueTask.CompletedTask;
        }

        foreach (string key in (ReadOnlySpan<string>)["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"])
        {
            JsonArray tolerations = spec["tolerations"] as JsonArray ?? [];
            if (tolerations.Any(toleration => Covers(toleration, key)))
            {
                continue;
            }

            tolerations.Add(new JsonObject { ["key"] = key, ["operator"] = "Exists", ["effect"] = "NoExecute", ["tolerationSeconds"] = Seconds });
            spec["tolerations"] ??= tolerations;
        }

        return ValueTask.CompletedTask;
    }

    private static bool Covers(JsonNode? toleration, string key)
        => ((string?)toleration?["key"] ?? "") is var own && (own.Length == 0 || own == key) && ((string?)toleration?["effect"] ?? "") is "" or "NoExecute";
}

/// <summary>A pod's priority is what its PriorityClass says.</summary>
internal sealed class PriorityPlugin(ObjectStore store) : IMutatingPlugin, IValidatingPlugin
{
    private const string Classes = "priorityclasses.scheduling.k8s.io";

    // Kubernetes' own two, which are there even where nobody made them.
    private static readonly Dictionary<string, int> System = new() { ["system-cluster-critical"] = 2_000_000_000, ["system-node-critical"] = 2_000_001_000 };

    public ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (request.Operation == AdmissionOperation.Create && request.Is("pods") && request.Object?["spec"] is JsonObject spec)
        {
            Prioritize(request, spec);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (request.Operation is AdmissionOperation.Create or AdmissionOperation.Update && request.Is(Classes)
            && (bool?)request.Object?["globalDefault"] == true && Default() is { } other && (string?)other["metadata"]?["name"] is var name
            && name != (string?)request.Object["metadata"]?["name"])
        {
            throw request.Forbidden($"PriorityClass {name} is already marked as default. Only one default can exist");
        }

        return ValueTask.CompletedTask;
    }

    private void Prioritize(AdmissionRequest request, JsonObject spec)
    {
        string named = (string?)spec["priorityClassName"] ?? "";
        JsonObject? found = named.Length == 0 ? Default() : store.Find(Classes, "", named)?.ToNode();
        int system = 0;
        if (named.Length > 0 && found is null && !System.TryGetValue(named, out system))
        {
            throw request.Forbidden($"no PriorityClass with name {named} was found");
        }

        int priority = found is null ? system : (int?)found["value"] ?? 0;
        string preemption = (string?)found?["preemptionPolicy"] ?? "PreemptLowerPriority";
        if (named.Length == 0 && found is not null)
        {
            spec["priorityClassName"] = (string?)found["metadata"]?["name"];
        }

        if ((int?)spec["priority"] is { } given && given != priority)
        {
            throw request.Forbidden(
                $"the integer value of priority ({given}) must not be provided in pod spec; priority admission controller computed {priority} from the given PriorityClass name");
        }

        if ((string?)spec["preemptionPolicy"] is { } policy && policy != preemption)
        {
            throw request.Forbidden(
                $"the string value of PreemptionPolicy ({policy}) must not be provided in pod spec; priority admission controller computed {preemption} from the given PriorityClass name");
        }

        spec["priority"] = priority;
        spec["preemptionPolicy"] = preemption;
    }

    // Where several say that they are the default, the lowest value is it.
    private JsonObject? Default() => store.List(Classes, null)
        .Select(document => document.ToNode())
        .Where(each => (bool?)each["globalDefault"] == true)
        .MinBy(each => (int?)each["value"] ?? 0);
}

/// <summary>A claim, or an Ingress, that names no class gets the one that is marked as the default.</summary>
internal sealed class DefaultClasses(ObjectStore store) : IMutatingPlugin
{
    public ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (request.Operation == AdmissionOperation.Create && request.Object is { } target)
        {
            if (request.Is("persistentvolumeclaims"))
            {
                Fill(target, "storageClassName", "volume.beta.kubernetes.io/storage-class", "storageclasses.storage.k8s.io", "storageclass.kubernetes.io/is-default-class");
            }
            else if (request.Is("ingresses.networking.k8s.io"))
            {
                Fill(target, "ingressClassName", "kubernetes.io/ingress.class", "ingressclasses.networking.k8s.io", "ingressclass.kubernetes.io/is-default-class");
            }
        }

        return ValueTask.CompletedTask;
    }

    private void Fill(JsonObject target, string member, string annotation, string classes, string marker)
    {
        if (target["spec"] is not JsonObject spec || spec[member] is not null || target["metadata"]?["annotations"]?[annotation] is not null)
        {
            return;
        }

        Document? chosen = store.List(classes, null)
            .Where(document => (string?)document.ToNode()["metadata"]?["annotations"]?[marker] == "true")
            .MaxBy(document => (document.Header.CreationTimestamp, document.Header.Name));
        if (chosen is not null)
        {
            spec[member] = chosen.Header.Name;
        }
    }
}
