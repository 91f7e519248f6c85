namespace Fairway.Gateway.Tracing;

/// <summary>A <c>traceparent</c> of W3C Trace Context.</summary>
internal readonly record struct TraceParent(string TraceId, string SpanId, bool Sampled)
{
    private const int Length = 55;
    private const string Hexadecimal = "0123456789abcdef";

    /// <summary>Reads the header; null when it is not valid. Of later versions the part that version 00 knows is read, as the standard asks.</summary>
    public static TraceParent? Parse(string header)
    {
        ReadOnlySpan<char> text = header;
        if (text.Length < Length || text[2] != '-' || text[35] != '-' || text[52] != '-'
            || !IsHexadecimal(text[..2]) || !IsHexadecimal(text[3..35]) || !IsHexadecimal(text[36..52]) || !IsHexadecimal(text[53..55]))
        {
            return null;
        }

        bool fits = text[..2] switch
        {
            "ff" => false,
            "00" => text.Length == Length,
            _ => text.Length == Length || text[Length] == '-',
        };
        bool named = text[3..35].ContainsAnyExcept('0') && text[36..52].ContainsAnyExcept('0');
        return fits && named ? new TraceParent(header[3..35], header[36..52], (Hexadecimal.IndexOf(text[54], StringComparison.Ordinal) & 1) == 1) : null;
    }

    public override string ToString() => $"00-{TraceId}-{SpanId}-{(Sampled ? "01" : "00")}";

    private static bool IsHexadecimal(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(Hexadecimal);
}
