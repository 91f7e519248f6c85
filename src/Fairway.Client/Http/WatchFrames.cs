using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Fairway.Resources;

namespace Fairway.Client;

/// <summary>Reads a watch response: one JSON object to a line. Holds one event in memory at a time.</summary>
public static class WatchFrames
{
    /// <summary>The longest event that is accepted, in bytes.</summary>
    public const int MaxEventLength = 16 * 1024 * 1024;

    /// <summary>Events until the stream ends.</summary>
    /// <exception cref="StatusException">The server sent an ERROR event.</exception>
    /// <exception cref="JsonException">A line is no watch event.</exception>
    public static async IAsyncEnumerable<WatchEvent> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16 * 1024, leaveOpen: true));
        try
        {
            while (true)
            {
                ReadResult read = await reader.ReadAsync(cancellation);
                ReadOnlySequence<byte> buffer = read.Buffer;
                while (TakeLine(ref buffer, read.IsCompleted, out byte[]? line))
                {
                    if (line is not null)
                    {
                        yield return Parse(line);
                    }
                }

                if (buffer.Length > MaxEventLength)
                {
                    throw new JsonException($"A watch event is longer than {MaxEventLength} bytes.");
                }

                reader.AdvanceTo(buffer.Start, buffer.End);
                if (read.IsCompleted)
                {
                    yield break;
                }
            }
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }

    private static bool TakeLine(ref ReadOnlySequence<byte> buffer, bool isLast, out byte[]? line)
    {
        line = null;
        SequencePosition? end = buffer.PositionOf((byte)'\n');
        if (end is { } newline)
        {
            ReadOnlySequence<byte> content = buffer.Slice(0, newline);
            buffer = buffer.Slice(buffer.GetPosition(1, newline));
            line = content.Length > 1 ? content.ToArray() : null;
            return true;
        }

        // A line cut off in the middle means that the connection broke: what is left of it is no event.
        buffer = isLast ? buffer.Slice(buffer.End) : buffer;
        return false;
    }

    private static WatchEvent Parse(byte[] line)
    {
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = Document.MaxDepth });
        string? type = null;
        Range body = default;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isType = reader.ValueTextEquals("type"u8);
            bool isObject = reader.ValueTextEquals("object"u8);
            reader.Read();
            int start = (int)reader.TokenStartIndex;
            if (isType)
            {
                type = reader.GetString();
            }

            reader.Skip();
            if (isObject)
            {
                body = start..(int)reader.BytesConsumed;
            }
        }

        if (body.Equals(default))
        {
            throw new JsonException("A watch event has no object.");
        }

        ReadOnlyMemory<byte> json = line.AsMemory(body);
        return type switch
        {
            "ADDED" => new WatchEvent(WatchEventType.Added, Document.FromTrusted(json)),
            "MODIFIED" => new WatchEvent(WatchEventType.Modified, Document.FromTrusted(json)),
            "DELETED" => new WatchEvent(WatchEventType.Deleted, Document.FromTrusted(json)),
            "BOOKMARK" => new WatchEvent(WatchEventType.Bookmark, Document.FromTrusted(json)),
            "ERROR" => throw StatusBody.Read(500, json.Span),
            _ => throw new JsonException($"A watch event has the unknown type {type}."),
        };
    }
}
