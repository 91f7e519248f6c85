using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;

namespace Fairway.Resources.Schemas;

/// <summary>
/// Strings in JSON as Go's encoding/json writes them, and so as Kubernetes answers: quotes and backslashes behind a backslash,
/// control characters by their short names or as <c>\u001f</c>, <c>&lt; &gt; &amp;</c> and the two line separators of Unicode as
/// <c>\u</c> and lower-case digits, all else as it is.
/// </summary>
public sealed class GoJsonEncoder : JavaScriptEncoder
{
    private const string Special = "\"\\<>&\u2028\u2029";

    private static readonly string Controls = string.Concat(Enumerable.Range(0, 0x20).Select(code => (char)code));

    // Of the bytes of the line separators only the first is looked for: it is rare, and what follows decides.
    private static readonly SearchValues<byte> Bytes = SearchValues.Create([.. Controls.Select(letter => (byte)letter), (byte)'"', (byte)'\\', (byte)'<', (byte)'>', (byte)'&', 0xE2]);

    private static readonly SearchValues<char> Letters = SearchValues.Create(
        Controls + Special + string.Concat(Enumerable.Range(0xD800, 0x800).Select(code => (char)code)));

    private GoJsonEncoder()
    {
    }

    /// <summary>The one encoder; it has no state.</summary>
    public static GoJsonEncoder Instance { get; } = new();

    public override int MaxOutputCharactersPerInputCharacter => 6;

    public override bool WillEncode(int unicodeScalar)
        => unicodeScalar < 0x20 || (unicodeScalar <= char.MaxValue && Special.Contains((char)unicodeScalar, StringComparison.Ordinal));

    public override int FindFirstCharacterToEncodeUtf8(ReadOnlySpan<byte> utf8Text)
    {
        int at = 0;
        while (utf8Text[at..].IndexOfAny(Bytes) is >= 0 and int found)
        {
            at += found;
            if (utf8Text[at] != 0xE2 || (utf8Text[at..] is [_, 0x80, 0xA8 or 0xA9, ..]))
            {
                return at;
            }

            at++;
        }

        return -1;
    }

    public override unsafe int FindFirstCharacterToEncode(char* text, int textLength)
    {
        var letters = new ReadOnlySpan<char>(text, textLength);
        int at = 0;
        while (letters[at..].IndexOfAny(Letters) is >= 0 and int found)
        {
            at += found;
            if (!char.IsHighSurrogate(letters[at]) || at + 1 == letters.Length || !char.IsLowSurrogate(letters[at + 1]))
            {
                return at;
            }

            at += 2;
        }

        return -1;
    }

    public override unsafe bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
    {
        var target = new Span<char>(buffer, bufferLength);
        char brief = unicodeScalar switch { '"' => '"', '\\' => '\\', '\b' => 'b', '\f' => 'f', '\n' => 'n', '\r' => 'r', '\t' => 't', _ => '\0' };
        return brief != '\0'
            ? target.TryWrite(CultureInfo.InvariantCulture, $"\\{brief}", out numberOfCharactersWritten)
            : target.TryWrite(CultureInfo.InvariantCulture, $"\\u{unicodeScalar:x4}", out numberOfCharactersWritten);
    }
}
