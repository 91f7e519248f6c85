using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fairway.Storage;

/// <summary>
/// The text that an entry's hash stands for: JSON without white space, members in ordinal order, and everything that the entry
/// says. Anyone can check an exported ledger with SHA-256 alone.
/// </summary>
internal static class CanonicalEntry
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    // What needs no escape in JSON is written as it is.
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static LedgerEntry Make(long sequence, string previous, Fact fact)
    {
        Fact kept = fact with { At = DateTimeOffset.FromUnixTimeMilliseconds(fact.At.ToUnixTimeMilliseconds()) };
        var members = new JsonObject
        {
            ["sequence"] = sequence,
            ["previous"] = previous,
            ["at"] = kept.At.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture),
            ["type"] = kept.Type,
            ["actor"] = kept.Actor,
            ["namespace"] = kept.Namespace,
            ["application"] = kept.Application,
            ["environment"] = kept.Environment,
            ["release"] = kept.Release,
            ["subject"] = kept.Subject,
            ["data"] = kept.Data?.DeepClone(),
        };
        string canonical = Write(members);
        return new LedgerEntry(sequence, kept, previous, Hash(canonical), canonical);
    }

    /// <summary>Reads an entry back from its text; the hash is the one that the text really has.</summary>
    /// <exception cref="FormatException">The text is not an entry.</exception>
    public static LedgerEntry Read(string canonical)
    {
        try
        {
            JsonObject members = JsonNode.Parse(canonical)!.AsObject();
            var fact = new Fact
            {
                Type = (string)members["type"]!,
                At = DateTimeOffset.ParseExact((string)members["at"]!, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
                Actor = (string)members["actor"]!,
                Namespace = (string)members["namespace"]!,
                Application = (string?)members["application"],
                Environment = (string?)members["environment"],
                Release = (string?)members["release"],
                Subject = (string?)members["subject"],
                Data = members["data"]?.DeepClone().AsObject(),
            };
            return new LedgerEntry((long)members["sequence"]!, fact, (string)members["previous"]!, Hash(canonical), canonical);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException or NullReferenceException or ArgumentException)
        {
            throw new FormatException("The text is not a ledger entry.", failure);
        }
    }

    private static string Hash(string canonical) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)));

    private static string Write(JsonObject members)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Compact))
        {
            Write(writer, members);
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static void Write(Utf8JsonWriter writer, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                writer.WriteStartObject();
                foreach (var (name, value) in members.OrderBy(member => member.Key, StringComparer.Ordinal))
                {
                    // A null says no more than a missing member, except inside data, where it was written on purpose.
                    if (value is not null || members.Parent is not null)
                    {
                        writer.WritePropertyName(name);
                        Write(writer, value);
                    }
                }

                writer.WriteEndObject();
                break;
            case JsonArray items:
                writer.WriteStartArray();
                foreach (JsonNode? item in items)
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            case null:
                writer.WriteNullValue();
                break;
            default:
                node.WriteTo(writer);
                break;
        }
    }
}
