using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Fairway.Resources.Schemas;

namespace Fairway.Resources;

/// <summary>
/// One Kubernetes resource as the API serves it: immutable UTF-8 JSON, with the header that every reader needs parsed on
/// first use. Storage, watches and the API server pass documents on untouched, so fields that no record knows survive;
/// typed records (<see cref="As{T}"/>) are views over a document.
/// </summary>
/// <remarks>Safe for concurrent readers. The header and the last typed view are cached on the instance.</remarks>
public sealed class Document
{
    /// <summary>The deepest nesting accepted from outside.</summary>
    public const int MaxDepth = 128;

    private static readonly JsonWriterOptions Writing = new() { Encoder = GoJsonEncoder.Instance, SkipValidation = true };

    private DocumentHeader? _header;
    private object? _view;

    private Document(ReadOnlyMemory<byte> json) => Json = json;

    /// <summary>The document as UTF-8 JSON, without insignificant white space unless the writer sent some.</summary>
    public ReadOnlyMemory<byte> Json { get; }

    /// <summary>apiVersion, kind and the metadata that selectors, owners and watches need. Never null.</summary>
    public DocumentHeader Header => _header ??= DocumentHeader.Read(Json.Span);

    /// <summary>Wraps JSON that is already known to be valid (read back from storage or just written by this program).</summary>
    public static Document FromTrusted(ReadOnlyMemory<byte> json) => new(json);

    /// <summary>Writes a node tree out as a document.</summary>
    public static Document From(JsonNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return new Document(Write(node, NodeContext.Default.JsonNode));
    }

    /// <summary>Writes a typed record out as a document; null members are left out.</summary>
    public static Document From<T>(T resource)
        where T : class, IResource
        => new(Write(resource, KindOf<T>.Json)) { _view = resource };

    /// <summary>A fresh, mutable tree of the document.</summary>
    public JsonObject ToNode()
        => JsonNode.Parse(Json.Span, documentOptions: new JsonDocumentOptions { MaxDepth = MaxDepth })!.AsObject();

    /// <summary>
    /// Writes the document without its apiVersion and kind, as the items of a list are that says for all of them what they are.
    /// Costs a copy of the bytes.
    /// </summary>
    public void WriteUntyped(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        ReadOnlySpan<byte> json = Json.Span;
        (Range first, Range second) = (Header.TypeMembers.ApiVersion, Header.TypeMembers.Kind);
        if (second.Start.Value < first.Start.Value)
        {
            (first, second) = (second, first);
        }

        if (first.End.Value == 0 || IsBetween(json[first.End.Value..second.Start.Value]))
        {
            Cut(json, (first.End.Value == 0 ? second.Start : first.Start)..second.End, 0, output, isLast: true);
            return;
        }

        int at = Cut(json, first, 0, output, isLast: false);
        Cut(json, second, at, output, isLast: true);
    }

    private static bool IsBetween(ReadOnlySpan<byte> gap) => gap.IndexOfAnyExcept(" \t\r\n,"u8) < 0;

    // Writes what stands before a place and skips the place with the comma that belongs to it.
    private static int Cut(ReadOnlySpan<byte> json, Range place, int from, IBufferWriter<byte> output, bool isLast)
    {
        (int start, int end) = (place.Start.Value, place.End.Value);
        if (end > 0)
        {
            int next = end + Math.Max(0, json[end..].IndexOfAnyExcept(" \t\r\n"u8));
            if (json[next] == (byte)',')
            {
                end = next + 1;
            }
            else if (json[from..start].LastIndexOfAnyExcept(" \t\r\n"u8) is >= 0 and var before && json[from + before] == (byte)',')
            {
                start = from + before;
            }

            output.Write(json[from..start]);
            from = end;
        }

        if (isLast)
        {
            output.Write(json[from..]);
        }

        return from;
    }

    /// <summary>The typed view. Unknown fields are not in it and stay in <see cref="Json"/>.</summary>
    /// <exception cref="JsonException">A field has a type that the record does not take.</exception>
    public T As<T>()
        where T : class, IResource
    {
        if (_view is T view)
        {
            return view;
        }

        JsonTypeInfo<T> info = KindOf<T>.Json;
        T parsed = JsonSerializer.Deserialize(Json.Span, info) ?? throw new JsonException("The document is null.");
        _view = parsed;
        return parsed;
    }

    private static byte[] Write<T>(T value, JsonTypeInfo<T> info)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, Writing))
        {
            JsonSerializer.Serialize(writer, value, info);
        }

        return buffer.WrittenSpan.ToArray();
    }

    public override string ToString() => $"{Header.Kind} {Header.Namespace}/{Header.Name}@{Header.ResourceVersion}";
}
