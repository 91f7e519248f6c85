using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Microsoft.AspNetCore.Http;

namespace Fairway.ApiServer;

/// <summary>Writes answers: in the negotiated format, compressed when that pays.</summary>
internal static class Responses
{
    // Below this, compressing costs more than it saves.
    private const int CompressFrom = 128 * 1024;

    /// <summary>Writes a document that is not negotiated further than its format.</summary>
    public static Task WriteAsync(HttpContext context, int code, Document document, Negotiated format)
    {
        if (context.Items.TryGetValue(typeof(Call), out object? call))
        {
            ((Call)call!).NoteResponse(document);
        }

        return WriteBytesAsync(context, code, Encode(document, format), format.ContentType);
    }

    public static Task WriteAsync(HttpContext context, StatusException refused)
    {
        if (refused.Details?.RetryAfterSeconds is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        Negotiated format = Negotiation.ForRefusal(context.Request);
        return WriteBytesAsync(context, refused.Code, Encode(Document.FromTrusted(StatusBody.Write(refused)), format), format.ContentType);
    }

    public static Task WriteTextAsync(HttpContext context, int code, string text)
        => WriteBytesAsync(context, code, System.Text.Encoding.UTF8.GetBytes(text), "text/plain; charset=utf-8");

    /// <summary>A list in raw JSON, without parsing its items. Those of Kubernetes' own kinds do not say what they are: the list does.</summary>
    public static Document List(KindDefinition kind, ListPage page)
    {
        ResourceType type = kind.Type;
        var output = new ArrayBufferWriter<byte>(1024 + page.Items.Sum(item => item.Json.Length + 1));
        var metadata = new JsonObject();
        if (page.Revision > 0)
        {
            metadata["resourceVersion"] = page.Revision.ToString(CultureInfo.InvariantCulture);
        }

        if (page.Continue is { } next)
        {
            metadata["continue"] = next.ToString();
        }
        else if (kind.Custom is not null)
        {
            metadata["continue"] = ""; // lists of custom resources always have it
        }

        if (page.Remaining is { } remaining)
        {
            metadata["remainingItemCount"] = remaining;
        }

        output.Write(System.Text.Encoding.UTF8.GetBytes(
            $"{{\"kind\":\"{kind.ListKind}\",\"apiVersion\":\"{type.ApiVersion}\",\"metadata\":{metadata.ToJsonString()},\"items\":["));
        for (int index = 0; index < page.Items.Count; index++)
        {
            if (index > 0)
            {
                output.Write(","u8);
            }

            if (kind.IsBuiltIn)
            {
                page.Items[index].WriteUntyped(output);
            }
            else
            {
                output.Write(page.Items[index].Json.Span);
            }
        }

        output.Write("]}"u8);
        return Document.FromTrusted(output.WrittenMemory);
    }

    /// <summary>Adds a Warning header for each text.</summary>
    public static void Warn(HttpContext context, IEnumerable<string> warnings)
    {
        foreach (string warning in warnings.Distinct())
        {
            if (warning.Length == 0 || warning.Any(char.IsControl))
            {
                continue; // no header can hold it
            }

            var text = new StringBuilder();
            foreach (char letter in warning)
            {
                text.Append(letter switch
                {
                    '"' or '\\' => $"\\{letter}",
                    < ' ' or > '~' => "?",
                    _ => letter.ToString(),
                });
            }

            context.Response.Headers.Append("Warning", $"299 - \"{text}\"");
        }
    }

    public static async Task WriteBytesAsync(HttpContext context, int code, ReadOnlyMemory<byte> body, string contentType, string? caching = null)
    {
        HttpResponse response = context.Response;
        response.StatusCode = code;
        response.ContentType = contentType;
        response.Headers.CacheControl = caching ?? "no-cache, private";
        if (HttpMethods.IsHead(context.Request.Method))
        {
            response.ContentLength = body.Length;
            return;
        }

        if (body.Length < CompressFrom || !context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase))
        {
            response.ContentLength = body.Length;
            await response.Body.WriteAsync(body, context.RequestAborted);
            return;
        }

        response.Headers.ContentEncoding = "gzip";
        if (!response.Headers.Vary.Contains("Accept-Encoding"))
        {
            response.Headers.Append("Vary", "Accept-Encoding");
        }

        await using var gzip = new GZipStream(response.Body, CompressionLevel.Fastest, leaveOpen: true);
        await gzip.WriteAsync(body, context.RequestAborted);
    }

    private static ReadOnlyMemory<byte> Encode(Document document, Negotiated format)
        => format.Format == BodyFormat.Yaml ? YamlBody.Write(document.ToNode())
            : format.Pretty ? JsonSerializer.SerializeToUtf8Bytes<JsonNode>(document.ToNode(), Indented)
            : document.Json;

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = Fairway.Resources.Schemas.GoJsonEncoder.Instance,
        TypeInfoResolver = new System.Text.Json.Serialization.Metadata.DefaultJsonTypeInfoResolver(),
    };
}
