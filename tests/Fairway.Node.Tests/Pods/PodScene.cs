using System.Collections.Immutable;
using Fairway.Node.Pods;
using Fairway.Node.Runtimes;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Tests.Pods;

/// <summary>Plays a pod against the lifecycle without any I/O: actions take effect at once, unless the scene says otherwise.</summary>
internal sealed class PodScene
{
    public static readonly DateTimeOffset Start = new(2026, 3, 14, 15, 9, 26, TimeSpan.Zero);

    private readonly Dictionary<ContainerIdentity, ContainerRecord> _containers = [];

    public PodScene(PodSpec spec)
        => Pod = new Pod { Metadata = new ObjectMeta { Name = "web-1", Namespace = "shop", Uid = "u1" }, Spec = spec };

    public Pod Pod { get; set; }

    public PodMemory Memory { get; set; } = PodMemory.Empty;

    public DateTimeOffset Now { get; private set; } = Start;

    public List<PodAction> Actions { get; } = [];

    public PodPlan Last { get; private set; } = null!;

    public PodStatus Status => Pod.Status!;

    /// <summary>Answers probes; null leaves them without answer.</summary>
    public Func<PodAction.AskProbe, bool?> Answer { get; set; } = _ => true;

    /// <summary>Why starts fail; null lets them succeed.</summary>
    public Func<PodAction.Start, StartFailure?> Refuse { get; set; } = _ => null;

    public bool EndsOnTerminate { get; set; } = true;

    public static Container Web(Func<Container, Container>? change = null)
    {
        var container = new Container { Name = "web", Image = "shop/web:1" };
        return change is null ? container : change(container);
    }

    public static PodSpec Of(params Container[] containers) => new() { Containers = containers, TerminationGracePeriodSeconds = 30 };

    public ContainerStatus Container(string name = "web")
        => (Status.InitContainerStatuses ?? []).Concat(Status.ContainerStatuses ?? []).Concat(Status.EphemeralContainerStatuses ?? []).First(status => status.Name == name);

    public string Condition(string type) => Status.Conditions!.First(condition => condition.Type == type).Status;

    public IEnumerable<T> Done<T>()
        where T : PodAction
        => Actions.OfType<T>();

    /// <summary>Decides and acts until nothing more happens at this moment.</summary>
    public PodScene Settle()
    {
        for (int round = 0; round < 50; round++)
        {
            PodPlan plan = Last = PodLifecycle.Decide(new PodObservation
            {
                Pod = Pod,
                Containers = [.. _containers.Values],
                Memory = Memory,
                Now = Now,
            });
            bool shown = Document.From(Pod with { Status = plan.Status }).Json.Span.SequenceEqual(Document.From(Pod).Json.Span);
            Pod = Pod with { Status = plan.Status };
            Memory = plan.Memory;
            foreach (PodAction action in plan.Actions)
            {
                Actions.Add(action);
                Act(action);
            }

            if (shown && plan.Actions.Count == 0)
            {
                return this;
            }

            if (plan.Actions is [PodAction.FinishDeletion])
            {
                return this;
            }
        }

        throw new InvalidOperationException("The pod does not come to rest.");
    }

    /// <summary>Lets time pass, deciding whenever a decision asked for it.</summary>
    public PodScene Pass(TimeSpan time)
    {
        DateTimeOffset until = Now + time;
        while (Last.LookAgainAt is { } at && at <= until)
        {
            Now = at > Now ? at : Now.AddMilliseconds(1);
            Settle();
        }

        Now = until;
        return Settle();
    }

    public PodScene Seconds(double seconds) => Pass(TimeSpan.FromSeconds(seconds));

    /// <summary>The node finds that the pod has to go.</summary>
    public PodScene Evict(string why)
    {
        Memory = Memory with { Evicted = why };
        return Settle();
    }

    /// <summary>The latest attempt's program turns out not to be there.</summary>
    public PodScene CannotRun(string why, string name = "web")
    {
        ContainerIdentity latest = _containers.Keys.Where(identity => identity.Container == name).MaxBy(identity => identity.Attempt)!;
        End(latest, 128, false);
        _containers[latest] = _containers[latest] with { Reason = ContainerRecord.CannotRun, Message = why };
        return Settle();
    }

    /// <summary>The latest attempt of a container ends by itself.</summary>
    public PodScene Exit(int code, string name = "web", bool outOfMemory = false)
    {
        ContainerRecord latest = _containers.Values.Where(record => record.Identity.Container == name).MaxBy(record => record.Identity.Attempt)!;
        End(latest.Identity, code, outOfMemory);
        return Settle();
    }

    public PodScene Delete(long grace = 30)
    {
        Pod = Pod with
        {
            Metadata = Pod.Metadata with { DeletionTimestamp = Now.AddSeconds(grace), DeletionGracePeriodSeconds = grace },
        };
        return Settle();
    }

    /// <summary>The platform is restarted: memory is lost, containers and status are not.</summary>
    public PodScene Restart()
    {
        Memory = PodMemory.Empty;
        return Settle();
    }

    /// <summary>The runtime has lost everything.</summary>
    public PodScene LoseContainers()
    {
        _containers.Clear();
        return Restart();
    }

    public void PreStopDone(string name = "web")
    {
        Memory = Memory.With(name, old => old with { Stop = old.Stop! with { PreStopDone = true } });
        Settle();
    }

    private void Act(PodAction action)
    {
        switch (action)
        {
            case PodAction.Start start when Refuse(start) is { } failure:
                Memory = Memory.With(start.Container, old => old with
                {
                    Starting = false,
                    Failure = failure with { At = Now, Count = old.Failure?.Reason == failure.Reason ? old.Failure.Count + 1 : 1 },
                });
                break;
            case PodAction.Start start:
                var identity = new ContainerIdentity("u1", start.Container, start.Attempt);
                _containers.Add(identity, new ContainerRecord
                {
                    Identity = identity,
                    Namespace = "shop",
                    PodName = "web-1",
                    Image = "shop/web:1",
                    ImageDigest = "sha256:1",
                    Phase = ContainerPhase.Running,
                    CreatedAt = Now,
                    StartedAt = Now,
                });
                Memory = Memory.With(start.Container, old => old with { Starting = false, Failure = null });
                break;
            case PodAction.AskProbe ask when Answer(ask) is { } healthy:
                Container spec = (Pod.Spec.InitContainers ?? []).Concat(Pod.Spec.Containers).First(container => container.Name == ask.Container.Container);
                Probe probe = (ask.Kind switch
                {
                    ProbeKind.Startup => spec.StartupProbe,
                    ProbeKind.Readiness => spec.ReadinessProbe,
                    _ => spec.LivenessProbe,
                })!;
                Memory = Memory.With(ask.Container.Container, old => old with
                {
                    Probes = old.Probes.SetItem(ask.Kind, old.Tally(ask.Kind).With(healthy, "", probe)),
                });
                break;
            case PodAction.Signal { With: ContainerSignal.Kill } kill:
                End(kill.Container, 137, false);
                break;
            case PodAction.Signal { With: ContainerSignal.Terminate } terminate when EndsOnTerminate:
                End(terminate.Container, 143, false);
                break;
            case PodAction.Remove remove:
                _containers.Remove(remove.Container);
                break;
        }
    }

    private void End(ContainerIdentity identity, int code, bool outOfMemory)
        => _containers[identity] = _containers[identity] with
        {
            Phase = ContainerPhase.Exited,
            ExitCode = code,
            FinishedAt = Now,
            OutOfMemory = outOfMemory,
        };
}
