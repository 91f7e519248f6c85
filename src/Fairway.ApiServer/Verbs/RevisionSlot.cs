using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>
/// A document that is written out but for its resourceVersion, which only the storage's single writer knows: putting it in is a
/// copy, so that nothing is serialized while other writes wait.
/// </summary>
internal sealed class RevisionSlot
{
    // Random for each process, so that no one can plant it in an object.
    private static readonly string Marker = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
    private static readonly byte[] MarkerBytes = Encoding.ASCII.GetBytes(Marker);

    private readonly ReadOnlyMemory<byte> _json;
    private readonly int _slot;

    public RevisionSlot(JsonObject target)
    {
        target["metadata"]!["resourceVersion"] = Marker;
        _json = Document.From(target).Json;
        _slot = _json.Span.IndexOf(MarkerBytes);
    }

    public Document At(long revision)
    {
        Span<byte> digits = stackalloc byte[20];
        revision.TryFormat(digits, out int length);
        byte[] json = new byte[_json.Length - MarkerBytes.Length + length];
        _json.Span[.._slot].CopyTo(json);
        digits[..length].CopyTo(json.AsSpan(_slot));
        _json.Span[(_slot + MarkerBytes.Length)..].CopyTo(json.AsSpan(_slot + length));
        return Document.FromTrusted(json);
    }
}
