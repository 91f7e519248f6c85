using System.Globalization;
using System.Text.RegularExpressions;

namespace Fairway.Platform;

/// <summary>What runs a cluster's pods.</summary>
internal enum ClusterRuntime
{
    /// <summary>No node: a cluster of resources alone.</summary>
    None,

    /// <summary>Local processes.</summary>
    Process,

    /// <summary>Containers of podman or docker.</summary>
    Podman,

    /// <summary>Nothing runs; pods behave as their annotations say.</summary>
    Simulated,
}

/// <summary>One logical cluster as asked for: <c>NAME=RUNTIME</c>.</summary>
/// <param name="Name">A DNS label; also the kubeconfig context.</param>
/// <param name="Runtime">What runs its pods.</param>
/// <param name="Nodes">How many nodes; one, unless simulated.</param>
internal sealed partial record ClusterSpec(string Name, ClusterRuntime Runtime, int Nodes = 1)
{
    private const int MostNodes = 5000;

    /// <summary>hub for Fairway's own kinds, and three environments.</summary>
    public static ClusterSpec[] Default { get; } =
    [
        new("hub", ClusterRuntime.None),
        new("dev", ClusterRuntime.Process),
        new("stage", ClusterRuntime.Process),
        new("prod", ClusterRuntime.Process),
    ];

    /// <summary>Reads <c>NAME=process|podman|simulated[:NODES]|none</c>.</summary>
    /// <returns>The cluster, or what is wrong with the text.</returns>
    public static (ClusterSpec? Spec, string? Error) Parse(string text)
    {
        string[] parts = text.Split('=', 2);
        if (!DnsLabel().IsMatch(parts[0]))
        {
            return (null, $"--cluster {text}: \"{parts[0]}\" is no cluster name; expected lower-case letters, digits and '-', at most 63");
        }

        string runtime = parts.Length == 2 ? parts[1] : "";
        if (runtime == "simulated" || runtime.StartsWith("simulated:", StringComparison.Ordinal))
        {
            string count = runtime.Length > 9 ? runtime[10..] : "1";
            return int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int nodes) && nodes is > 0 and <= MostNodes
                ? (new ClusterSpec(parts[0], ClusterRuntime.Simulated, nodes), null)
                : (null, $"--cluster {text}: \"{count}\" is no number of nodes; expected 1 to {MostNodes}");
        }

        return runtime switch
        {
            "process" => (new ClusterSpec(parts[0], ClusterRuntime.Process), null),
            "podman" or "docker" => (new ClusterSpec(parts[0], ClusterRuntime.Podman), null),
            "none" => (new ClusterSpec(parts[0], ClusterRuntime.None), null),
            _ => (null, $"--cluster {text}: \"{runtime}\" is no runtime; expected process, podman, simulated[:NODES] or none"),
        };
    }

    /// <summary>The text that <see cref="Parse"/> reads back.</summary>
    public override string ToString() => Runtime == ClusterRuntime.Simulated
        ? $"{Name}=simulated:{Nodes.ToString(CultureInfo.InvariantCulture)}"
        : $"{Name}={Runtime.ToString().ToLowerInvariant()}";

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DnsLabel();
}
