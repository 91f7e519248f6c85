using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Admission.Evaluation;
using Fairway.Cel;
using Fairway.Resources.Schemas;

namespace Fairway.Admission;

/// <summary>
/// What is known about an object beyond the object, taken before evaluation and read by expressions as <c>facts</c>. Typed: a name
/// outside the list is an error. A name of the list that nobody gave a value is not known, and neither is evidence older than its
/// time: whatever depends on it is <see cref="Outcome.Unknown"/>.
/// </summary>
public sealed class FactSnapshot
{
    /// <summary>Evidence counts for so long.</summary>
    public static readonly TimeSpan EvidenceLifetime = TimeSpan.FromDays(7);

    private static readonly Shape Root = Shape.Of(
        ("now", Shape.Time), ("owner", Shape.Leaf), ("environment", Shape.Leaf), ("cluster", Shape.Leaf), ("application", Shape.Leaf),
        ("release", Shape.Of(
            ("name", Shape.Leaf), ("version", Shape.Leaf), ("number", Shape.Leaf), ("signed", Shape.Leaf), ("requestedBy", Shape.Leaf),
            ("sbom", Shape.Of(("present", Shape.Leaf), ("components", Shape.Leaf), ("format", Shape.Leaf))),
            ("provenance", Shape.Of(("present", Shape.Leaf), ("builder", Shape.Leaf), ("level", Shape.Leaf))),
            ("baseImage", Shape.Of(("name", Shape.Leaf), ("created", Shape.Time))),
            ("tests", Shape.Of(("passed", Shape.Leaf), ("failed", Shape.Leaf), ("coverage", Shape.Leaf))),
            ("verifiedIn", Shape.Leaf), ("approvedBy", Shape.Leaf), ("asOf", Shape.Time))),
        ("findings", Shape.Of(
            ("critical", Shape.Leaf), ("high", Shape.Leaf), ("medium", Shape.Leaf), ("low", Shape.Leaf), ("oldestCriticalDays", Shape.Leaf), ("asOf", Shape.Time))),
        ("budget", Shape.Of(("remaining", Shape.Leaf), ("objective", Shape.Leaf), ("asOf", Shape.Time))),
        ("freeze", Shape.Of(("active", Shape.Leaf), ("reason", Shape.Leaf), ("until", Shape.Time))),
        ("labels", Shape.Leaf));

    private FactSnapshot(CelValue value, JsonObject json)
    {
        Value = value;
        Json = json;
    }

    /// <summary>As expressions see it.</summary>
    internal CelValue Value { get; }

    /// <summary>As it was given.</summary>
    public JsonObject Json { get; }

    /// <summary>Takes a snapshot.</summary>
    /// <param name="facts">Members of the list above; nothing else.</param>
    /// <param name="now">The time that expressions see as <c>facts.now</c>, unless the facts have one.</param>
    /// <exception cref="FormatException">A member that is not in the list, or a time that is none.</exception>
    public static FactSnapshot Of(JsonObject? facts, DateTimeOffset now)
    {
        JsonObject given = facts?.DeepClone().AsObject() ?? [];
        given["now"] ??= now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
        DateTimeOffset at = DateTimeOffset.Parse(KubeJson.AsString(given["now"]) ?? "", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        return new FactSnapshot(Build(given, Root, "facts", at), given);
    }

    /// <summary>No fact at all, for where expressions cannot name any.</summary>
    public static FactSnapshot Nothing { get; } = Of(null, DateTimeOffset.UnixEpoch);

    /// <summary>Every fact, as <c>facts.release.signed</c>.</summary>
    public static IEnumerable<string> Names => Root.Names("facts");

    private static CelValue Build(JsonObject given, Shape shape, string path, DateTimeOffset now)
    {
        foreach ((string name, JsonNode? _) in given)
        {
            if (!shape.Members.ContainsKey(name))
            {
                throw new FormatException($"{path}.{name} is no fact; {path} has {string.Join(", ", shape.Members.Keys)}");
            }
        }

        string? stale = given.Text("asOf") is { } asOf && Parse(asOf, $"{path}.asOf") is var taken && now - taken > EvidenceLifetime
            ? $"{path} is evidence of {asOf}, older than {EvidenceLifetime.TotalDays.ToString(CultureInfo.InvariantCulture)} days"
            : null;
        string[] names = [.. shape.Members.Keys];
        return CelValue.Of(new ObjectMap(names, [.. names.Select(name => Member(given, shape.Members[name], name, $"{path}.{name}", stale, now))]));
    }

    private static CelValue Member(JsonObject given, Shape shape, string name, string path, string? stale, DateTimeOffset now)
    {
        if (shape.Members.Count > 0)
        {
            return Build(given[name] as JsonObject ?? [], shape, path, now);
        }

        if (stale is not null && name != "asOf")
        {
            return CelValue.Unknown(stale);
        }

        if (given[name] is not { } value)
        {
            return CelValue.Unknown($"{path} is not known; {FactSources.Of(path)}");
        }

        if (!shape.IsTime)
        {
            return ObjectValues(value);
        }

        DateTimeOffset time = Parse(KubeJson.AsString(value) ?? "", path);
        long ticks = time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks;
        long seconds = Math.DivRem(ticks, TimeSpan.TicksPerSecond, out long rest);
        return CelValue.Timestamp(rest < 0 ? seconds - 1 : seconds, (int)((rest < 0 ? rest + TimeSpan.TicksPerSecond : rest) * 100));
    }

    private static CelValue ObjectValues(JsonNode value) => Fairway.Admission.Evaluation.ObjectValues.Of(value);

    private static DateTimeOffset Parse(string text, string path)
        => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time
            : throw new FormatException($"{path}: \"{text}\" is no time; expected RFC 3339, like 2026-01-31T12:00:00Z");

    private sealed record Shape(IReadOnlyDictionary<string, Shape> Members, bool IsTime)
    {
        public static readonly Shape Leaf = new(new Dictionary<string, Shape>(), false);
        public static readonly Shape Time = new(new Dictionary<string, Shape>(), true);

        public static Shape Of(params (string Name, Shape Shape)[] members) => new(members.ToDictionary(member => member.Name, member => member.Shape), false);

        public IEnumerable<string> Names(string path)
            => Members.Count == 0 ? [path] : Members.SelectMany(member => member.Value.Names($"{path}.{member.Key}"));
    }
}
