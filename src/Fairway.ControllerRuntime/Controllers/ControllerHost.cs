using Microsoft.Extensions.Logging;

namespace Fairway.ControllerRuntime;

/// <summary>
/// Runs controllers and other background parts, each supervised: one that crashes is started again after a pause and is
/// visible in <see cref="Health"/>; its neighbours go on.
/// </summary>
/// <remarks>Safe for concurrent use. What is added while the host runs starts at once. Stopped hosts can be started again.</remarks>
public sealed class ControllerHost(TimeProvider time, ILoggerFactory logs) : IAsyncDisposable
{
    private readonly ILogger _log = logs.CreateLogger<ControllerHost>();

    // Guards everything below.
    private readonly Lock _gate = new();
    private readonly List<(Supervisor Part, Controller? Controller)> _parts = [];
    private readonly HashSet<InformerSet> _sets = [];
    private readonly List<Task> _running = [];
    private CancellationTokenSource? _stop;

    /// <summary>Every part as it is now.</summary>
    public IReadOnlyList<ControllerHealth> Health
    {
        get
        {
            lock (_gate)
            {
                return [.. _parts.Select(entry => HealthOf(entry.Part, entry.Controller, _stop is not null))];
            }
        }
    }

    /// <summary>Adds a controller, and the informers that it watches.</summary>
    public void Add(Controller controller)
    {
        foreach (InformerSet set in controller.Informers)
        {
            Add(set);
        }

        AddPart(new Supervisor(controller.Name, controller.RunAsync, time, _log), controller);
    }

    /// <summary>Adds the informers of a cluster; adding them again does nothing.</summary>
    public void Add(InformerSet informers)
    {
        lock (_gate)
        {
            if (!_sets.Add(informers))
            {
                return;
            }
        }

        AddPart(new Supervisor($"{informers.Api.Cluster}/informers", informers.RunAsync, time, _log), null);
    }

    /// <summary>Adds any other part: it runs until cancelled.</summary>
    public void Add(string name, Func<CancellationToken, Task> part) => AddPart(new Supervisor(name, part, time, _log), null);

    /// <summary>Starts all parts and returns at once.</summary>
    public Task StartAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_gate)
        {
            if (_stop is null)
            {
                _stop = new CancellationTokenSource();
                foreach ((Supervisor part, _) in _parts)
                {
                    Run(part, _stop.Token);
                }
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>Asks all parts to stop and waits until they have, or until cancelled.</summary>
    public async Task StopAsync(CancellationToken cancellation)
    {
        CancellationTokenSource? stop;
        Task[] running;
        lock (_gate)
        {
            stop = _stop;
            _stop = null;
            running = [.. _running];
            _running.Clear();
        }

        if (stop is not null)
        {
            await stop.CancelAsync();
            await Task.WhenAll(running).WaitAsync(cancellation);
            stop.Dispose();
        }
    }

    /// <summary>Runs all parts until cancelled: what a leader does while it leads.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await StartAsync(cancellation);
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellation);
        }
        catch (OperationCanceledException)
        {
            // Asked to stop.
        }

        await StopAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync() => await StopAsync(CancellationToken.None);

    private static ControllerHealth HealthOf(Supervisor part, Controller? controller, bool isRunning)
    {
        ControllerHealth health = controller?.Health
            ?? new ControllerHealth { Name = part.Name, State = isRunning ? ControllerState.Running : ControllerState.Waiting };
        return health with { Restarts = part.Restarts, LastError = health.LastError ?? part.LastError };
    }

    private void AddPart(Supervisor part, Controller? controller)
    {
        lock (_gate)
        {
            _parts.Add((part, controller));
            if (_stop is not null)
            {
                Run(part, _stop.Token);
            }
        }
    }

    private void Run(Supervisor part, CancellationToken cancellation)
        => _running.Add(Task.Run(() => part.RunAsync(cancellation), CancellationToken.None));
}
