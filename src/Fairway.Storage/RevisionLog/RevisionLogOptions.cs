using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Storage;

/// <summary>How a <see cref="RevisionLog"/> keeps its data. The defaults are what the platform runs with.</summary>
public sealed record RevisionLogOptions
{
    /// <summary>The directory that holds the database, the key file and the lock; created when missing, one process at a time.</summary>
    public required string Directory { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>The most commits that share one transaction.</summary>
    public int MaxBatch { get; init; } = 512;

    /// <summary>Commits that may wait for the writer before callers are held back.</summary>
    public int QueueCapacity { get; init; } = 4096;

    /// <summary>Events kept in memory for each resource of each cluster; a watch further behind is ended.</summary>
    public int WindowCount { get; init; } = 8192;

    /// <summary>Events older than this leave memory.</summary>
    public TimeSpan WindowAge { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How many past revisions can be read back at most.</summary>
    public long HistoryCount { get; init; } = 100_000;

    /// <summary>How long past revisions can be read back at most.</summary>
    public TimeSpan HistoryAge { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How often history is compacted.</summary>
    public TimeSpan CompactEvery { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Rows looked at in one transaction of a compaction: bounds how long a commit waits behind it.</summary>
    public int CompactionChunk { get; init; } = 500;

    /// <summary>The write-ahead log is emptied into the database when it has grown to this many bytes.</summary>
    public long MaxWalBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>How long a commit waits for another program's lock on the database before it fails. Whole seconds.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Resources whose documents are encrypted on disk.</summary>
    public IReadOnlySet<string> SealedResources { get; init; } = new HashSet<string>(StringComparer.Ordinal) { "secrets" };
}
