namespace Fairway.Telemetry.Traces;

/// <summary>A span of a part of the platform that answers requests. Ids are lower-case hexadecimal.</summary>
/// <param name="Service">Who answered.</param>
/// <param name="ParentId">The caller's span; empty for none.</param>
/// <param name="Attributes">Texts and whole numbers (<see cref="long"/>) by OpenTelemetry's names.</param>
public sealed record ServerSpan(
    string Service,
    string TraceId,
    string SpanId,
    string ParentId,
    string Name,
    DateTimeOffset Start,
    TimeSpan Duration,
    bool Failed,
    IReadOnlyList<(string Key, object Value)> Attributes);
