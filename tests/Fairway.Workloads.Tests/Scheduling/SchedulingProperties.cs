using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Workloads.Scheduling;
using FsCheck;
using FsCheck.Fluent;
using static Fairway.Workloads.Tests.Scheduling.SchedulingScene;

namespace Fairway.Workloads.Tests.Scheduling;

/// <summary>What must hold however pods come and go.</summary>
public sealed class SchedulingProperties
{
    [Fact]
    public void Plan_AnyPodsInAnyOrder_NeverOverCapacityAndNeverAgainstARule()
        => Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed => Holds(new Random(seed))).ShouldHold();

    [Fact]
    public void Snapshot_ChangedStepByStep_EqualsOneMadeAtOnce()
        => Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed => IsConsistent(new Random(seed))).ShouldHold();

    private static bool Holds(Random random)
    {
        var scene = new SchedulingScene();
        int nodes = random.Next(1, 6);
        for (int i = 0; i < nodes; i++)
        {
            scene.Node(
                $"n{i}",
                cpu: $"{random.Next(1, 6)}",
                pods: random.Next(1, 8),
                labels: new Dictionary<string, string> { ["zone"] = $"z{i % 3}", ["disk"] = i % 2 == 0 ? "ssd" : "hdd" },
                taints: random.Next(4) == 0 ? [new Taint { Key = "gpu", Effect = "NoSchedule" }] : []);
        }

        for (int step = 0; step < 25; step++)
        {
            Pod pod = AnyPod(scene, random);
            if (scene.Plan(pod) is Placement.On target)
            {
                scene.On(target.Node, pod);
            }

            if (random.Next(5) == 0 && scene.Snapshot.Nodes.SelectMany(node => node.Pods).ToArray() is { Length: > 0 } placed)
            {
                // Only what repels nobody goes: an end can never break a rule, but spread is judged at placing.
                scene.Snapshot.Remove(placed[random.Next(placed.Length)].Uid);
            }

            if (!scene.Snapshot.Nodes.All(node => KeepsRules(node, scene)))
            {
                return false;
            }
        }

        return true;
    }

    private static Pod AnyPod(SchedulingScene scene, Random random)
    {
        string app = $"a{random.Next(3)}";
        Func<PodSpec, PodSpec>? with = random.Next(6) switch
        {
            0 => Repelled(app),
            1 => Repelled("a0", "zone"),
            2 => OnlyOn("disk", "In", "ssd"),
            3 => HostPort(random.Next(80, 83)),
            4 => spec => spec with { Tolerations = [new Toleration { Key = "gpu", Operator = "Exists" }] },
            _ => null,
        };
        return scene.Pod($"{random.Next(0, 2500)}m", app, with: with);
    }

    private static bool KeepsRules(NodeRoom node, SchedulingScene scene)
    {
        bool fits = node.Taken["cpu"] <= node.Allocatable["cpu"] && node.Pods.Count <= node.Allocatable["pods"];
        bool tolerated = node.Pods.All(pod => NodeFit.Untolerated(pod.Pod, node.Node) is null && NodeFit.IsWanted(pod.Pod, node.Node));
        HostPort[] ports = [.. node.Pods.SelectMany(pod => pod.HostPorts)];
        bool apart = scene.Snapshot.Repelling.All(pair => pair.Pod.Repelled.All(term => scene.Snapshot.Nodes
            .Where(other => other.Label(term.Topology) == pair.Node.Label(term.Topology))
            .SelectMany(other => other.Pods)
            .All(other => other.Uid == pair.Pod.Uid || !term.Matches(other.Pod, _ => null))));
        return fits && tolerated && apart && ports.Distinct().Count() == ports.Length;
    }

    private static bool IsConsistent(Random random)
    {
        var scene = new SchedulingScene();
        var placed = new Dictionary<string, (Pod Pod, string Node)>();
        for (int step = 0; step < 60; step++)
        {
            string node = $"n{random.Next(4)}";
            switch (random.Next(5))
            {
                case 0:
                    scene.Node(node, cpu: $"{random.Next(1, 9)}");
                    break;
                case 1:
                    scene.Snapshot.RemoveNode(node);
                    break;
                case 2 when placed.Count > 0:
                    string gone = placed.Keys.ElementAt(random.Next(placed.Count));
                    scene.Snapshot.Remove(gone);
                    placed.Remove(gone);
                    break;
                default:
                    Pod pod = placed.Count > 0 && random.Next(3) == 0 ? placed.Values.ElementAt(random.Next(placed.Count)).Pod : scene.Pod($"{random.Next(0, 900)}m");
                    scene.On(node, pod);
                    placed[pod.Metadata.Uid!] = (pod, node);
                    break;
            }
        }

        return scene.Snapshot.Nodes.All(node =>
        {
            Pod[] expected = [.. placed.Values.Where(each => each.Node == node.Name).Select(each => each.Pod)];
            return node.Pods.Count == expected.Length
                && node.Taken["cpu"] == expected.Sum(pod => PodRequests.Of(pod).GetValueOrDefault("cpu", new Quantity("0")).MilliValue);
        });
    }
}
