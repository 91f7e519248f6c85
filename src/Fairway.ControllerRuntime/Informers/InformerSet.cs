using Fairway.Client;
using Fairway.Resources;
using Microsoft.Extensions.Logging;

namespace Fairway.ControllerRuntime;

/// <summary>The informers of one cluster: each kind is listed and watched once, however many controllers look at it.</summary>
/// <remarks>Safe for concurrent use. An informer that is asked for while the set runs starts at once.</remarks>
/// <param name="mayBeAbsent">The cluster may be away, or lack kinds: nobody waits for its first lists.</param>
public sealed class InformerSet(IClusterApi api, TimeProvider time, ILoggerFactory logs, bool mayBeAbsent = false)
{
    private readonly ILogger _log = logs.CreateLogger<Informer>();

    // Guards the two members below.
    private readonly Lock _gate = new();
    private readonly Dictionary<(string ApiVersion, string Plural, string Namespace, string Selector), Informer> _informers = [];
    private Action<Informer>? _start;

    /// <summary>The cluster that is watched, for writes.</summary>
    public IClusterApi Api { get; } = api;

    /// <summary>Every informer that was asked for so far.</summary>
    public IReadOnlyList<Informer> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _informers.Values];
            }
        }
    }

    /// <summary>The informer of a kind, in all namespaces unless one is named.</summary>
    public Informer<T> Of<T>(string? @namespace = null, string? labelSelector = null)
        where T : class, IResource
        => new(Of(KindOf<T>.Type, @namespace, labelSelector));

    /// <summary>The informer of a kind as documents.</summary>
    /// <param name="type">The kind.</param>
    /// <param name="namespace">One namespace; null for all.</param>
    /// <param name="labelSelector">Which objects; null for all.</param>
    /// <param name="mayVanish">The kind may go while it is watched (its definition is deleted): nobody waits for its list.</param>
    public Informer Of(ResourceType type, string? @namespace = null, string? labelSelector = null, bool mayVanish = false)
    {
        lock (_gate)
        {
            var key = (type.ApiVersion, type.Plural, @namespace ?? "", labelSelector ?? "");
            if (!_informers.TryGetValue(key, out Informer? informer))
            {
                informer = new Informer(Api, type, @namespace, labelSelector, time, _log, mayBeAbsent || mayVanish);
                _informers[key] = informer;
                _start?.Invoke(informer);
            }

            return informer;
        }
    }

    /// <summary>Waits until every informer asked for so far has its first list.</summary>
    public Task WaitForSyncAsync(CancellationToken cancellation)
        => Task.WhenAll(All.Select(informer => informer.WaitForSyncAsync(cancellation)));

    /// <summary>Runs all informers, also those asked for later, until cancelled. Only one run at a time.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var running = new List<Task>();
        lock (_gate)
        {
            if (_start is not null)
            {
                throw new InvalidOperationException($"The informers of {Api.Cluster} run already.");
            }

            _start = informer => running.Add(Task.Run(() => informer.RunAsync(cancellation), CancellationToken.None));
            foreach (Informer informer in _informers.Values)
            {
                _start(informer);
            }
        }

        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellation);
        }
        catch (OperationCanceledException)
        {
            // Asked to stop.
        }

        Task[] left;
        lock (_gate)
        {
            _start = null;
            left = [.. running];
        }

        await Task.WhenAll(left);
    }
}
