using Fairway.Resources;
using Fairway.Resources.Kinds.Apps;
using Fairway.Workloads.Deployments;

namespace Fairway.Workloads.Tests.Deployments;

/// <summary>
/// A deployment, its sets and their pods as numbers. Set controllers and pods act at any time and in any order; a set's status may be
/// older than its pods.
/// </summary>
internal sealed class DeploymentWorld(Deployment deployment, DateTimeOffset start)
{
    private readonly Dictionary<string, SetState> _sets = [];
    private int _created;

    public Deployment Deployment { get; private set; } = deployment;

    public DateTimeOffset Now { get; private set; } = start;

    /// <summary>Templates whose pods never become ready.</summary>
    public HashSet<string> Broken { get; } = [];

    public IEnumerable<ReplicaSet> Sets => _sets.Values.Select(state => state.Set).OrderBy(set => set.Metadata.CreationTimestamp);

    public int Pods => _sets.Values.Sum(state => state.Ready + state.Starting);

    public int ReadyPods => _sets.Values.Sum(state => state.Ready);

    public int PodsOf(string image) => _sets.Values.Where(state => state.Image == image).Sum(state => state.Ready + state.Starting);

    public void Change(Func<DeploymentSpec, DeploymentSpec> change)
        => Deployment = Deployment with
        {
            Metadata = Deployment.Metadata with { Generation = Deployment.Metadata.Generation + 1 },
            Spec = change(Deployment.Spec),
        };

    public void Release(string image) => Change(spec => spec with { Template = Sample.Template(image) });

    public void Wait(TimeSpan time) => Now += time;

    /// <summary>One reconcile of the deployment.</summary>
    public DeploymentDecision Reconcile()
    {
        DeploymentDecision decision = DeploymentPlanner.Plan(new DeploymentObservation
        {
            Deployment = Deployment,
            Sets = [.. Sets],
            SetsWithPods = _sets.Where(entry => entry.Value.Ready + entry.Value.Starting > 0).Select(entry => entry.Key).ToHashSet(),
            Now = Now,
        });
        if (decision.Create is { } created)
        {
            string uid = $"set-{++_created}";
            ObjectMeta metadata = created.Metadata with { Uid = uid, Generation = 1, CreationTimestamp = Sample.Noon.AddSeconds(_created) };
            _sets[uid] = new SetState(created with { Metadata = metadata });
        }

        foreach (SetChange change in decision.Changes)
        {
            _sets[change.From.Metadata.Uid!].Set = change.To with
            {
                Metadata = change.To.Metadata with { Generation = change.To.Metadata.Generation + (change.IsScaling ? 1 : 0) },
            };
        }

        foreach (ReplicaSet gone in decision.Delete)
        {
            _sets.Remove(gone.Metadata.Uid!);
        }

        Deployment = Deployment with { Status = decision.Status };
        if (decision.Revision is { } revision)
        {
            var annotations = new Dictionary<string, string> { [RevisionAnnotations.Revision] = RevisionAnnotations.Text(revision) };
            Deployment = Deployment with { Metadata = Deployment.Metadata with { Annotations = annotations } };
        }

        return decision;
    }

    /// <summary>The set's controller creates or deletes pods: unready ones go first.</summary>
    public void ActSet(int which)
    {
        SetState state = At(which);
        int wanted = state.Set.Spec.Replicas ?? 1;
        state.Starting += Math.Max(0, wanted - state.Starting - state.Ready);
        int surplus = Math.Max(0, state.Starting + state.Ready - wanted);
        int unready = Math.Min(surplus, state.Starting);
        state.Starting -= unready;
        state.Ready -= surplus - unready;
    }

    public void ReportSet(int which)
    {
        SetState state = At(which);
        state.Set = state.Set with
        {
            Status = new ReplicaSetStatus
            {
                Replicas = state.Ready + state.Starting,
                ReadyReplicas = state.Ready,
                AvailableReplicas = state.Ready,
                ObservedGeneration = state.Set.Metadata.Generation,
            },
        };
    }

    public void StartPod(int which)
    {
        SetState state = At(which);
        if (state.Starting > 0 && !Broken.Contains(state.Image))
        {
            state.Starting--;
            state.Ready++;
        }
    }

    /// <summary>Everyone acts until nothing changes.</summary>
    public void Settle()
    {
        for (int round = 0; round < 80; round++)
        {
            Reconcile();
            for (int set = 0; set < _sets.Count; set++)
            {
                ActSet(set);
                StartPod(set);
                ReportSet(set);
            }
        }
    }

    public int SetCount => _sets.Count;

    private SetState At(int which) => _sets.Values.ElementAt(which % _sets.Count);

    private sealed class SetState(ReplicaSet set)
    {
        public ReplicaSet Set { get; set; } = set;

        public int Starting { get; set; }

        public int Ready { get; set; }

        public string Image => Set.Spec.Template!.Spec.Containers[0].Image!;
    }
}
