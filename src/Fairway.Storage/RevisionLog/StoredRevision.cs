using Fairway.Resources;

namespace Fairway.Storage;

/// <summary>One write of the past: an object as it was stored.</summary>
/// <param name="Revision">Its place in the log.</param>
/// <param name="At">When.</param>
/// <param name="Key">Which object.</param>
/// <param name="Document">As it was after the write.</param>
public sealed record StoredRevision(long Revision, DateTimeOffset At, StorageKey Key, Document Document);
