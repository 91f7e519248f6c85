using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Delivery.Rendering;

namespace Fairway.Delivery.Sync;

/// <summary>The health of an object by its kind, read from the live document; kinds without a rule of their own by their conditions.</summary>
internal static class HealthRules
{
    /// <summary>The health of a live object.</summary>
    public static Health Of(JsonObject live)
    {
        if (live["metadata"]?["deletionTimestamp"] is not null)
        {
            return new Health(Health.Progressing, "is being deleted");
        }

        return (Manifest.Text(live["kind"]), Manifest.Text(live["apiVersion"])) switch
        {
            ("Deployment", "apps/v1") => OfDeployment(live),
            ("ReplicaSet", "apps/v1") => OfReplicaSet(live),
            ("StatefulSet", "apps/v1") => OfStatefulSet(live),
            ("DaemonSet", "apps/v1") => OfDaemonSet(live),
            ("Pod", "v1") => PodHealth.Of(live),
            ("PersistentVolumeClaim", "v1") => OfClaim(live),
            ("CustomResourceDefinition", "apiextensions.k8s.io/v1") => OfDefinition(live),
            ("Service", "v1") => OfService(live),
            ("HTTPRoute", _) => OfRoute(live),
            ("Job", "batch/v1") => OfJob(live),
            _ => OfConditions(live),
        };
    }

    private static Health OfDeployment(JsonObject live)
    {
        if (live["spec"]?["paused"] is JsonValue paused && paused.GetValueKind() == JsonValueKind.True)
        {
            return new Health(Health.Suspended, "the Deployment is paused");
        }

        JsonNode? status = live["status"];
        long wanted = Number(live["spec"]?["replicas"]) ?? 1;
        long updated = Number(status?["updatedReplicas"]) ?? 0;
        long total = Number(status?["replicas"]) ?? 0;
        long available = Number(status?["availableReplicas"]) ?? 0;
        return Condition(status, "Progressing") switch
        {
            _ when IsBehind(live) => new Health(Health.Progressing, "the change has not been taken up yet"),
            { } progressing when Manifest.Text(progressing["reason"]) == "ProgressDeadlineExceeded"
                => new Health(Health.Degraded, Manifest.Text(progressing["message"]) ?? "the rolling update does not get on"),
            _ when Condition(status, "ReplicaFailure") is { } failure && IsTrue(failure)
                => new Health(Health.Degraded, Manifest.Text(failure["message"]) ?? "pods cannot be created"),
            _ when updated < wanted => new Health(Health.Progressing, $"{updated} of {wanted} replicas updated"),
            _ when total > updated => new Health(Health.Progressing, $"{total - updated} old replicas still to end"),
            _ when available < wanted => new Health(Health.Progressing, $"{available} of {wanted} replicas available"),
            _ => Health.Good,
        };
    }

    private static Health OfReplicaSet(JsonObject live)
    {
        JsonNode? status = live["status"];
        long wanted = Number(live["spec"]?["replicas"]) ?? 1;
        long ready = Number(status?["availableReplicas"]) ?? Number(status?["readyReplicas"]) ?? 0;
        return IsBehind(live) ? new Health(Health.Progressing, "the change has not been taken up yet")
            : Condition(status, "ReplicaFailure") is { } failure && IsTrue(failure)
                ? new Health(Health.Degraded, Manifest.Text(failure["message"]) ?? "pods cannot be created")
            : ready < wanted ? new Health(Health.Progressing, $"{ready} of {wanted} replicas available")
            : Health.Good;
    }

    private static Health OfStatefulSet(JsonObject live)
    {
        JsonNode? status = live["status"];
        long wanted = Number(live["spec"]?["replicas"]) ?? 1;
        long ready = Number(status?["readyReplicas"]) ?? 0;
        long updated = Number(status?["updatedReplicas"]) ?? 0;
        long partition = Number(live["spec"]?["updateStrategy"]?["rollingUpdate"]?["partition"]) ?? 0;
        bool isByHand = Manifest.Text(live["spec"]?["updateStrategy"]?["type"]) == "OnDelete";
        return IsBehind(live) ? new Health(Health.Progressing, "the change has not been taken up yet")
            : ready < wanted ? new Health(Health.Progressing, $"{ready} of {wanted} replicas ready")
            : isByHand ? Health.Good
            : updated < wanted - partition ? new Health(Health.Progressing, $"{updated} of {wanted - partition} replicas updated")
            : Health.Good;
    }

    private static Health OfDaemonSet(JsonObject live)
    {
        JsonNode? status = live["status"];
        long wanted = Number(status?["desiredNumberScheduled"]) ?? 0;
        long updated = Number(status?["updatedNumberScheduled"]) ?? 0;
        long available = Number(status?["numberAvailable"]) ?? 0;
        bool isByHand = Manifest.Text(live["spec"]?["updateStrategy"]?["type"]) == "OnDelete";
        return IsBehind(live) ? new Health(Health.Progressing, "the change has not been taken up yet")
            : !isByHand && updated < wanted ? new Health(Health.Progressing, $"{updated} of {wanted} pods updated")
            : available < wanted ? new Health(Health.Progressing, $"{available} of {wanted} pods available")
            : Health.Good;
    }

    private static Health OfClaim(JsonObject live) => Manifest.Text(live["status"]?["phase"]) switch
    {
        "Bound" => Health.Good,
        "Lost" => new Health(Health.Degraded, "the claim's volume is lost"),
        _ => new Health(Health.Progressing, "the claim is not bound yet"),
    };

    private static Health OfDefinition(JsonObject live)
    {
        JsonNode? status = live["status"];
        return Condition(status, "Terminating") is { } terminating && IsTrue(terminating) ? new Health(Health.Progressing, "the definition is going")
            : Condition(status, "NamesAccepted") is { } names && !IsTrue(names)
                ? new Health(Health.Degraded, Manifest.Text(names["message"]) ?? "its names are taken")
            : Condition(status, "NonStructuralSchema") is { } schema && IsTrue(schema)
                ? new Health(Health.Degraded, Manifest.Text(schema["message"]) ?? "its schema is not structural")
            : Condition(status, "Established") is { } established && IsTrue(established) ? Health.Good
            : new Health(Health.Progressing, "is not established yet");
    }

    private static Health OfService(JsonObject live)
        => Manifest.Text(live["spec"]?["type"]) == "LoadBalancer" && live["status"]?["loadBalancer"]?["ingress"] is not JsonArray { Count: > 0 }
            ? new Health(Health.Progressing, "the load balancer has no address yet")
            : Health.Good;

    private static Health OfRoute(JsonObject live)
    {
        if (live["status"]?["parents"] is not JsonArray { Count: > 0 } parents)
        {
            return new Health(Health.Progressing, "no gateway has taken the route yet");
        }

        long generation = Number(live["metadata"]?["generation"]) ?? 0;
        foreach (string type in (string[])["Accepted", "ResolvedRefs"])
        {
            foreach (JsonNode? parent in parents)
            {
                if (Condition(parent, type) is not { } condition || (Number(condition["observedGeneration"]) ?? generation) < generation)
                {
                    return new Health(Health.Progressing, "the gateway has not taken the change up yet");
                }

                if (!IsTrue(condition))
                {
                    return new Health(Health.Degraded, Manifest.Text(condition["message"]) ?? $"{type} is false");
                }
            }
        }

        return Health.Good;
    }

    private static Health OfJob(JsonObject live)
        => Condition(live["status"], "Failed") is { } failed && IsTrue(failed) ? new Health(Health.Degraded, Manifest.Text(failed["message"]) ?? "the job failed")
            : Condition(live["status"], "Complete") is { } complete && IsTrue(complete) ? Health.Good
            : Condition(live["status"], "Suspended") is { } held && IsTrue(held) ? new Health(Health.Suspended, "the job is suspended")
            : new Health(Health.Progressing, "the job is running");

    /// <summary>
    /// By the conditions that kinds agree on: Stalled, Reconciling and Ready as kstatus reads them; Failed and Degraded against
    /// it; Available, Healthy, Synced and Succeeded for it. An object without any is as it shall be.
    /// </summary>
    private static Health OfConditions(JsonObject live)
    {
        JsonNode? status = live["status"];
        if (IsBehind(live) && Number(status?["observedGeneration"]) is not null)
        {
            return new Health(Health.Progressing, "the change has not been taken up yet");
        }

        Health? Where(string type, bool isTrue, string health)
            => Condition(status, type) is { } condition && Manifest.Text(condition["status"]) == (isTrue ? "True" : "False")
                ? new Health(health, Because(condition, type, isTrue))
                : null;
        return Where("Stalled", true, Health.Degraded)
            ?? Where("Failed", true, Health.Degraded)
            ?? Where("Degraded", true, Health.Degraded)
            ?? Where("Healthy", false, Health.Degraded)
            ?? Where("Synced", false, Health.Degraded)
            ?? Where("Suspended", true, Health.Suspended)
            ?? Where("Reconciling", true, Health.Progressing)
            ?? OfReadiness(status)
            ?? Where("Available", false, Health.Progressing)
            ?? Where("Succeeded", false, Health.Degraded)
            ?? Health.Good;
    }

    // Ready is the summary: while it is neither true nor false, the object is under way.
    private static Health? OfReadiness(JsonNode? status)
        => Condition(status, "Ready") is { } ready && !IsTrue(ready) ? new Health(Health.Progressing, Because(ready, "Ready", isTrue: false)) : null;

    private static string Because(JsonNode condition, string type, bool isTrue)
        => Manifest.Text(condition["message"]) is { Length: > 0 } message ? message
            : Manifest.Text(condition["reason"]) is { Length: > 0 } reason ? reason
            : $"{type} is {(isTrue ? "true" : "false")}";

    internal static JsonNode? Condition(JsonNode? status, string type)
        => (status?["conditions"] as JsonArray)?.FirstOrDefault(condition => Manifest.Text(condition?["type"]) == type);

    internal static bool IsTrue(JsonNode condition) => Manifest.Text(condition["status"]) == "True";

    internal static long? Number(JsonNode? node) => node is JsonValue value && value.GetValueKind() == JsonValueKind.Number
        && double.TryParse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture, out double number) ? (long)number : null;

    private static bool IsBehind(JsonObject live)
        => (Number(live["status"]?["observedGeneration"]) ?? 0) < (Number(live["metadata"]?["generation"]) ?? 0);
}
