using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Quota;

namespace Fairway.ApiServer;

/// <summary>LimitRange: fills in what new pods leave out, and holds pods and claims to a namespace's least, most and ratio.</summary>
internal sealed class LimitRanger(ObjectStore store) : IMutatingPlugin, IValidatingPlugin
{
    public ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (request is { Operation: AdmissionOperation.Create, Object: { } pod } && request.Is("pods"))
        {
            foreach (JsonObject range in Ranges(request))
            {
                LimitDefaults.Apply(range, pod);
            }
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        bool isPod = request.Is("pods") && request.Operation == AdmissionOperation.Create;
        bool isClaim = request.Is("persistentvolumeclaims") && request.Operation is AdmissionOperation.Create or AdmissionOperation.Update;
        if (request.Object is not { } target || !(isPod || isClaim) || request.OldObject?["metadata"]?["deletionTimestamp"] is not null)
        {
            return ValueTask.CompletedTask;
        }

        foreach (JsonObject range in Ranges(request))
        {
            string[] errors = [.. (isPod ? LimitChecks.Pod(range, target) : LimitChecks.Claim(range, target)).Distinct()];
            if (errors.Length > 0)
            {
                throw request.Forbidden(errors.Length == 1 ? errors[0] : $"[{string.Join(", ", errors)}]");
            }
        }

        return ValueTask.CompletedTask;
    }

    private IEnumerable<JsonObject> Ranges(AdmissionRequest request) => store.List("limitranges", request.Namespace).Select(range => range.ToNode());
}

/// <summary>What a LimitRange fills in.</summary>
internal static class LimitDefaults
{
    private const string Annotation = "kubernetes.io/limit-ranger";

    public static void Apply(JsonObject range, JsonObject pod)
    {
        JsonObject[] items = [.. (range["spec"]?["limits"] as JsonArray ?? []).OfType<JsonObject>().Where(item => (string?)item["type"] == "Container")];
        if (items.Length == 0 || pod["spec"] is not JsonObject spec)
        {
            return;
        }

        SortedDictionary<string, string> limits = Merged(items, "default");
        SortedDictionary<string, string> requests = Merged(items, "defaultRequest");
        var notes = new List<string>();
        foreach ((string list, string what) in (ReadOnlySpan<(string, string)>)[("containers", "container"), ("initContainers", "init container")])
        {
            foreach (JsonObject container in (spec[list] as JsonArray ?? []).OfType<JsonObject>())
            {
                string[] setLimits = Fill(container, "limits", limits);
                string[] setRequests = Fill(container, "requests", requests);
                Note(notes, setRequests, "request", what, container);
                Note(notes, setLimits, "limit", what, container);
            }
        }

        if (notes.Count > 0)
        {
            JsonObject metadata = SystemMetadata.Of(pod);
            JsonObject annotations = metadata["annotations"] as JsonObject ?? [];
            annotations[Annotation] = $"LimitRanger plugin set: {string.Join("; ", notes)}";
            metadata["annotations"] ??= annotations;
        }
    }

    private static void Note(List<string> notes, string[] set, string member, string what, JsonObject container)
    {
        if (set.Length > 0)
        {
            notes.Add($"{string.Join(", ", set)} {member} for {what} {(string?)container["name"]}");
        }
    }

    private static string[] Fill(JsonObject container, string member, SortedDictionary<string, string> defaults)
    {
        JsonObject resources = container["resources"] as JsonObject ?? [];
        JsonObject given = resources[member] as JsonObject ?? [];
        string[] missing = [.. defaults.Keys.Where(name => given[name] is null)];
        foreach (string name in missing)
        {
            given[name] = defaults[name];
        }

        if (missing.Length > 0)
        {
            resources[member] ??= given;
            container["resources"] ??= resources;
        }

        return missing;
    }

    private static SortedDictionary<string, string> Merged(JsonObject[] items, string member)
    {
        var merged = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, JsonNode? amount) in items.SelectMany(item => item[member] as JsonObject ?? []))
        {
            merged[name] = amount?.ToString() ?? "0";
        }

        return merged;
    }
}

/// <summary>What a LimitRange refuses, in kube-apiserver's words. Pure.</summary>
internal static class LimitChecks
{
    public static IEnumerable<string> Pod(JsonObject range, JsonObject pod)
    {
        var spec = pod["spec"] as JsonObject;
        foreach (JsonObject item in Items(range))
        {
            switch ((string?)item["type"])
            {
                case "Container":
                    IEnumerable<JsonNode?> containers = (spec?["containers"] as JsonArray ?? []).Concat(spec?["initContainers"] as JsonArray ?? []);
                    foreach (JsonNode? container in containers)
                    {
                        foreach (string error in Judge(item, Amounts.Read(container?["resources"]?["requests"]), Amounts.Read(container?["resources"]?["limits"])))
                        {
                            yield return error;
                        }
                    }

                    break;
                case "Pod":
                    foreach (string error in Judge(item, PodAmounts.Requests(spec), PodAmounts.Limits(spec)))
                    {
                        yield return error;
                    }

                    break;
            }
        }
    }

    public static IEnumerable<string> Claim(JsonObject range, JsonObject claim)
    {
        SortedDictionary<string, Quantity> requests = Amounts.Read(claim["spec"]?["resources"]?["requests"]);
        foreach (JsonObject item in Items(range).Where(item => (string?)item["type"] == "PersistentVolumeClaim"))
        {
            foreach ((string name, Quantity least) in Amounts.Read(item["min"]))
            {
                if (Least("PersistentVolumeClaim", name, least, requests, Amounts.New()) is { } error)
                {
                    yield return error;
                }
            }

            foreach ((string name, Quantity most) in Amounts.Read(item["max"]))
            {
                string rule = $"maximum {name} usage per PersistentVolumeClaim is {most.Canonical()}";
                if (!requests.TryGetValue(name, out Quantity asked))
                {
                    yield return $"{rule}.  No request is specified";
                }
                else if (asked > most)
                {
                    yield return $"{rule}, but request is {asked.Canonical()}";
                }
            }
        }
    }

    private static IEnumerable<JsonObject> Items(JsonObject range) => (range["spec"]?["limits"] as JsonArray ?? []).OfType<JsonObject>();

    private static IEnumerable<string> Judge(JsonObject item, SortedDictionary<string, Quantity> requests, SortedDictionary<string, Quantity> limits)
    {
        string type = (string?)item["type"] ?? "";
        IEnumerable<string?> errors =
        [
            .. Amounts.Read(item["min"]).Select(entry => Least(type, entry.Key, entry.Value, requests, limits)),
            .. Amounts.Read(item["max"]).Select(entry => Most(type, entry.Key, entry.Value, requests, limits)),
            .. Amounts.Read(item["maxLimitRequestRatio"]).Select(entry => Ratio(type, entry.Key, entry.Value, requests, limits)),
        ];
        return errors.OfType<string>();
    }

    private static string? Least(
        string type, string name, Quantity least, SortedDictionary<string, Quantity> requests, SortedDictionary<string, Quantity> limits)
    {
        string rule = $"minimum {name} usage per {type} is {least.Canonical()}";
        return !requests.TryGetValue(name, out Quantity asked) ? $"{rule}.  No request is specified"
            : asked < least ? $"{rule}, but request is {asked.Canonical()}"
            : limits.TryGetValue(name, out Quantity limit) && limit < least ? $"{rule}, but limit is {limit.Canonical()}"
            : null;
    }

    private static string? Most(
        string type, string name, Quantity most, SortedDictionary<string, Quantity> requests, SortedDictionary<string, Quantity> limits)
    {
        string rule = $"maximum {name} usage per {type} is {most.Canonical()}";
        return !limits.TryGetValue(name, out Quantity limit) ? $"{rule}.  No limit is specified"
            : limit > most ? $"{rule}, but limit is {limit.Canonical()}"
            : requests.TryGetValue(name, out Quantity asked) && asked > most ? $"{rule}, but request is {asked.Canonical()}"
            : null;
    }

    private static string? Ratio(
        string type, string name, Quantity most, SortedDictionary<string, Quantity> requests, SortedDictionary<string, Quantity> limits)
    {
        string rule = $"{name} max limit to request ratio per {type} is {most.Canonical()}";
        if (!requests.TryGetValue(name, out Quantity asked) || asked.Nanos.IsZero)
        {
            return $"{rule}, but no request is specified or request is 0";
        }

        if (!limits.TryGetValue(name, out Quantity limit) || limit.Nanos.IsZero)
        {
            return $"{rule}, but no limit is specified or limit is 0";
        }

        double ratio = (double)limit.Nanos / (double)asked.Nanos;
        return ratio * 1e9 > (double)most.Nanos ? $"{rule}, but provided ratio is {ratio.ToString("F6", CultureInfo.InvariantCulture)}" : null;
    }
}
