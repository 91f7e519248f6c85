using System.Text.Json;

namespace Fairway.Resources;

/// <summary>
/// The part of a document that the platform itself reads: type and metadata without managedFields. Parsed in one pass over
/// the bytes, without building a tree; cost is linear in the document's length and allocates only what it keeps.
/// </summary>
public sealed record DocumentHeader
{
    private static readonly Dictionary<string, string> NoStrings = [];

    public string ApiVersion { get; private set; } = "";

    public string Kind { get; private set; } = "";

    public string Name { get; private set; } = "";

    /// <summary>Empty for resources that belong to no namespace.</summary>
    public string Namespace { get; private set; } = "";

    public string GenerateName { get; private set; } = "";

    public string Uid { get; private set; } = "";

    public string ResourceVersion { get; private set; } = "";

    public long Generation { get; private set; }

    public string? CreationTimestamp { get; private set; }

    public string? DeletionTimestamp { get; private set; }

    public IReadOnlyDictionary<string, string> Labels { get; private set; } = NoStrings;

    public IReadOnlyDictionary<string, string> Annotations { get; private set; } = NoStrings;

    public IReadOnlyList<string> Finalizers { get; private set; } = [];

    public IReadOnlyList<OwnerReference> OwnerReferences { get; private set; } = [];

    /// <summary>Where apiVersion and kind stand in the JSON, each from its name's quote to the end of its value; empty where absent.</summary>
    internal TypePlaces TypeMembers { get; private set; }

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
            int start = (int)reader.TokenStartIndex;
            if (reader.ValueTextEquals("apiVersion"u8))
            {
                header.ApiVersion = ReadString(ref reader) ?? "";
                header.TypeMembers = header.TypeMembers with { ApiVersion = start..(int)reader.BytesConsumed };
            }
            else if (reader.ValueTextEquals("kind"u8))
            {
                header.Kind = ReadString(ref reader) ?? "";
                header.TypeMembers = header.TypeMembers with { Kind = start..(int)reader.BytesConsumed };
            }
            else if (reader.ValueTextEquals("metadata"u8))
            {
                header.ReadMetadata(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        return header;
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!ReadIdentity(ref reader) && !ReadCollection(ref reader))
            {
                reader.Skip();
            }
        }
    }

    /// <summary>Reads the value when the reader stands on one of these names; names are compared as bytes, without a string.</summary>
    private bool ReadIdentity(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("name"u8))
        {
            Name = ReadString(ref reader) ?? "";
        }
        else if (reader.ValueTextEquals("namespace"u8))
        {
            Namespace = ReadString(ref reader) ?? "";
        }
        else if (reader.ValueTextEquals("generateName"u8))
        {
            GenerateName = ReadString(ref reader) ?? "";
        }
        else if (reader.ValueTextEquals("uid"u8))
        {
            Uid = ReadString(ref reader) ?? "";
        }
        else if (reader.ValueTextEquals("resourceVersion"u8))
        {
            ResourceVersion = ReadString(ref reader) ?? "";
        }
        else if (reader.ValueTextEquals("generation"u8))
        {
            Generation = ReadLong(ref reader);
        }
        else if (reader.ValueTextEquals("creationTimestamp"u8))
        {
            CreationTimestamp = ReadString(ref reader);
        }
        else if (reader.ValueTextEquals("deletionTimestamp"u8))
        {
            DeletionTimestamp = ReadString(ref reader);
        }
        else
        {
            return false;
        }

        return true;
    }

    private bool ReadCollection(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("labels"u8))
        {
            Labels = ReadStrings(ref reader);
        }
        else if (reader.ValueTextEquals("annotations"u8))
        {
            Annotations = ReadStrings(ref reader);
        }
        else if (reader.ValueTextEquals("finalizers"u8))
        {
            Finalizers = ReadList(ref reader);
        }
        else if (reader.ValueTextEquals("ownerReferences"u8))
        {
            OwnerReferences = ReadOwners(ref reader);
        }
        else
        {
            return false;
        }

        return true;
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

/// <summary>Two places in a document's JSON, by byte.</summary>
internal readonly record struct TypePlaces(Range ApiVersion, Range Kind);
