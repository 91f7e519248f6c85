using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Schemas;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Fairway.ApiServer;

/// <summary>Reads request bodies within bounds, in the formats that are accepted.</summary>
internal static class RequestBody
{
    private const string AcceptedObjects = "application/json, application/yaml, application/vnd.kubernetes.protobuf";
    private const string AcceptedPatches =
        "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";

    /// <summary>An object of any kind, in JSON or YAML.</summary>
    public static async Task<ObjectBody> ReadObjectAsync(HttpRequest request, int limit, CancellationToken cancellation)
    {
        byte[] bytes = await ReadAsync(request, limit, cancellation);
        ObjectBody body = MediaType(request) switch
        {
            "" or "application/json" => new ObjectBody(bytes),
            ProtobufBody.MediaType => new ObjectBody(ProtobufBody.ReadObject(bytes)),
            "application/yaml" or "application/x-yaml" => new ObjectBody(YamlBody.ReadObject(bytes)),
            _ => throw Refusals.UnsupportedMediaType(AcceptedObjects),
        };
        Note(request, () => body.Raw().DeepClone());
        return body;
    }

    /// <summary>The form of the patch that is sent.</summary>
    /// <exception cref="StatusException">415, naming the forms that the kind takes.</exception>
    public static PatchKind PatchKindOf(HttpRequest request, bool takesStrategic) => MediaType(request) switch
    {
        "application/json-patch+json" => PatchKind.Json,
        "application/merge-patch+json" => PatchKind.Merge,
        "application/strategic-merge-patch+json" when takesStrategic => PatchKind.StrategicMerge,
        "application/apply-patch+yaml" => PatchKind.Apply,
        _ => throw (takesStrategic ? Refusals.NotConsumed() : Refusals.UnsupportedMediaType(AcceptedPatches)),
    };

    public static async Task<PatchBody> ReadPatchAsync(HttpRequest request, PatchKind kind, int limit, CancellationToken cancellation)
    {
        byte[] bytes = await ReadAsync(request, limit, cancellation);
        var patch = new PatchBody(kind, kind == PatchKind.Apply && !IsJson(bytes) ? YamlBody.ReadObject(bytes) : Json(bytes));
        Note(request, () => patch.Body.DeepClone());
        return patch;
    }

    /// <summary>DeleteOptions from the body or, without one, from the query; and whether dependents are asked to go first (orphanDependents=false).</summary>
    public static async Task<(DeleteOptions Options, bool IsCascading)> ReadDeleteOptionsAsync(HttpRequest request, int limit, CancellationToken cancellation)
    {
        byte[] bytes = await ReadAsync(request, limit, cancellation);
        IQueryCollection query = request.Query;
        JsonObject? body = bytes.Length == 0 ? null
            : MediaType(request) == ProtobufBody.MediaType ? ProtobufBody.ReadObject(bytes)
            : IsJson(bytes) ? Json(bytes) as JsonObject : YamlBody.ReadObject(bytes);
        string? Given(string name) => query[name].ToString() is { Length: > 0 } value ? value : null;
        DeleteOptions options = body is null
            ? new DeleteOptions
            {
                PropagationPolicy = Given("propagationPolicy"),
                GracePeriodSeconds = MetaOptions.Number(Given("gracePeriodSeconds")),
                DryRun = query.ContainsKey("dryRun"),
            }
            : DeleteBody.Read(body);
        bool? orphans = body is null ? query.ContainsKey("orphanDependents") ? MetaOptions.Flag(query["orphanDependents"].ToString()) : null : KubeJson.AsBool(body["orphanDependents"]);
        string[] dryRun = body is null ? [.. query["dryRun"].Select(value => value ?? "")] : [.. (body.Array("dryRun") ?? []).Select(value => KubeJson.AsString(value) ?? "")];
        MetaOptions.CheckDelete(options, orphans is not null, dryRun);
        return (orphans is { } orphan && options.PropagationPolicy is null ? options with { PropagationPolicy = orphan ? "Orphan" : "Background" } : options, orphans == false);
    }

    private static void Note(HttpRequest request, Func<JsonNode?> body)
    {
        if (request.HttpContext.Items.TryGetValue(typeof(Call), out object? call))
        {
            ((Call)call!).NoteRequest(body);
        }
    }

    private static string MediaType(HttpRequest request)
        => MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type) ? type.MediaType.ToString().ToLowerInvariant() : request.ContentType ?? "";

    private static bool IsJson(ReadOnlySpan<byte> bytes) => bytes.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..];

    private static JsonNode Json(byte[] bytes)
    {
        if (IsJson(bytes) && bytes.AsSpan().TrimStart(" \t\r\n"u8)[0] == (byte)'{')
        {
            return ObjectDecoder.Decode(bytes, ResourceSchema.FreeForm).Object;
        }

        try
        {
            return JsonNode.Parse(bytes, documentOptions: new JsonDocumentOptions { MaxDepth = Document.MaxDepth, AllowDuplicateProperties = false })
                ?? throw StatusException.BadRequest("the request body is null");
        }
        catch (JsonException broken)
        {
            throw StatusException.BadRequest($"the request body is not valid JSON: {broken.Message}");
        }
    }

    private static async Task<byte[]> ReadAsync(HttpRequest request, int limit, CancellationToken cancellation)
    {
        if (request.ContentLength > limit)
        {
            throw Refusals.TooLarge(limit);
        }

        using var buffer = new MemoryStream((int)(request.ContentLength ?? 0));
        byte[] chunk = System.Buffers.ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            int read;
            while ((read = await request.Body.ReadAsync(chunk, cancellation)) > 0)
            {
                if (buffer.Length + read > limit)
                {
                    throw Refusals.TooLarge(limit);
                }

                buffer.Write(chunk, 0, read);
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(chunk);
        }

        return buffer.TryGetBuffer(out ArraySegment<byte> whole) && whole.Count == whole.Array!.Length ? whole.Array : buffer.ToArray();
    }
}
