using Fairway.Resources.Kinds.Gateway;

namespace Fairway.Gateway.Backends;

/// <summary>Names a port of a Service across clusters.</summary>
/// <param name="Port">The Service's port; 0 for its only one.</param>
internal readonly record struct BackendId(string Cluster, string Namespace, string Service, int Port)
{
    public static BackendId Of(string cluster, HTTPRoute route, HttpBackendRef reference)
        => new(cluster, reference.Namespace ?? route.Metadata.Namespace ?? "", reference.Name, reference.Port ?? 0);
}

/// <summary>Where one pod listens, and which release it runs.</summary>
internal sealed record BackendEndpoint(string Address, int Port, string Release)
{
    /// <summary>The authority part of its URL, made once.</summary>
    public string Authority { get; } = Address.Contains(':', StringComparison.Ordinal) ? $"[{Address}]:{Port}" : $"{Address}:{Port}";
}

/// <summary>
/// The endpoints of a Service's port as they are now. The list is immutable and replaced by one write; taking an endpoint is
/// one increment and one read, without a lock.
/// </summary>
internal sealed class BackendPool(BackendId id)
{
    private BackendEndpoint[] _ready = [];
    private uint _next;

    public BackendId Id { get; } = id;

    /// <summary>The Service exists and has the port.</summary>
    public bool IsResolved { get; private set; }

    public bool HasReady => Volatile.Read(ref _ready).Length > 0;

    public int ReadyCount => Volatile.Read(ref _ready).Length;

    /// <summary>Publishes what is known now.</summary>
    public void Update(bool resolved, BackendEndpoint[] ready)
    {
        IsResolved = resolved;
        Volatile.Write(ref _ready, ready);
    }

    /// <summary>The next ready endpoint in turn that was not tried yet; null when none is left.</summary>
    public BackendEndpoint? Take(IReadOnlyCollection<BackendEndpoint>? tried)
    {
        BackendEndpoint[] ready = Volatile.Read(ref _ready);
        if (ready.Length == 0)
        {
            return null;
        }

        uint start = Interlocked.Increment(ref _next);
        for (uint offset = 0; offset < ready.Length; offset++)
        {
            BackendEndpoint candidate = ready[(start + offset) % (uint)ready.Length];
            if (tried is null || !tried.Contains(candidate))
            {
                return candidate;
            }
        }

        return null;
    }
}
