using Fairway.ApiServer;
using Fairway.Client;
using Fairway.ControllerRuntime;
using Microsoft.Extensions.Logging;

namespace Fairway.Platform;

/// <summary>A joined cluster and how it is.</summary>
/// <param name="Name">What environments call it.</param>
/// <param name="Server">Its URL.</param>
/// <param name="Version">Its Kubernetes version; null while it cannot be used.</param>
/// <param name="Problem">Why it cannot be used; null while it can.</param>
/// <param name="Notices">What does not work there.</param>
internal sealed record JoinedCluster(string Name, Uri Server, string? Version, string? Problem, IReadOnlyList<string> Notices);

/// <summary>
/// The clusters that a running platform was joined with: served below its own URL, known to delivery, and watched where delivered
/// to. They join and leave while it runs.
/// </summary>
/// <remarks>Safe for concurrent use; joins and leaves go one after the other.</remarks>
internal sealed class JoinedClusters(MemberClusters kept, IReadOnlyCollection<string> own, ClusterSets sets, ForeignClusters? foreign, TimeProvider time, ILoggerFactory logs) : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1); // guards the two below
    private readonly Dictionary<string, Member> _members = [];
    private readonly CancellationTokenSource _stop = new();

    /// <summary>The names of all, in order.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_members)
            {
                return [.. _members.Keys.Order(StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>Takes up what was joined before. A cluster that is away is joined all the same.</summary>
    /// <returns>What a person should know: clusters that are left out.</returns>
    /// <exception cref="Cli.CommandFailure">What was kept of one cannot be read.</exception>
    public IReadOnlyList<string> Load()
    {
        List<string> notices = [];
        foreach (KubeconfigContext member in kept.All())
        {
            if (own.Contains(member.Name))
            {
                notices.Add($"the joined cluster {member.Name} is left out: a cluster of the platform has its name");
                continue;
            }

            Begin(member);
        }

        return notices;
    }

    /// <summary>Joins a cluster, or joins it anew by another kubeconfig.</summary>
    /// <exception cref="ProbeException">It cannot be used.</exception>
    /// <exception cref="Cli.CommandFailure">The name cannot be used.</exception>
    public async Task<JoinedCluster> JoinAsync(KubeconfigContext member, CancellationToken cancellation)
    {
        MemberClusters.CheckName(member.Name, own);
        ProbeResult found = await ClusterProbe.RunAsync(member, time, cancellation);
        await _turn.WaitAsync(cancellation);
        try
        {
            await kept.JoinAsync(member, cancellation);
            await EndAsync(member.Name);
            Begin(member);
        }
        finally
        {
            _turn.Release();
        }

        return new JoinedCluster(member.Name, member.Server, found.Version, null, found.Notices);
    }

    /// <summary>Forgets a cluster; false when none of that name is joined. What was delivered stays there.</summary>
    public async Task<bool> LeaveAsync(string name, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            await EndAsync(name);
            return kept.Leave(name);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Every joined cluster as it is at this moment: each is asked.</summary>
    public async Task<IReadOnlyList<JoinedCluster>> StatesAsync(CancellationToken cancellation)
    {
        Member[] members;
        lock (_members)
        {
            members = [.. _members.Values.OrderBy(member => member.Context.Name, StringComparer.Ordinal)];
        }

        return await Task.WhenAll(members.Select(member => StateAsync(member.Context, time, cancellation)));
    }

    /// <summary>One cluster as it is at this moment.</summary>
    public static async Task<JoinedCluster> StateAsync(KubeconfigContext member, TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            ProbeResult found = await ClusterProbe.RunAsync(member, time, cancellation);
            return new JoinedCluster(member.Name, member.Server, found.Version, null, found.Notices);
        }
        catch (ProbeException unusable)
        {
            return new JoinedCluster(member.Name, member.Server, null, unusable.Message, []);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync();
        await _stop.CancelAsync();
        foreach (string name in Names)
        {
            await EndAsync(name);
        }

        _stop.Dispose();
    }

    private void Begin(KubeconfigContext context)
    {
        HttpClient http = HttpTransport.Connect(context, time);
        var api = new HttpClusterApi(context.Name, http);
        var informers = new InformerSet(api, time, logs, mayBeAbsent: true);
        var stop = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var member = new Member(context, http, stop, Task.Run(() => informers.RunAsync(stop.Token), CancellationToken.None));
        lock (_members)
        {
            _members[context.Name] = member;
        }

        sets.TryAdd(context.Name, new ClusterSet(informers, ByNamespace: true));
        foreign?.Set(new ForeignCluster(context.Name, http, api));
    }

    private async Task EndAsync(string name)
    {
        Member? member;
        lock (_members)
        {
            _members.Remove(name, out member);
        }

        if (member is null)
        {
            return;
        }

        sets.Remove(name);
        foreign?.Remove(name);
        await member.Stop.CancelAsync();
        await member.Running;
        member.Http.Dispose();
        member.Stop.Dispose();
    }

    private sealed record Member(KubeconfigContext Context, HttpClient Http, CancellationTokenSource Stop, Task Running);
}
