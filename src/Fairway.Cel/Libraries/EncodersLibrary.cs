namespace Fairway.Cel.Libraries;

/// <summary>base64.encode and base64.decode; padding may be left out when decoding.</summary>
internal static class EncodersLibrary
{
    public static readonly CelLibrary Instance = new(
        "encoders",
        new("base64.encode", CelOverload.Of("base64_encode_bytes", CelType.Bytes, CelType.String, a => CelValue.Of(Convert.ToBase64String(a.BytesValue.Span)))),
        new("base64.decode", CelOverload.Of("base64_decode_string", CelType.String, CelType.Bytes, Decode)));

    private static CelValue Decode(CelValue value)
    {
        string text = value.StringValue.TrimEnd('=');
        try
        {
            return CelValue.Of(Convert.FromBase64String(text + new string('=', (4 - (text.Length % 4)) % 4)));
        }
        catch (FormatException)
        {
            return CelValue.Fail("illegal base64 data");
        }
    }
}
