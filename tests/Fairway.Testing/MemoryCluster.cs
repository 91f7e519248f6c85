using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds;

namespace Fairway.Testing;

/// <summary>
/// A Kubernetes API in memory for tests of controllers: get, list and watch with selectors, conditional writes, merge patches
/// (strategic merge and apply are done as merge; apply creates), status subresource, generation, finalizers, graceful pod
/// deletion, foreground and orphan marks, namespace finalizers. It has no schema, no defaults and no permissions; it deletes no
/// dependents, which is the garbage collector's work.
/// </summary>
/// <remarks>Safe for concurrent use. Watches can be held back, dropped and expired to show a controller a stale or broken view.</remarks>
public sealed class MemoryCluster(string cluster, TimeProvider time) : IClusterApi
{
    // Version 0 has a meaning of its own for watches, so an empty cluster is not at 0.
    private const int Origin = 1000;

    // Guards everything below.
    private readonly Lock _gate = new();
    private readonly SortedDictionary<ObjectPath, Document> _objects = [];
    private readonly List<LoggedEvent> _log = [];
    private TaskCompletionSource _changed = NewSignal();
    private CancellationTokenSource _watches = new();
    private bool _held;
    private int _visible;
    private int _expiredBefore;
    private long _names;

    public string Cluster { get; } = cluster;

    public Task<IReadOnlyList<ServedResource>> DiscoverAsync(CancellationToken cancellation)
        => Task.FromResult<IReadOnlyList<ServedResource>>([.. AllKinds.Catalog.All.Select(kind => new ServedResource(
            kind.Type, ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]))]);

    /// <summary>Called before every request with its verb (get, list, watch, create, update, patch, delete), type and name; may throw.</summary>
    public Action<string, ResourceType, string>? OnRequest { get; set; }

    /// <summary>The newest resourceVersion.</summary>
    public long Revision
    {
        get
        {
            lock (_gate)
            {
                return Origin + _log.Count;
            }
        }
    }

    /// <summary>Every request that changed something, in order: <c>create pods shop/web-1</c>.</summary>
    public IReadOnlyList<string> Writes
    {
        get
        {
            lock (_gate)
            {
                return [.. _log.Select(logged => logged.What)];
            }
        }
    }

    /// <summary>Watches deliver nothing until <see cref="ReleaseWatches"/>: informers see an old state.</summary>
    public void HoldWatches()
    {
        lock (_gate)
        {
            _held = true;
        }
    }

    public void ReleaseWatches()
    {
        lock (_gate)
        {
            _held = false;
            _visible = _log.Count;
            Signal();
        }
    }

    /// <summary>Ends every watch that is open, as a restarted server does.</summary>
    public void DropWatches()
    {
        CancellationTokenSource ended;
        lock (_gate)
        {
            ended = _watches;
            _watches = new CancellationTokenSource();
        }

        ended.Cancel();
    }

    /// <summary>Watches from before now are answered 410.</summary>
    public void ExpireHistory()
    {
        lock (_gate)
        {
            _expiredBefore = _log.Count;
        }
    }

    /// <summary>Puts an object as it is, status and metadata included, past every rule. Missing uid and creation time are filled in.</summary>
    public T Seed<T>(T resource)
        where T : class, IResource
    {
        JsonObject node = Document.From(resource).ToNode();
        JsonObject metadata = node["metadata"]!.AsObject();
        metadata["uid"] ??= Guid.NewGuid().ToString();
        metadata["creationTimestamp"] ??= Now();
        metadata["generation"] ??= 1;
        lock (_gate)
        {
            ResourceType type = KindOf<T>.Type;
            var path = new ObjectPath(type.GroupResource, resource.Metadata.Namespace ?? "", resource.Metadata.Name);
            return Store("seed", type, path, node).As<T>();
        }
    }

    /// <summary>All objects of a kind as they are now.</summary>
    public IReadOnlyList<T> All<T>(string? @namespace = null)
        where T : class, IResource
    {
        lock (_gate)
        {
            return [.. InScope(KindOf<T>.Type, @namespace).Select(entry => entry.Value.As<T>())];
        }
    }

    public Task<Document> GetAsync(ResourceType type, string? @namespace, string name, CancellationToken cancellation)
    {
        OnRequest?.Invoke("get", type, name);
        lock (_gate)
        {
            return Task.FromResult(Existing(type, PathOf(type, @namespace, name)));
        }
    }

    public Task<DocumentList> ListAsync(ResourceType type, string? @namespace, ListOptions options, CancellationToken cancellation)
    {
        OnRequest?.Invoke("list", type, "");
        var selection = new Selection(options.LabelSelector, options.FieldSelector);
        lock (_gate)
        {
            Document[] items = [.. InScope(type, @namespace).Select(entry => entry.Value).Where(selection.Matches)];
            return Task.FromResult(new DocumentList(items, Version(_log.Count)));
        }
    }

    public async IAsyncEnumerable<WatchEvent> WatchAsync(
        ResourceType type,
        string? @namespace,
        WatchOptions options,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        OnRequest?.Invoke("watch", type, "");
        var selection = new Selection(options.LabelSelector, options.FieldSelector);
        int next;
        CancellationToken dropped;
        Document[] initial = [];
        lock (_gate)
        {
            dropped = _watches.Token;
            if (options.ResourceVersion is null or "" or "0")
            {
                initial = [.. InScope(type, @namespace).Select(entry => entry.Value).Where(selection.Matches)];
                next = _log.Count;
            }
            else
            {
                next = int.Parse(options.ResourceVersion, CultureInfo.InvariantCulture) - Origin;
            }

            if (next < _expiredBefore)
            {
                throw new StatusException(410, "Expired", $"too old resource version: {options.ResourceVersion} ({Version(_log.Count)})");
            }
        }

        foreach (Document item in initial)
        {
            yield return new WatchEvent(WatchEventType.Added, item);
        }

        while (true)
        {
            LoggedEvent? logged = null;
            Task changed;
            lock (_gate)
            {
                changed = _changed.Task;
                if (next < _visible)
                {
                    logged = _log[next++];
                }
            }

            if (dropped.IsCancellationRequested)
            {
                yield break;
            }

            if (logged is null)
            {
                await WaitAsync(changed, dropped, cancellation);
            }
            else if (logged.Path.IsIn(type, @namespace) && selection.Translate(logged) is { } seen)
            {
                yield return seen;
            }
        }
    }

    public Task<Document> CreateAsync(ResourceType type, string? @namespace, Document body, WriteOptions options, CancellationToken cancellation)
    {
        OnRequest?.Invoke("create", type, body.Header.Name);
        JsonObject node = body.ToNode();
        lock (_gate)
        {
            if (options.Subresource == "binding")
            {
                return Task.FromResult(Bind(type, PathOf(type, @namespace, body.Header.Name), node));
            }

            JsonObject metadata = node["metadata"] as JsonObject ?? [];
            node["metadata"] = metadata;
            string name = body.Header.Name.Length > 0 ? body.Header.Name : GenerateName(body.Header.GenerateName);
            ObjectPath path = PathOf(type, @namespace, name);
            if (_objects.ContainsKey(path))
            {
                throw StatusException.AlreadyExists(type, name);
            }

            metadata["name"] = name;
            if (type.Namespaced)
            {
                metadata["namespace"] = path.Namespace;
            }

            metadata["uid"] = Guid.NewGuid().ToString();
            metadata["creationTimestamp"] = Now();
            metadata["generation"] = 1;
            metadata.Remove("deletionTimestamp");
            if (HasStatus(type))
            {
                node.Remove("status");
            }

            if (type.GroupResource == "namespaces")
            {
                node["spec"] = new JsonObject { ["finalizers"] = new JsonArray("kubernetes") };
                node["status"] = new JsonObject { ["phase"] = "Active" };
            }

            return Task.FromResult(Store("create", type, path, node));
        }
    }

    public Task<Document> UpdateAsync(
        ResourceType type, string? @namespace, string name, Document body, WriteOptions options, CancellationToken cancellation)
    {
        OnRequest?.Invoke("update", type, name);
        lock (_gate)
        {
            ObjectPath path = PathOf(type, @namespace, name);
            return Task.FromResult(Replace("update", type, path, Existing(type, path), body.ToNode(), options.Subresource));
        }
    }

    public async Task<Document> PatchAsync(
        ResourceType type, string? @namespace, string name, PatchBody patch, WriteOptions options, CancellationToken cancellation)
    {
        OnRequest?.Invoke("patch", type, name);
        if (patch.Body is not JsonObject body)
        {
            throw new StatusException(415, "UnsupportedMediaType", "the cluster in memory takes merge patches only");
        }

        lock (_gate)
        {
            ObjectPath path = PathOf(type, @namespace, name);
            if (_objects.TryGetValue(path, out Document? existing))
            {
                JsonObject patched = MergePatch.Apply(existing.ToNode(), body)!.AsObject();
                return Replace("patch", type, path, existing, patched, options.Subresource);
            }
        }

        if (patch.Kind == PatchKind.Apply && options.Subresource is null)
        {
            return await CreateAsync(type, @namespace, Document.From(body), options, cancellation);
        }

        throw StatusException.NotFound(type, name);
    }

    public Task<Document> DeleteAsync(ResourceType type, string? @namespace, string name, DeleteOptions options, CancellationToken cancellation)
    {
        OnRequest?.Invoke("delete", type, name);
        lock (_gate)
        {
            ObjectPath path = PathOf(type, @namespace, name);
            Document existing = Existing(type, path);
            if (options.PreconditionUid is { } uid && uid != existing.Header.Uid)
            {
                throw StatusException.Conflict(type, name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {existing.Header.Uid}");
            }

            if (options.PreconditionResourceVersion is { } version && version != existing.Header.ResourceVersion)
            {
                throw StatusException.Conflict(type, name, "Precondition failed: resourceVersion differs");
            }

            JsonObject node = existing.ToNode();
            Deletion.Mark(node, type, options, time.GetUtcNow());
            return Task.FromResult(Store("delete", type, path, node));
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static string Version(int events) => (Origin + events).ToString(CultureInfo.InvariantCulture);

    private static bool HasStatus(ResourceType type)
        => AllKinds.Catalog.Find(type.Group, type.Version, type.Plural)?.Declared.Status ?? false;

    private static ObjectPath PathOf(ResourceType type, string? @namespace, string name)
        => new(type.GroupResource, type.Namespaced ? @namespace ?? "default" : "", name);

    private static async Task WaitAsync(Task changed, CancellationToken dropped, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(dropped, cancellation);
        try
        {
            await changed.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // The watch was dropped; the caller ends it.
        }
    }

    private string Now() => Deletion.Timestamp(time.GetUtcNow());

    private string GenerateName(string prefix) => prefix + (++_names).ToString("d5", CultureInfo.InvariantCulture);

    private IEnumerable<KeyValuePair<ObjectPath, Document>> InScope(ResourceType type, string? @namespace)
        => _objects.Where(entry => entry.Key.IsIn(type, @namespace));

    private Document Bind(ResourceType type, ObjectPath path, JsonObject binding)
    {
        JsonObject pod = Existing(type, path).ToNode();
        if ((string?)pod["spec"]!["nodeName"] is { Length: > 0 } taken)
        {
            throw StatusException.Conflict(type, path.Name, $"pod {path.Name} is already assigned to node \"{taken}\"");
        }

        pod["spec"]!["nodeName"] = binding["target"]!["name"]!.DeepClone();
        return Store("bind", type, path, pod);
    }

    private Document Existing(ResourceType type, ObjectPath path)
        => _objects.GetValueOrDefault(path) ?? throw StatusException.NotFound(type, path.Name);

    private Document Replace(string verb, ResourceType type, ObjectPath path, Document existing, JsonObject body, string? subresource)
    {
        if ((string?)body["metadata"]?["resourceVersion"] is { Length: > 0 } version && version != existing.Header.ResourceVersion)
        {
            throw StatusException.Conflict(
                type, path.Name, "the object has been modified; please apply your changes to the latest version and try again");
        }

        JsonObject before = existing.ToNode();
        JsonObject after = Subresources.Merge(before, body, subresource, HasStatus(type));
        return Store(subresource is null ? verb : $"{verb} {subresource}", type, path, after);
    }

    /// <summary>Stores, or removes what is deleting and held by nothing; a write that changes nothing makes no event.</summary>
    private Document Store(string verb, ResourceType type, ObjectPath path, JsonObject node)
    {
        Document? previous = _objects.GetValueOrDefault(path);
        JsonObject metadata = node["metadata"]!.AsObject();
        metadata["resourceVersion"] = previous?.Header.ResourceVersion;
        bool gone = Deletion.IsComplete(node, type);
        if (!gone && previous is not null && JsonNode.DeepEquals(previous.ToNode(), node))
        {
            return previous;
        }

        metadata["resourceVersion"] = Version(_log.Count + 1);
        var document = Document.From(node);
        if (gone)
        {
            _objects.Remove(path);
        }
        else
        {
            _objects[path] = document;
        }

        WatchEventType change = gone ? WatchEventType.Deleted : previous is null ? WatchEventType.Added : WatchEventType.Modified;
        _log.Add(new LoggedEvent(path, change, document, previous, $"{verb} {type.Plural} {new ObjectKey(path.Namespace, path.Name)}"));
        if (!_held)
        {
            _visible = _log.Count;
            Signal();
        }

        return document;
    }

    private void Signal()
    {
        TaskCompletionSource signal = _changed;
        _changed = NewSignal();
        signal.SetResult();
    }
}
