using System.Globalization;
using Fairway.Client;
using Fairway.Resources;

namespace Fairway.ControllerRuntime;

/// <summary>
/// What a controller wrote and its cache does not show yet. Laid over the cache it makes a controller see its own creations,
/// changes and deletions at once, so that a lagging watch never makes it act twice.
/// </summary>
/// <typeparam name="T">The record.</typeparam>
/// <remarks>
/// Safe for concurrent use. An entry goes when the cache shows that version or a later one. One that is not shown for a minute is
/// looked up on the server, because an object that was created and deleted while the watch was broken is never shown.
/// </remarks>
public sealed class OwnWrites<T>
    where T : class, IResource
{
    /// <summary>How long the cache may take to show a write before the server is asked; look again after that.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly IClusterApi _api;
    private readonly TimeProvider _time;

    // Guards the entries, by uid.
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (T Object, DateTimeOffset Until)> _written = [];
    private readonly Dictionary<string, DateTimeOffset> _deleted = [];

    public OwnWrites(IClusterApi api, Informer<T> informer, TimeProvider time)
    {
        _api = api;
        _time = time;
        informer.Subscribe(Seen);
    }

    /// <summary>Something that was written is not shown yet.</summary>
    public bool IsBehind
    {
        get
        {
            lock (_gate)
            {
                return _written.Count > 0;
            }
        }
    }

    /// <summary>Notes an object as the server returned it from a create or a change.</summary>
    public void Wrote(T written)
    {
        lock (_gate)
        {
            _written[written.Metadata.Uid!] = (written, _time.GetUtcNow() + Patience);
        }
    }

    /// <summary>Notes that the server took the deletion of an object.</summary>
    public void Deleted(T deleted)
    {
        lock (_gate)
        {
            _deleted[deleted.Metadata.Uid!] = _time.GetUtcNow() + Patience;
        }
    }

    /// <summary>Whether the deletion of this object was asked for and not yet shown.</summary>
    public bool IsDeleted(T candidate)
    {
        lock (_gate)
        {
            return _deleted.TryGetValue(candidate.Metadata.Uid ?? "", out DateTimeOffset until) && until > _time.GetUtcNow();
        }
    }

    /// <summary>The cached objects in the newest version known, with those that were created but are not shown yet and match.</summary>
    public async Task<IReadOnlyList<T>> OverAsync(IReadOnlyList<T> cached, Func<T, bool> matches, CancellationToken cancellation)
    {
        foreach (T unseen in Overdue())
        {
            Verified(unseen, await _api.FindAsync<T>(unseen.Metadata.Namespace, unseen.Metadata.Name, cancellation));
        }

        lock (_gate)
        {
            if (_written.Count == 0)
            {
                return cached;
            }

            var result = new List<T>(cached.Count);
            HashSet<string> known = [];
            foreach (T shown in cached)
            {
                known.Add(shown.Metadata.Uid!);
                result.Add(Newest(shown));
            }

            result.AddRange(_written.Where(entry => !known.Contains(entry.Key) && matches(entry.Value.Object)).Select(entry => entry.Value.Object));
            return result;
        }
    }

    private T Newest(T shown)
    {
        if (!_written.TryGetValue(shown.Metadata.Uid!, out (T Object, DateTimeOffset Until) entry))
        {
            return shown;
        }

        if (IsNewer(entry.Object, shown))
        {
            return entry.Object;
        }

        _written.Remove(shown.Metadata.Uid!);
        return shown;
    }

    private T[] Overdue()
    {
        lock (_gate)
        {
            DateTimeOffset now = _time.GetUtcNow();
            return [.. _written.Values.Where(entry => entry.Until <= now).Select(entry => entry.Object)];
        }
    }

    private void Verified(T unseen, T? found)
    {
        lock (_gate)
        {
            if (found?.Metadata.Uid != unseen.Metadata.Uid)
            {
                _written.Remove(unseen.Metadata.Uid!);
            }
            else if (_written.ContainsKey(unseen.Metadata.Uid!))
            {
                _written[unseen.Metadata.Uid!] = (found!, _time.GetUtcNow() + Patience);
            }
        }
    }

    private void Seen(T? before, T? after)
    {
        lock (_gate)
        {
            if (after is not null)
            {
                _ = Newest(after);
                if (after.Metadata.DeletionTimestamp is not null)
                {
                    _deleted.Remove(after.Metadata.Uid!);
                }
            }

            if (before is not null && before.Metadata.Uid != after?.Metadata.Uid)
            {
                _written.Remove(before.Metadata.Uid!);
                _deleted.Remove(before.Metadata.Uid!);
            }
        }
    }

    /// <summary>Versions of one cluster are numbers that grow; where they are not, what the cache shows counts.</summary>
    private static bool IsNewer(T written, T shown)
        => long.TryParse(written.Metadata.ResourceVersion, NumberStyles.None, CultureInfo.InvariantCulture, out long ours)
            && long.TryParse(shown.Metadata.ResourceVersion, NumberStyles.None, CultureInfo.InvariantCulture, out long theirs)
            && ours > theirs;
}
