using System.Globalization;
using System.Runtime.InteropServices;
using Fairway.Node.Runtimes;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using NodeResource = Fairway.Resources.Kinds.Core.Node;

namespace Fairway.Node.Agents;

/// <summary>What a node says of itself.</summary>
internal static class NodeDescription
{
    private const string Address = "127.0.0.1";

    /// <summary>CPU, memory, disk and pods that the node has, as far as its options do not say less.</summary>
    public static IReadOnlyDictionary<string, Quantity> Capacity(NodeOptions options) => new Dictionary<string, Quantity>
    {
        ["cpu"] = options.Cpu ?? new Quantity(Text(Environment.ProcessorCount)),
        ["memory"] = options.Memory ?? new Quantity(Text(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1024) + "Ki"),
        ["ephemeral-storage"] = new Quantity(Text(DiskKib(options.Directory)) + "Ki"),
        ["pods"] = new Quantity(Text(options.MaxPods)),
    };

    /// <summary>The node object with a fresh status over what is there.</summary>
    /// <param name="images">What has been brought to the node.</param>
    public static NodeResource Of(
        NodeOptions options, IContainerRuntime runtime, NodeResource? before, IReadOnlyList<ContainerImage> images, DateTimeOffset now)
    {
        IReadOnlyDictionary<string, Quantity> capacity = Capacity(options);
        var labels = new Dictionary<string, string>(before?.Metadata.Labels ?? new Dictionary<string, string>());
        foreach ((string name, string value) in options.Labels)
        {
            labels[name] = value;
        }

        labels["kubernetes.io/hostname"] = options.Name;
        labels["kubernetes.io/os"] = "linux";
        labels["kubernetes.io/arch"] = Architecture;
        labels["beta.kubernetes.io/os"] = "linux";
        labels["beta.kubernetes.io/arch"] = Architecture;
        labels["fairway.dev/runtime"] = runtime.Name;
        NodeResource node = before ?? new NodeResource { Metadata = new ObjectMeta { Name = options.Name } };
        return node with
        {
            Metadata = node.Metadata with { Labels = labels },
            Spec = node.Spec ?? new NodeSpec { Taints = options.Taints.Count > 0 ? options.Taints : null },
            Status = (node.Status ?? new NodeStatus()) with
            {
                Capacity = capacity,
                Allocatable = capacity,
                Conditions = Conditions(node.Status?.Conditions ?? [], now),
                Addresses = [new NodeAddress { Type = "InternalIP", Address = Address }, new NodeAddress { Type = "Hostname", Address = options.Name }],
                NodeInfo = Info(runtime),
                Images = images.Count > 0 ? images : node.Status?.Images,
            },
        };
    }

    private static string Architecture => RuntimeInformation.OSArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "amd64",
        System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
        var other => other.ToString().ToLowerInvariant(),
    };

    private static IReadOnlyList<NodeCondition> Conditions(IReadOnlyList<NodeCondition> shown, DateTimeOffset now)
    {
        return
        [
            Condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
            Condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
            Condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
            Condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
        ];

        NodeCondition Condition(string type, string status, string reason, string message)
        {
            NodeCondition? before = shown.FirstOrDefault(condition => condition.Type == type);
            return new NodeCondition
            {
                Type = type,
                Status = status,
                Reason = reason,
                Message = message,
                LastHeartbeatTime = now,
                LastTransitionTime = before?.Status == status ? before.LastTransitionTime : now,
            };
        }
    }

    private static NodeSystemInfo Info(IContainerRuntime runtime) => new()
    {
        MachineId = ReadFirstLine("/etc/machine-id"),
        SystemUuid = ReadFirstLine("/etc/machine-id"),
        BootId = Runtimes.Process.ProcessTable.BootId(),
        KernelVersion = ReadFirstLine("/proc/sys/kernel/osrelease"),
        OsImage = RuntimeInformation.OSDescription,
        ContainerRuntimeVersion = $"{runtime.Name}://{runtime.Version}",
        KubeletVersion = "v1.32.0+fairway",
        KubeProxyVersion = "",
        OperatingSystem = "linux",
        Architecture = Architecture,
    };

    private static string ReadFirstLine(string path)
    {
        try
        {
            return File.ReadLines(path).FirstOrDefault() ?? "";
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static long DiskKib(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
            return new DriveInfo(directory).TotalSize / 1024;
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return 0;
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
