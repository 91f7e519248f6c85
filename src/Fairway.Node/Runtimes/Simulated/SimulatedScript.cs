using Fairway.Resources;

namespace Fairway.Node.Runtimes.Simulated;

/// <summary>
/// How a simulated container behaves, read from its pod's annotations <c>simulated.fairway.dev/KEY</c>, or for one container
/// only <c>simulated.fairway.dev/KEY.CONTAINER</c>. Durations are written as Go does; what cannot be read counts as absent.
/// </summary>
internal sealed record SimulatedScript
{
    private const string Prefix = "simulated.fairway.dev/";

    /// <summary><c>ready-after</c>: probes fail before.</summary>
    public TimeSpan ReadyAfter { get; init; }

    /// <summary><c>unhealthy-after</c>: probes fail from then on.</summary>
    public TimeSpan? UnhealthyAfter { get; init; }

    /// <summary><c>exit-after</c>: it ends by itself, with <c>exit-code</c> (0).</summary>
    public TimeSpan? ExitAfter { get; init; }

    public int ExitCode { get; init; }

    /// <summary><c>stop-after</c>: from SIGTERM to its end, with <c>stop-code</c> (143).</summary>
    public TimeSpan StopAfter { get; init; }

    public int StopCode { get; init; }

    /// <summary><c>ignore-terminate: "true"</c>: only a kill ends it.</summary>
    public bool IgnoreTerminate { get; init; }

    /// <summary><c>cannot-run</c>: why it cannot be started.</summary>
    public string? CannotRun { get; init; }

    /// <summary><c>log</c>: lines it writes at its start.</summary>
    public IReadOnlyList<string> Log { get; init; } = [];

    /// <summary><c>cpu</c>: processors in use.</summary>
    public Quantity Cpu { get; init; }

    /// <summary><c>memory</c>: above its limit it is ended as out of memory.</summary>
    public Quantity Memory { get; init; }

    public static SimulatedScript Read(IReadOnlyDictionary<string, string> annotations, string container)
    {
        return new SimulatedScript
        {
            ReadyAfter = Duration("ready-after") ?? TimeSpan.Zero,
            UnhealthyAfter = Duration("unhealthy-after"),
            ExitAfter = Duration("exit-after"),
            ExitCode = Number("exit-code", 0),
            StopAfter = Duration("stop-after") ?? TimeSpan.Zero,
            StopCode = Number("stop-code", 143),
            IgnoreTerminate = Text("ignore-terminate") == "true",
            CannotRun = Text("cannot-run"),
            Log = Text("log")?.TrimEnd('\n').Split('\n') ?? [],
            Cpu = new Quantity(Text("cpu") ?? "10m"),
            Memory = new Quantity(Text("memory") ?? "16Mi"),
        };

        string? Text(string key) => annotations.GetValueOrDefault($"{Prefix}{key}.{container}") ?? annotations.GetValueOrDefault(Prefix + key);
        TimeSpan? Duration(string key) => GoDuration.TryParse(Text(key), out TimeSpan value) ? value : null;
        int Number(string key, int otherwise) => int.TryParse(Text(key), out int value) ? value : otherwise;
    }
}
