using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Schemas;

namespace Fairway.ApiServer;

/// <summary>
/// Converts custom resources between versions by the webhook that their definition names (ConversionReview v1 and v1beta1). Of
/// metadata only labels and annotations may change. Source of the semantics and words: apiextensions-apiserver.
/// </summary>
internal sealed class Conversions(WebhookCaller caller)
{
    private static readonly string[] Known = ["v1", "v1beta1"];

    /// <summary>The objects in another version, in the same order.</summary>
    /// <param name="kind">Whose definition names the webhook.</param>
    /// <param name="objects">Of one kind, each in another version than the wanted one.</param>
    /// <exception cref="StatusException">500: it cannot be reached, refuses, or answers what it must not.</exception>
    public async Task<IReadOnlyList<JsonObject>> ConvertAsync(
        KindDefinition kind, IReadOnlyList<JsonObject> objects, string apiVersion, CancellationToken cancellation)
    {
        JsonObject webhook = kind.Custom!.Conversion!;
        string from = $"{(string?)objects[0]["apiVersion"]}, Kind={kind.Type.Kind}";
        string version = (webhook["conversionReviewVersions"] as JsonArray ?? []).Select(each => each?.ToString() ?? "").FirstOrDefault(Known.Contains)
            ?? throw Failed("no supported conversion review versions");
        string uid = Guid.NewGuid().ToString();
        var review = new JsonObject
        {
            ["kind"] = "ConversionReview",
            ["apiVersion"] = $"apiextensions.k8s.io/{version}",
            ["request"] = new JsonObject
            {
                ["uid"] = uid,
                ["desiredAPIVersion"] = apiVersion,
                ["objects"] = new JsonArray([.. objects.Select(each => each.DeepClone())]),
            },
        };
        JsonArray converted;
        try
        {
            byte[] answer = await caller.ConvertAsync(webhook["clientConfig"], review, cancellation);
            converted = Read(answer, version, uid);
        }
        catch (WebhookUnavailableException why)
        {
            throw Failed($"conversion webhook for {from} failed: {why.Message}");
        }

        if (converted.Count != objects.Count)
        {
            throw Failed($"conversion webhook for {from} returned {converted.Count} objects, expected {objects.Count}");
        }

        return [.. objects.Select((original, index) => Checked(original, converted[index] as JsonObject, apiVersion, from, index))];
    }

    private static JsonArray Read(byte[] answer, string version, string uid)
    {
        JsonObject? review;
        try
        {
            review = JsonNode.Parse(answer, null, new JsonDocumentOptions { MaxDepth = Document.MaxDepth }) as JsonObject;
        }
        catch (JsonException broken)
        {
            throw new WebhookUnavailableException($"couldn't get version/kind; json parse error: {broken.Message}", broken);
        }

        if (version == "v1" && (Text(review, "apiVersion"), Text(review, "kind")) is var (group, name) && (group, name) != ("apiextensions.k8s.io/v1", "ConversionReview"))
        {
            throw new WebhookUnavailableException($"expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got {group}, Kind={name}");
        }

        if (review?["response"] is not JsonObject response)
        {
            throw new WebhookUnavailableException("no response provided");
        }

        if (version == "v1" && Text(response, "uid") is var got && got != uid)
        {
            throw new WebhookUnavailableException($"expected response.uid=\"{uid}\", got \"{got}\"");
        }

        string status = Text(response["result"], "status");
        return status == "Success"
            ? response["convertedObjects"] as JsonArray ?? []
            : throw new WebhookUnavailableException(
                Text(response["result"], "message") is { Length: > 0 } message ? message : $"response.result.status was '{status}', not 'Success'");
    }

    private static JsonObject Checked(JsonObject original, JsonObject? converted, string apiVersion, string from, int index)
    {
        string where = $"conversion webhook for {from} returned invalid object at index {index}";
        if (Text(converted, "apiVersion") is var version && version != apiVersion)
        {
            throw Failed($"{where}: invalid groupVersion (expected {apiVersion}, received {version})");
        }

        if (Text(converted, "kind") is var kind && kind != Text(original, "kind"))
        {
            throw Failed($"{where}: invalid kind (expected {Text(original, "kind")}, received {kind})");
        }

        foreach ((string member, string named) in (ReadOnlySpan<(string, string)>)[("name", "name"), ("namespace", "namespace"), ("uid", "UID")])
        {
            if ((Text(original["metadata"], member), Text(converted!["metadata"], member)) is var (before, after) && before != after)
            {
                throw Failed($"conversion webhook for {from} returned invalid object: must have the same {named}: {before} != {after}");
            }
        }

        var made = (JsonObject)converted!.DeepClone();
        made["metadata"] = Metadata(original["metadata"] as JsonObject ?? [], converted["metadata"], from);
        return made;
    }

    /// <summary>The original's, but for labels and annotations.</summary>
    private static JsonObject Metadata(JsonObject original, JsonNode? converted, string from)
    {
        string where = $"conversion webhook for {from} returned invalid metadata";
        if (converted is not JsonObject given)
        {
            throw Failed($"{where}: missing metadata in converted object");
        }

        var metadata = (JsonObject)original.DeepClone();
        foreach (string member in (ReadOnlySpan<string>)["labels", "annotations"])
        {
            metadata.Remove(member);
            if (given[member] is not { } values)
            {
                continue;
            }

            if (values is not JsonObject pairs)
            {
                throw Failed($"{where}: invalid metadata.{member} in converted object");
            }

            foreach ((string key, JsonNode? value) in pairs)
            {
                if (KubeJson.AsString(value) is null)
                {
                    throw Failed($"{where}: metadata.{member}[{key}] must be a string in converted object");
                }
            }

            metadata[member] = pairs.DeepClone();
        }

        return metadata;
    }

    private static string Text(JsonNode? parent, string member) => KubeJson.AsString((parent as JsonObject)?[member]) ?? "";

    private static StatusException Failed(string message) => new(500, "", message);
}
