using Fairway.Client;
using Fairway.Resources;

namespace Fairway.ControllerRuntime;

/// <summary>
/// What a controller wrote and its cache does not show yet. Laid over the cache it makes a controller see its own creations and
/// deletions at once, so that a lagging watch never makes it create or delete twice.
/// </summary>
/// <typeparam name="T">The record.</typeparam>
/// <remarks>
/// Safe for concurrent use. An entry goes when the cache has shown it. One that is not shown for a minute is looked up on the
/// server, because an object that was created and deleted while the watch was broken is never shown.
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
    private readonly Dictionary<string, (T Object, DateTimeOffset Until)> _created = [];
    private readonly Dictionary<string, DateTimeOffset> _deleted = [];

    public OwnWrites(IClusterApi api, Informer<T> informer, TimeProvider time)
    {
        _api = api;
        _time = time;
        informer.Subscribe(Seen);
    }

    /// <summary>Something that was created is not shown yet.</summary>
    public bool IsBehind
    {
        get
        {
            lock (_gate)
            {
                return _created.Count > 0;
            }
        }
    }

    /// <summary>Notes an object as the server returned it from a create.</summary>
    public void Created(T created)
    {
        lock (_gate)
        {
            _created[created.Metadata.Uid!] = (created, _time.GetUtcNow() + Patience);
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

    /// <summary>The cached objects with those that were created but are not shown yet and match.</summary>
    public async Task<IReadOnlyList<T>> OverAsync(IReadOnlyList<T> cached, Func<T, bool> matches, CancellationToken cancellation)
    {
        foreach (T unseen in Overdue())
        {
            T? found = await _api.FindAsync<T>(unseen.Metadata.Namespace, unseen.Metadata.Name, cancellation);
            Verified(unseen, found);
        }

        lock (_gate)
        {
            if (_created.Count == 0)
            {
                return cached;
            }

            HashSet<string?> known = [.. cached.Select(item => item.Metadata.Uid)];
            return [.. cached, .. _created.Values.Select(entry => entry.Object).Where(item => !known.Contains(item.Metadata.Uid) && matches(item))];
        }
    }

    private T[] Overdue()
    {
        lock (_gate)
        {
            DateTimeOffset now = _time.GetUtcNow();
            return [.. _created.Values.Where(entry => entry.Until <= now).Select(entry => entry.Object)];
        }
    }

    private void Verified(T unseen, T? found)
    {
        lock (_gate)
        {
            if (found?.Metadata.Uid != unseen.Metadata.Uid)
            {
                _created.Remove(unseen.Metadata.Uid!);
            }
            else if (_created.ContainsKey(unseen.Metadata.Uid!))
            {
                _created[unseen.Metadata.Uid!] = (found!, _time.GetUtcNow() + Patience);
            }
        }
    }

    private void Seen(T? before, T? after)
    {
        lock (_gate)
        {
            if (after is not null)
            {
                _created.Remove(after.Metadata.Uid!);
                if (after.Metadata.DeletionTimestamp is not null)
                {
                    _deleted.Remove(after.Metadata.Uid!);
                }
            }

            if (before is not null && before.Metadata.Uid != after?.Metadata.Uid)
            {
                _created.Remove(before.Metadata.Uid!);
                _deleted.Remove(before.Metadata.Uid!);
            }
        }
    }
}
