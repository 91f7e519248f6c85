using Fairway.Resources;

namespace Fairway.Delivery;

/// <summary>Durations in Fairway's own kinds: Go's text, never negative.</summary>
internal static class Durations
{
    /// <summary>Reads a duration; null when the text is none.</summary>
    public static TimeSpan? TryParse(string? text)
        => GoDuration.TryParse(text, out TimeSpan value) && value >= TimeSpan.Zero ? value : null;

    /// <summary>Reads a duration, or gives the default when there is none or it is not one.</summary>
    public static TimeSpan Or(string? text, TimeSpan otherwise) => TryParse(text) ?? otherwise;
}
