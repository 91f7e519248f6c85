using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Coordination;
using Microsoft.Extensions.Logging;

namespace Fairway.ControllerRuntime;

/// <summary>Who may lead, under which name, and how long an absent leader is waited for.</summary>
public sealed record LeaderOptions
{
    public required string Namespace { get; init; }

    /// <summary>The Lease's name.</summary>
    public required string Name { get; init; }

    /// <summary>Unique to this process.</summary>
    public required string Identity { get; init; }

    /// <summary>Others take over when the lease was not renewed for this long.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The leader gives up when it could not renew for this long. Must be shorter than the duration.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often to try.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);
}

/// <summary>
/// Leads while it holds a Lease. Clocks of different machines are never compared: a lease counts as expired when this process
/// has seen it unchanged for its duration.
/// </summary>
public sealed partial class LeaderElector(IClusterApi api, LeaderOptions options, TimeProvider time, ILoggerFactory logs)
{
    private readonly ILogger _log = logs.CreateLogger<LeaderElector>();
    private LeaseSpec? _seen;
    private DateTimeOffset _seenAt;

    /// <summary>Whether this process leads now.</summary>
    public bool IsLeading { get; private set; }

    /// <summary>Waits to lead, runs the work while leading, and waits again when leadership is lost; gives the lease up at the end.</summary>
    /// <param name="lead">Must return soon after its token is cancelled.</param>
    public async Task RunAsync(Func<CancellationToken, Task> lead, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            if (await TryHoldAsync(cancellation))
            {
                await LeadAsync(lead, cancellation);
            }
            else
            {
                await PauseAsync(cancellation);
            }
        }
    }

    /// <summary>What to write to have the lease, or null while another holds it.</summary>
    /// <param name="current">The lease as it is.</param>
    /// <param name="unchangedFor">How long it was seen unchanged.</param>
    /// <param name="options">Who wants it.</param>
    /// <param name="now">The time.</param>
    internal static LeaseSpec? Next(LeaseSpec? current, TimeSpan unchangedFor, LeaderOptions options, DateTimeOffset now)
    {
        bool mine = current?.HolderIdentity == options.Identity;
        bool free = string.IsNullOrEmpty(current?.HolderIdentity)
            || unchangedFor >= TimeSpan.FromSeconds(current.LeaseDurationSeconds ?? options.LeaseDuration.TotalSeconds);
        if (!mine && !free)
        {
            return null;
        }

        return (current ?? new LeaseSpec()) with
        {
            HolderIdentity = options.Identity,
            LeaseDurationSeconds = (int)Math.Ceiling(options.LeaseDuration.TotalSeconds),
            AcquireTime = mine ? current!.AcquireTime : now,
            RenewTime = now,
            LeaseTransitions = mine || current is null ? current?.LeaseTransitions ?? 0 : (current.LeaseTransitions ?? 0) + 1,
        };
    }

    private async Task LeadAsync(Func<CancellationToken, Task> lead, CancellationToken cancellation)
    {
        IsLeading = true;
        LogLeading(_log, options.Identity, options.Name);
        using var term = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task work = Task.Run(() => lead(term.Token), CancellationToken.None);
        DateTimeOffset renewed = time.GetUtcNow();
        while (!cancellation.IsCancellationRequested && !work.IsCompleted)
        {
            await PauseAsync(cancellation);
            if (cancellation.IsCancellationRequested)
            {
                break;
            }

            if (await TryHoldAsync(cancellation))
            {
                renewed = time.GetUtcNow();
            }
            else if (time.GetUtcNow() - renewed >= options.RenewDeadline || HeldByAnother())
            {
                LogLost(_log, options.Identity, options.Name);
                break;
            }
        }

        IsLeading = false;
        await term.CancelAsync();
        try
        {
            await work;
        }
        catch (OperationCanceledException) when (term.IsCancellationRequested)
        {
            // The work was told to stop.
        }
        finally
        {
            await ReleaseAsync();
        }
    }

    private bool HeldByAnother() => _seen is { HolderIdentity: { Length: > 0 } holder } && holder != options.Identity;

    private async Task<bool> TryHoldAsync(CancellationToken cancellation)
    {
        try
        {
            Lease? lease = await api.FindAsync<Lease>(options.Namespace, options.Name, cancellation);
            Observe(lease?.Spec);
            if (Next(lease?.Spec, time.GetUtcNow() - _seenAt, options, time.GetUtcNow()) is not { } next)
            {
                return false;
            }

            Observe(await WriteAsync(lease, next, cancellation));
            return true;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return false;
        }
        catch (StatusException refused) when (refused.Code == 409)
        {
            // Another was faster.
            return false;
        }
        catch (Exception error)
        {
            LogFailed(_log, error.Message, options.Name);
            return false;
        }
    }

    private async Task<LeaseSpec?> WriteAsync(Lease? lease, LeaseSpec next, CancellationToken cancellation)
    {
        if (lease is not null)
        {
            return (await api.WriteAsync(lease, lease with { Spec = next }, cancellation)).Spec;
        }

        var created = new Lease { Metadata = new ObjectMeta { Name = options.Name, Namespace = options.Namespace }, Spec = next };
        return (await api.CreateAsync(created, cancellation)).Spec;
    }

    private void Observe(LeaseSpec? spec)
    {
        if (spec != _seen || _seenAt == default)
        {
            _seen = spec;
            _seenAt = time.GetUtcNow();
        }
    }

    /// <summary>Gives the lease up so that the next leader need not wait. Best effort: without it the lease runs out.</summary>
    private async Task ReleaseAsync()
    {
        try
        {
            using var patience = new CancellationTokenSource(options.RetryPeriod, time);
            Lease? lease = await api.FindAsync<Lease>(options.Namespace, options.Name, patience.Token);
            if (lease?.Spec?.HolderIdentity == options.Identity)
            {
                LeaseSpec free = lease.Spec with { HolderIdentity = "", LeaseDurationSeconds = 1, RenewTime = time.GetUtcNow() };
                await api.WriteAsync(lease, lease with { Spec = free }, patience.Token);
            }
        }
        catch (Exception error)
        {
            LogFailed(_log, error.Message, options.Name);
        }
    }

    private async Task PauseAsync(CancellationToken cancellation)
    {
        try
        {
            await Task.Delay(options.RetryPeriod, time, cancellation);
        }
        catch (OperationCanceledException)
        {
            // The caller's loop ends by its own condition.
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Identity} leads by lease {Name}")]
    private static partial void LogLeading(ILogger logger, string identity, string name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Identity} no longer holds lease {Name}")]
    private static partial void LogLost(ILogger logger, string identity, string name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Lease {Name} could not be read or written: {Error}")]
    private static partial void LogFailed(ILogger logger, string error, string name);
}
