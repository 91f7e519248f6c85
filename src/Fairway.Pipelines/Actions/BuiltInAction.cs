using Fairway.Client;
using Fairway.Git;
using Fairway.Pipelines.Execution;
using Fairway.Pipelines.Syntax;
using Fairway.Storage;

namespace Fairway.Pipelines.Actions;

/// <summary>An action that the platform does itself.</summary>
/// <param name="Interface">What workflow files can say to it.</param>
/// <param name="RunAsync">Does it. An <see cref="ActionFailure"/> fails the step with its message.</param>
internal sealed record BuiltInAction(ActionInterface Interface, Func<ActionCall, CancellationToken, Task> RunAsync);

/// <summary>An action could not do its work, for a reason that concerns the workflow's author.</summary>
internal sealed class ActionFailure(string message) : Exception(message);

/// <summary>What actions reach beyond their job.</summary>
internal sealed record ActionServices(
    GitRepositories Repositories, BlobStore Blobs, ImageStore Images, Ledger Ledger, IClusterApi Hub, RunPaths Paths, PipelinesOptions Options, TimeProvider Time);

/// <summary>One use of an action by a step.</summary>
internal sealed record ActionCall
{
    public required JobAssignment Job { get; init; }

    /// <summary>Evaluated; names ignore case. Missing ones are the action's defaults.</summary>
    public required IReadOnlyDictionary<string, string> Inputs { get; init; }

    public required JobEnvironment Environment { get; init; }

    public required StepChannel Channel { get; init; }

    /// <summary>The environment that a process of this step has.</summary>
    public required IReadOnlyDictionary<string, string> Variables { get; init; }

    public required ActionServices Services { get; init; }

    public required Func<ProcessCommand, Action<string>, Task<int>> RunProcess { get; init; }

    /// <summary>Leaves work for the end of the job; it is told whether the job succeeded.</summary>
    public required Action<Func<bool, CancellationToken, Task>> Post { get; init; }

    public string Input(string name, string otherwise = "") => Inputs.TryGetValue(name, out string? value) && value.Length > 0 ? value : otherwise;

    public bool Flag(string name, bool otherwise = false)
        => Input(name) is { Length: > 0 } value ? value.Equals("true", StringComparison.OrdinalIgnoreCase) : otherwise;

    public IReadOnlyList<string> Lines(string name)
        => Input(name).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public void Say(string line) => Channel.Log.Write(line);

    /// <summary>A path of the workspace, checked to be in it.</summary>
    /// <exception cref="ActionFailure">It leads out.</exception>
    public string InWorkspace(string path)
    {
        string full = Path.GetFullPath(Path.Combine(Environment.Workspace, path));
        return FileGlob.IsBelow(full, Environment.Workspace) ? full : throw new ActionFailure($"'{path}' is not in the workspace.");
    }

    /// <summary>Runs a program and returns its exit code and output lines.</summary>
    public async Task<(int Code, IReadOnlyList<string> Lines)> CaptureAsync(params string[] command)
    {
        List<string> lines = [];
        int code = await RunProcess(
            new ProcessCommand { Arguments = command, WorkingDirectory = Environment.Workspace, Environment = Variables },
            line =>
            {
                lock (lines)
                {
                    lines.Add(line);
                }
            });
        lock (lines)
        {
            return (code, [.. lines]);
        }
    }
}
