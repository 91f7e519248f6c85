using Fairway.Pipelines.Syntax;

namespace Fairway.Pipelines;

/// <summary>An action that the program around pipelines brings: another area's work as a step.</summary>
/// <param name="Interface">What workflow files can say to it.</param>
/// <param name="RunAsync">Does it.</param>
public sealed record HostAction(ActionInterface Interface, Func<HostActionCall, CancellationToken, Task<HostActionResult>> RunAsync);

/// <summary>One use of a host's action.</summary>
public sealed record HostActionCall
{
    /// <summary>The team's namespace in the hub.</summary>
    public required string Namespace { get; init; }

    public required string Repository { get; init; }

    /// <summary>The PipelineRun.</summary>
    public required string Run { get; init; }

    /// <summary>The job's directory.</summary>
    public required string Workspace { get; init; }

    /// <summary>A path of the workspace in full.</summary>
    public required Func<string, string> InWorkspace { get; init; }

    public required IReadOnlyDictionary<string, string> Inputs { get; init; }

    /// <summary>Writes a line to the step's log.</summary>
    public required Action<string> Say { get; init; }
}

/// <summary>How it went.</summary>
/// <param name="Failure">Why the step fails; null when it succeeds.</param>
/// <param name="Outputs">The step's outputs.</param>
public sealed record HostActionResult(string? Failure, IReadOnlyDictionary<string, string> Outputs);
