using System.Globalization;
using Fairway.Resources.Kinds.Pipelines;

namespace Fairway.Pipelines.Execution;

/// <summary>What one step says while it runs: lines to the log, commands to the runner, values through files.</summary>
internal sealed class StepChannel
{
    private static readonly string[] FileNames = ["output", "env", "path", "state", "step_summary"];

    private readonly JobAssignment _job;
    private readonly int _step;
    private readonly StepLog _log;
    private readonly string _directory;
    private readonly Dictionary<string, string> _outputs = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lock _gate = new();

    // Guarded by the lock, since the background processes of a step may still talk.
    private string? _resumeToken;
    private bool _matcherTold;

    public StepChannel(JobAssignment job, int step, StepLog log, string temp)
    {
        _job = job;
        _step = step;
        _log = log;
        _directory = Path.Combine(temp, "_files", step.ToString(CultureInfo.InvariantCulture));
        Directory.CreateDirectory(_directory);
        foreach (string name in FileNames)
        {
            File.WriteAllText(FileOf(name), "");
        }
    }

    public StepLog Log => _log;

    public IReadOnlyDictionary<string, string> Outputs => _outputs;

    /// <summary>GITHUB_OUTPUT and the others.</summary>
    public IEnumerable<KeyValuePair<string, string>> FileVariables
        => FileNames.Select(name => KeyValuePair.Create("GITHUB_" + name.ToUpperInvariant(), FileOf(name)));

    /// <summary>A line that a process of the step wrote.</summary>
    public void Line(string line)
    {
        lock (_gate)
        {
            if (WorkflowCommand.Parse(line) is { } command)
            {
                Take(command, line);
            }
            else
            {
                _log.Write(line);
            }
        }
    }

    public void Error(string message) => Annotate("Error", message, null);

    public void Warning(string message) => Annotate("Warning", message, null);

    public void SetOutput(string name, string value)
    {
        if (value.Length > 0 && _job.Masker.Hides(value))
        {
            _log.Write($"##[warning]The output '{name}' is left out: it may hold a secret.");
        }

        _outputs[name] = value;
    }

    /// <summary>Reads what the step wrote to its files.</summary>
    /// <exception cref="FormatException">A file is not as it must be; the message names it.</exception>
    public void Collect(JobEnvironment environment)
    {
        foreach ((string name, string value) in Values("output"))
        {
            SetOutput(name, value);
        }

        foreach ((string name, string value) in Values("env"))
        {
            if (name.StartsWith("GITHUB_", StringComparison.OrdinalIgnoreCase) || name.StartsWith("RUNNER_", StringComparison.OrdinalIgnoreCase) || name == "NODE_OPTIONS")
            {
                Warning($"Can't store '{name}' through GITHUB_ENV: the name is reserved.");
            }
            else
            {
                environment.Set(name, value);
            }
        }

        foreach (string path in Read("path").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            environment.Prepend(path);
        }
    }

    /// <summary>What the step wrote for people, or null.</summary>
    public string? Summary() => Read("step_summary") is { Length: > 0 } text ? _job.Masker.Apply(text) : null;

    private void Take(WorkflowCommand command, string line)
    {
        if (_resumeToken is not null)
        {
            if (command.Name == _resumeToken)
            {
                _resumeToken = null;
            }

            _log.Write(line);
            return;
        }

        switch (command.Name)
        {
            case "add-mask":
                _job.Masker.Add(command.Data);
                _log.Write("::add-mask::***");
                break;
            case "error" or "warning" or "notice":
                Annotate(char.ToUpperInvariant(command.Name[0]) + command.Name[1..], command.Data, command.Properties);
                break;
            case "debug":
                _log.Write($"##[debug]{command.Data}");
                break;
            case "group":
                _log.Write($"##[group]{command.Data}");
                break;
            case "endgroup":
                _log.Write("##[endgroup]");
                break;
            case "stop-commands":
                _resumeToken = command.Data.Trim().ToLowerInvariant();
                _log.Write(line);
                break;
            case "set-output" when command.Properties.TryGetValue("name", out string? name):
                _log.Write("##[warning]The set-output command is deprecated: write to GITHUB_OUTPUT.");
                SetOutput(name, command.Data);
                break;
            case "set-env" or "add-path":
                Annotate("Error", $"The {command.Name} command is disabled: write to GITHUB_ENV or GITHUB_PATH.", null);
                break;
            case "add-matcher" or "remove-matcher" when !_matcherTold:
                _matcherTold = true;
                _log.Write("##[warning]Problem matchers have no effect here.");
                break;
            case "add-matcher" or "remove-matcher" or "save-state" or "echo":
                break;
            default:
                _log.Write(line);
                break;
        }
    }

    private void Annotate(string severity, string message, IReadOnlyDictionary<string, string>? properties)
    {
        _log.Write($"##[{severity.ToLowerInvariant()}]{message}");
        _job.Annotate(new RunAnnotation
        {
            Job = _job.State.Id,
            Step = _step,
            Severity = severity,
            Message = _job.Masker.Apply(message.Length <= 4096 ? message : message[..4096]),
            Title = properties?.GetValueOrDefault("title"),
            File = properties?.GetValueOrDefault("file"),
            Line = int.TryParse(properties?.GetValueOrDefault("line"), NumberStyles.None, CultureInfo.InvariantCulture, out int line) ? line : null,
        });
    }

    private IReadOnlyList<KeyValuePair<string, string>> Values(string name)
    {
        try
        {
            return CommandFile.Parse(Read(name));
        }
        catch (FormatException wrong)
        {
            throw new FormatException($"Unable to process the file GITHUB_{name.ToUpperInvariant()}: {wrong.Message}.", wrong);
        }
    }

    private string Read(string name)
    {
        string path = FileOf(name);
        if (!File.Exists(path))
        {
            return "";
        }

        return new FileInfo(path).Length <= CommandFile.MaxLength
            ? File.ReadAllText(path)
            : throw new FormatException($"The file GITHUB_{name.ToUpperInvariant()} is larger than {CommandFile.MaxLength} bytes.");
    }

    private string FileOf(string name) => Path.Combine(_directory, name);
}
