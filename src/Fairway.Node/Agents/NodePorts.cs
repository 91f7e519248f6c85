using Fairway.Node.Configuration;
using Fairway.Node.Runtimes;

namespace Fairway.Node.Agents;

/// <summary>Which host ports the pods of a node have. A pod keeps its ports over restarts of its containers and of the platform.</summary>
internal sealed class NodePorts(PortAllocator allocator)
{
    // Guards the dictionary.
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Dictionary<int, int>> _pods = [];

    /// <summary>Takes over the ports of a container that was there before.</summary>
    public void Adopt(ContainerRecord record)
    {
        lock (_gate)
        {
            Dictionary<int, int> ports = Of(record.Identity.PodUid);
            foreach (PortMapping port in record.Ports)
            {
                if (!ports.ContainsKey(port.ContainerPort) && allocator.Claim(port.HostPort, record.Phase == ContainerPhase.Running))
                {
                    ports[port.ContainerPort] = port.HostPort;
                }
            }
        }
    }

    /// <summary>Host ports for all these container ports: the ones asked for, else the pod's own of before where possible.</summary>
    /// <param name="wanted">Host ports by container port that the pod asks for (<c>hostPort</c>).</param>
    /// <exception cref="StartException">A port that is asked for is in use.</exception>
    public IReadOnlyDictionary<int, int> Assign(
        string podUid, IEnumerable<int> containerPorts, IReadOnlyDictionary<int, int> before, IReadOnlyDictionary<int, int> wanted)
    {
        lock (_gate)
        {
            Dictionary<int, int> ports = Of(podUid);
            foreach (int number in containerPorts)
            {
                if (ports.ContainsKey(number))
                {
                    continue;
                }

                if (wanted.TryGetValue(number, out int fixedPort))
                {
                    ports[number] = allocator.Claim(fixedPort, inUse: false)
                        ? fixedPort
                        : throw new StartException(Pods.StartFailure.Create, $"hostPort {fixedPort} is in use on this machine, or may not be used by this user");
                }
                else
                {
                    ports[number] = before.TryGetValue(number, out int old) && allocator.Claim(old, inUse: false) ? old : allocator.Take();
                }
            }

            return new Dictionary<int, int>(ports);
        }
    }

    public void Release(string podUid)
    {
        lock (_gate)
        {
            if (_pods.Remove(podUid, out Dictionary<int, int>? ports))
            {
                foreach (int port in ports.Values)
                {
                    allocator.Release(port);
                }
            }
        }
    }

    private Dictionary<int, int> Of(string podUid)
    {
        if (!_pods.TryGetValue(podUid, out Dictionary<int, int>? ports))
        {
            _pods[podUid] = ports = [];
        }

        return ports;
    }
}
