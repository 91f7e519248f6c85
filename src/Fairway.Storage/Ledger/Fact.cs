using System.Text.Json.Nodes;

namespace Fairway.Storage;

/// <summary>Something that happened, as it is told to the ledger. Never a secret in it: facts are kept for ever and shown.</summary>
public sealed record Fact
{
    /// <summary>One of <see cref="FactTypes"/>.</summary>
    public required string Type { get; init; }

    /// <summary>When it happened; left out, the time of appending. Kept to the millisecond.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>The user or controller that did it.</summary>
    public required string Actor { get; init; }

    /// <summary>The team's namespace in the hub cluster.</summary>
    public string Namespace { get; init; } = "";

    public string? Application { get; init; }

    public string? Environment { get; init; }

    public string? Release { get; init; }

    /// <summary>The object it happened to: <c>Promotion/web-prod-12</c>, <c>GitRepository/shop</c>.</summary>
    public string? Subject { get; init; }

    /// <summary>What else is known; the members of each type are documented in <see cref="FactTypes"/>.</summary>
    public JsonObject? Data { get; init; }
}

/// <summary>A fact in its place in the chain.</summary>
/// <param name="Sequence">1, 2, 3, … without gaps.</param>
/// <param name="Fact">What happened.</param>
/// <param name="Previous">The hash of the entry before, or 64 zeros for the first.</param>
/// <param name="Hash">SHA-256 in lower-case hex of <paramref name="Canonical"/>.</param>
/// <param name="Canonical">The entry as canonical JSON: sequence, previous hash and fact, members in ordinal order.</param>
public sealed record LedgerEntry(long Sequence, Fact Fact, string Previous, string Hash, string Canonical);

/// <summary>Which entries to read. What is null does not narrow.</summary>
public sealed record LedgerQuery
{
    public static LedgerQuery All { get; } = new();

    public string? Namespace { get; init; }

    public string? Application { get; init; }

    public string? Environment { get; init; }

    public string? Release { get; init; }

    /// <summary>Any of these types.</summary>
    public IReadOnlyList<string>? Types { get; init; }

    /// <summary>At or after this time.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Before this time.</summary>
    public DateTimeOffset? Until { get; init; }

    public long AfterSequence { get; init; }

    public long? BeforeSequence { get; init; }

    /// <summary>Newest first instead of oldest first.</summary>
    public bool Descending { get; init; }

    public int? Limit { get; init; }
}

/// <summary>The end of the chain: who keeps it elsewhere can tell whether anything before it was changed.</summary>
/// <param name="Sequence">0 for an empty ledger.</param>
/// <param name="Hash">64 zeros for an empty ledger.</param>
public readonly record struct LedgerHead(long Sequence, string Hash)
{
    public static LedgerHead Empty { get; } = new(0, new string('0', 64));
}

/// <summary>What a verification of the whole chain found.</summary>
/// <param name="Entries">How many entries were found to be in order, from the first.</param>
/// <param name="Head">The last of them.</param>
/// <param name="BrokenAt">The sequence of the first entry that is wrong or missing; null when the chain holds.</param>
/// <param name="Problem">What is wrong with it, in words.</param>
public sealed record LedgerVerification(long Entries, LedgerHead Head, long? BrokenAt, string? Problem)
{
    public bool IsIntact => BrokenAt is null;
}
