using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using Fairway.Client;
using Fairway.Resources;
using Microsoft.AspNetCore.Http;

namespace Fairway.ApiServer;

/// <summary>
/// Streams a watch: one JSON object to a line. Documents are written as they are; tables and metadata are made once for each
/// document and shared among the watchers that want the same.
/// </summary>
internal static class WatchResponse
{
    private static readonly ConditionalWeakTable<Document, Dictionary<(Negotiated, int), Document>> Shaped = [];

    public static async Task WriteAsync(HttpContext context, IAsyncEnumerable<WatchEvent> events, Func<Document, bool, Document>? shape, CancellationToken cancellation)
    {
        context.Response.StatusCode = 200;
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-cache, private";
        PipeWriter output = context.Response.BodyWriter;
        await output.FlushAsync(CancellationToken.None); // the client learns at once that the watch stands, even if its time is over
        bool isFirst = true;
        try
        {
            await using IAsyncEnumerator<WatchEvent> reader = events.GetAsyncEnumerator(cancellation);
            while (true)
            {
                ValueTask<bool> next = reader.MoveNextAsync();
                if (!next.IsCompleted)
                {
                    await output.FlushAsync(cancellation);
                }

                if (!await next)
                {
                    break;
                }

                WatchEvent change = reader.Current;
                Write(output, Name(change.Type), (shape is null ? change.Object : shape(change.Object, isFirst)).Json.Span);
                isFirst = false;
                if (output.UnflushedBytes > 256 * 1024)
                {
                    await output.FlushAsync(cancellation);
                }
            }
        }
        catch (StatusException refused)
        {
            Write(output, "ERROR", StatusBody.Write(refused));
        }
        catch (OperationCanceledException)
        {
            // The client went, its time is over, or the server stops: the stream just ends.
        }

        if (!context.RequestAborted.IsCancellationRequested)
        {
            await output.FlushAsync(CancellationToken.None);
        }
    }

    /// <summary>The shaped form of a document, made once.</summary>
    public static Document Share(Document document, Negotiated shape, int variant, Func<Document> make)
    {
        Dictionary<(Negotiated, int), Document> forms = Shaped.GetValue(document, static _ => []);
        lock (forms)
        {
            if (!forms.TryGetValue((shape, variant), out Document? form))
            {
                form = make();
                forms[(shape, variant)] = form;
            }

            return form;
        }
    }

    public static string Name(WatchEventType type) => type switch
    {
        WatchEventType.Added => "ADDED",
        WatchEventType.Modified => "MODIFIED",
        WatchEventType.Deleted => "DELETED",
        _ => "BOOKMARK",
    };

    private static void Write(PipeWriter output, string type, ReadOnlySpan<byte> json)
    {
        output.Write("{\"type\":\""u8);
        Encoding.ASCII.GetBytes(type.AsSpan(), output);
        output.Write("\",\"object\":"u8);
        output.Write(json);
        output.Write("}\n"u8);
    }
}
