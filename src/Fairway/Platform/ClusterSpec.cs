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

/// <summary>One logical cluster as asked for: <c>NAME=RUNTIME[:NODES][,OPTION=VALUE]…</c>.</summary>
/// <param name="Name">A DNS label; also the kubeconfig context.</param>
/// <param name="Runtime">What runs its pods.</param>
/// <param name="Nodes">How many nodes.</param>
/// <param name="Options">What its nodes are like.</param>
internal sealed partial record ClusterSpec(string Name, ClusterRuntime Runtime, int Nodes = 1, NodeSettings? Options = null)
{
    /// <summary>Simulated nodes cost little; real ones each watch their own processes.</summary>
    private const int MostSimulated = 5000;
    private const int MostReal = 50;

    /// <summary>hub for Fairway's own kinds, and three environments.</summary>
    public static ClusterSpec[] Default { get; } =
    [
        new("hub", ClusterRuntime.None),
        new("dev", ClusterRuntime.Process),
        new("stage", ClusterRuntime.Process),
        new("prod", ClusterRuntime.Process),
    ];

    /// <summary>Reads <c>NAME=process|podman|simulated|none[:NODES][,OPTION=VALUE]…</c>.</summary>
    /// <returns>The cluster, or what is wrong with the text.</returns>
    public static (ClusterSpec? Spec, string? Error) Parse(string text)
    {
        string[] parts = text.Split('=', 2);
        if (!DnsLabel().IsMatch(parts[0]))
        {
            return (null, $"--cluster {text}: \"{parts[0]}\" is no cluster name; expected lower-case letters, digits and '-', at most 63");
        }

        string[] words = parts.Length == 2 ? parts[1].Split(',') : [""];
        string[] first = words[0].Split(':', 2);
        ClusterRuntime? runtime = first[0] switch
        {
            "process" => ClusterRuntime.Process,
            "podman" or "docker" => ClusterRuntime.Podman,
            "simulated" => ClusterRuntime.Simulated,
            "none" => ClusterRuntime.None,
            _ => null,
        };
        if (runtime is null)
        {
            return (null, $"--cluster {text}: \"{first[0]}\" is no runtime; expected process, podman, simulated or none, then [:NODES][,OPTION=VALUE]...");
        }

        int most = runtime switch { ClusterRuntime.None => 1, ClusterRuntime.Simulated => MostSimulated, _ => MostReal };
        int nodes = 1;
        if (first.Length == 2 && (!int.TryParse(first[1], NumberStyles.None, CultureInfo.InvariantCulture, out nodes) || nodes < 1 || nodes > most))
        {
            return (null, $"--cluster {text}: \"{first[1]}\" is no number of nodes; expected 1 to {most}");
        }

        (NodeSettings? settings, string? error) = NodeSettings.Parse(words[1..]);
        return settings is null ? (null, $"--cluster {text}: {error}") : (new ClusterSpec(parts[0], runtime.Value, nodes, words.Length > 1 ? settings : null), null);
    }

    /// <summary>The text that <see cref="Parse"/> reads back.</summary>
    public override string ToString()
    {
        string count = Nodes == 1 && Runtime != ClusterRuntime.Simulated ? "" : ":" + Nodes.ToString(CultureInfo.InvariantCulture);
        return $"{Name}={Runtime.ToString().ToLowerInvariant()}{count}{(Options is null ? "" : "," + Options.Text)}";
    }

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DnsLabel();
}
