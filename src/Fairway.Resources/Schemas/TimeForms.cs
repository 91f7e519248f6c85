using System.Globalization;

namespace Fairway.Resources.Schemas;

/// <summary>
/// Times as Kubernetes keeps them: whatever RFC 3339 form a client sends, meta/v1 Time is stored in UTC with whole seconds, and
/// MicroTime with six digits. Clients whose own type counts milliseconds rely on that when they send back what they read.
/// </summary>
internal static class TimeForms
{
    private const string Seconds = "yyyy-MM-dd'T'HH:mm:ss'Z'";
    private const string Micro = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    /// <summary>The text in the form that is stored; as it is when it is no time, or the schema is not of one that Kubernetes itself defines.</summary>
    public static string Canonical(string text, ResourceSchema schema)
    {
        if (schema.Format != "date-time" || schema.IsStructural || text.Length is < 20 or > 40 || text[10] != 'T')
        {
            return text;
        }

        bool isCanonical = text[^1] == 'Z' && text.Length == (schema.IsMicroTime ? 27 : 20);
        return isCanonical || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? text
            : time.UtcDateTime.ToString(schema.IsMicroTime ? Micro : Seconds, CultureInfo.InvariantCulture);
    }
}
