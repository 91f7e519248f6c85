namespace Fairway.Telemetry.Logs;

/// <summary>A line of a part of the platform.</summary>
/// <param name="Labels">Of its stream; empty values are left out.</param>
/// <param name="At">When it was printed.</param>
public sealed record PlatformLine(IReadOnlyList<(string Name, string Value)> Labels, DateTimeOffset At, string Text);
