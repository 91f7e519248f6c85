using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>A pod that names a RuntimeClass gets its overhead, node selector and tolerations; the class must be there.</summary>
internal sealed class RuntimeClassPlugin(ObjectStore store) : IMutatingPlugin, IValidatingPlugin
{
    private const string Classes = "runtimeclasses.node.k8s.io";
    private const string Differs = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";

    public ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (SpecOf(request) is { } spec && ClassOf(request, spec) is { } found)
        {
            if (found["overhead"]?["podFixed"] is JsonObject { Count: > 0 } overhead)
            {
                spec["overhead"] = spec["overhead"] is not JsonObject given || IsSame(given, overhead) ? overhead.DeepClone() : throw request.Forbidden(Differs);
            }

            Select(request, spec, found["scheduling"]?["nodeSelector"] as JsonObject ?? []);
            Tolerate(spec, found["scheduling"]?["tolerations"] as JsonArray ?? []);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (SpecOf(request) is not { } spec)
        {
            return ValueTask.CompletedTask;
        }

        JsonObject? overhead = ClassOf(request, spec)?["overhead"]?["podFixed"] as JsonObject;
        var given = spec["overhead"] as JsonObject;
        return overhead is { Count: > 0 } && (given is null || !IsSame(given, overhead)) ? throw request.Forbidden(Differs)
            : overhead is null or { Count: 0 } && given is { Count: > 0 }
                ? throw request.Forbidden("pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead")
            : ValueTask.CompletedTask;
    }

    private static JsonObject? SpecOf(AdmissionRequest request)
        => request.Operation == AdmissionOperation.Create && request.Is("pods") ? request.Object?["spec"] as JsonObject : null;

    private JsonObject? ClassOf(AdmissionRequest request, JsonObject spec)
        => (string?)spec["runtimeClassName"] is not { } name ? null
            : store.Find(Classes, "", name)?.ToNode() ?? throw request.Forbidden($"pod rejected: RuntimeClass \"{name}\" not found");

    private static bool IsSame(JsonObject one, JsonObject other)
        => one.Count == other.Count && one.All(pair => Quantity.TryParse(pair.Value?.ToString() ?? "", out Quantity first)
            && Quantity.TryParse(other[pair.Key]?.ToString() ?? "", out Quantity second) && first.CompareTo(second) == 0);

    private static void Select(AdmissionRequest request, JsonObject spec, JsonObject selector)
    {
        if (selector.Count == 0)
        {
            return;
        }

        JsonObject own = spec["nodeSelector"] as JsonObject ?? [];
        foreach ((string key, JsonNode? value) in selector)
        {
            if (own[key] is { } given && given.ToString() != value?.ToString())
            {
                throw request.Forbidden($"conflict: runtimeClass.scheduling.nodeSelector[{key}] = {value}; pod.spec.nodeSelector[{key}] = {given}");
            }

            own[key] = value?.DeepClone();
        }

        spec["nodeSelector"] ??= own;
    }

    private static void Tolerate(JsonObject spec, JsonArray tolerations)
    {
        JsonArray own = spec["tolerations"] as JsonArray ?? [];
        foreach (JsonNode? toleration in tolerations)
        {
            if (!own.Any(each => JsonNode.DeepEquals(each, toleration)))
            {
                own.Add(toleration?.DeepClone());
            }
        }

        if (own.Count > 0)
        {
            spec["tolerations"] ??= own;
        }
    }
}
