using System.Text.Json;

namespace Fairway.Resources;

/// <summary>
/// The part of a document that the platform itself reads: type and metadata without managedFields. Parsed in one pass over
/// the bytes, without building a tree; cost is linear in the document's length and allocates only what it keeps.
/// </summary>
public sealed record DocumentHeader
{
    private static readonly Dictionary<string, string> NoStrings = [];

    public string ApiVersion { get; init; } = "";

    public string Kind { get; init; } = "";

    public string Name { get; init; } = "";

    /// <summary>Empty for resources that belong to no namespace.</summary>
    public string Namespace { get; init; } = "";

    public string GenerateName { get; init; } = "";

    public string Uid { get; init; } = "";

    public string ResourceVersion { get; init; } = "";

    public long Generation { get; init; }

    public string? CreationTimestamp { get; init; }

    public string? DeletionTimestamp { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = NoStrings;

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = NoStrings;

    public IReadOnlyList<string> Finalizers { get; init; } = [];

    public IReadOnlyList<OwnerReference> OwnerReferences { get; init; } = [];

    /// <summary>Deletion was asked for; finalizers or a grace period hold the object.</summary>
    public bool IsDeleting => DeletionTimestamp is not null;

    /// <summary>Reads the header of a JSON object; members of a wrong type are skipped, since validation has its own pass.</summary>
    public static DocumentHeader Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = Document.MaxDepth });
        var header = new DocumentHeader();
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return header;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("apiVersion"u8))
            {
                header = header with { ApiVersion = ReadString(ref reader) ?? "" };
            }
            else if (reader.ValueTextEquals("kind"u8))
            {
                header = header with { Kind = ReadString(ref reader) ?? "" };
            }
            else if (reader.ValueTextEquals("metadata"u8))
            {
                header = ReadMetadata(ref reader, header);
            }
            else
            {
                reader.Skip();
            }
        }

        return header;
    }

    private static DocumentHeader ReadMetadata(ref Utf8JsonReader reader, DocumentHeader header)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return header;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string member = reader.GetString()!;
            header = member switch
            {
                "name" => header with { Name = ReadString(ref reader) ?? "" },
                "namespace" => header with { Namespace = ReadString(ref reader) ?? "" },
                "generateName" => header with { GenerateName = ReadString(ref reader) ?? "" },
                "uid" => header with { Uid = ReadString(ref reader) ?? "" },
                "resourceVersion" => header with { ResourceVersion = ReadString(ref reader) ?? "" },
                "generation" => header with { Generation = ReadLong(ref reader) },
                "creationTimestamp" => header with { CreationTimestamp = ReadString(ref reader) },
                "deletionTimestamp" => header with { DeletionTimestamp = ReadString(ref reader) },
                "labels" => header with { Labels = ReadStrings(ref reader) },
                "annotations" => header with { Annotations = ReadStrings(ref reader) },
                "finalizers" => header with { Finalizers = ReadList(ref reader) },
                "ownerReferences" => header with { OwnerReferences = ReadOwners(ref reader) },
                _ => Skipped(ref reader, header),
            };
        }

        return header;
    }

    private static DocumentHeader Skipped(ref Utf8JsonReader reader, DocumentHeader header)
    {
        reader.Skip();
        return header;
    }

    private static string? ReadString(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
        {
            return reader.GetString();
        }

        reader.Skip();
        return null;
    }

    private static long ReadLong(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long value))
        {
            return value;
        }

        reader.Skip();
        return 0;
    }

    private static Dictionary<string, string> ReadStrings(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return NoStrings;
        }

        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            result[key] = ReadString(ref reader) ?? "";
        }

        return result;
    }

    private static List<string> ReadList(ref Utf8JsonReader reader)
    {
        var result = new List<string>();
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return result;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.String)
            {
                result.Add(reader.GetString()!);
            }
            else
            {
                reader.Skip();
            }
        }

        return result;
    }

    private static List<OwnerReference> ReadOwners(ref Utf8JsonReader reader)
    {
        var result = new List<OwnerReference>();
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return result;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            OwnerReference? owner = JsonSerializer.Deserialize(ref reader, KindsJson.Of<OwnerReference>());
            if (owner is not null)
            {
                result.Add(owner);
            }
        }

        return result;
    }
}
