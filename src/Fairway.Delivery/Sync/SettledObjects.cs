using System.Collections.Concurrent;
using Fairway.Delivery.Rendering;
using Fairway.Resources;

namespace Fairway.Delivery.Sync;

/// <summary>
/// What an apply has shown: that an object at this version is what the manifest asks for, though it is spelled otherwise, and
/// which revisions have been pruned for. Only spares work; forgetting it costs one apply.
/// </summary>
internal sealed class SettledObjects
{
    private readonly ConcurrentDictionary<string, (Manifest Desired, string Uid, string ResourceVersion)> _settled = new();
    private readonly ConcurrentDictionary<string, (string Revision, string? Kept)> _pruned = new();

    public void Note(string environment, Manifest desired, Document live)
        => _settled[$"{environment}/{desired.Title}"] = (desired, live.Header.Uid, live.Header.ResourceVersion);

    // Manifests of a commit are read once and remembered, so that the same reference means the same content.
    public bool IsSettled(string environment, Manifest desired, Document live)
        => _settled.TryGetValue($"{environment}/{desired.Title}", out (Manifest Desired, string Uid, string ResourceVersion) known)
            && ReferenceEquals(known.Desired, desired)
            && known.Uid == live.Header.Uid
            && known.ResourceVersion == live.Header.ResourceVersion;

    public bool IsPruned(string environment, string revision) => _pruned.TryGetValue(environment, out (string Revision, string? Kept) known) && known.Revision == revision;

    /// <summary>What the last pruning left though nothing wants it, in a sentence.</summary>
    public string? KeptOf(string environment) => _pruned.TryGetValue(environment, out (string Revision, string? Kept) known) ? known.Kept : null;

    public void NotePruned(string environment, string revision, string? kept) => _pruned[environment] = (revision, kept);
}
