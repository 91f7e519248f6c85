namespace Fairway.Storage;

/// <summary>
/// What a manifest writes in <c>image:</c>: a name (<c>shop/web</c>, <c>registry:5000/shop/web</c>) with a tag, a digest, both or
/// neither.
/// </summary>
public sealed record ImageReference
{
    private ImageReference(string name, string? tag, string? digest)
    {
        Name = name;
        Tag = tag;
        Digest = digest;
    }

    public string Name { get; }

    public string? Tag { get; }

    public string? Digest { get; }

    /// <summary>Reads a reference.</summary>
    /// <exception cref="FormatException">The text is no image reference; the message says what was expected.</exception>
    public static ImageReference Parse(string text)
        => TryParse(text, out ImageReference? reference)
            ? reference
            : throw new FormatException($"\"{text}\" is not an image reference: NAME[:TAG][@sha256:DIGEST] in lower case was expected.");

    public static bool TryParse(string? text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ImageReference? reference)
    {
        reference = null;
        if (string.IsNullOrEmpty(text) || text.Length > 512)
        {
            return false;
        }

        int at = text.IndexOf('@', StringComparison.Ordinal);
        string? digest = at < 0 ? null : text[(at + 1)..];
        string rest = at < 0 ? text : text[..at];
        int colon = rest.LastIndexOf(':');
        bool tagged = colon > rest.LastIndexOf('/');
        string? tag = tagged ? rest[(colon + 1)..] : null;
        string name = tagged ? rest[..colon] : rest;
        if ((digest is not null && !Digests.IsValid(digest)) || (tag is not null && !IsTag(tag)) || !IsName(name))
        {
            return false;
        }

        reference = new ImageReference(name, tag, digest);
        return true;
    }

    public override string ToString() => $"{Name}{(Tag is null ? "" : ":" + Tag)}{(Digest is null ? "" : "@" + Digest)}";

    private static bool IsTag(string tag)
        => tag.Length is > 0 and <= 128 && (char.IsAsciiLetterOrDigit(tag[0]) || tag[0] == '_') && tag.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');

    private static bool IsName(string name)
    {
        string[] parts = name.Split('/');
        return name.Length <= 255 && parts.Select((part, index) => IsComponent(part) || (index == 0 && parts.Length > 1 && IsHost(part))).All(valid => valid);
    }

    private static bool IsComponent(string part)
        => part.Length > 0
            && char.IsAsciiLetterOrDigit(part[0])
            && char.IsAsciiLetterOrDigit(part[^1])
            && part.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '_' or '-')
            && !part.Contains("..", StringComparison.Ordinal);

    private static bool IsHost(string part)
        => part.Length > 0 && char.IsAsciiLetterOrDigit(part[0]) && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or ':') && part.Count(c => c == ':') <= 1;
}
