using System.Globalization;
using System.Runtime.InteropServices;
using Fairway.Pipelines.Expressions;
using Fairway.Pipelines.Syntax;
using Fairway.Resources.Kinds.Pipelines;

namespace Fairway.Pipelines.Execution;

/// <summary>What the steps of one job share: variables, PATH, results of steps. Used by one step at a time.</summary>
internal sealed class JobEnvironment
{
    private readonly JobAssignment _job;
    private readonly JobDirectories _directories;
    private readonly Dictionary<string, string> _base = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _variables = new(StringComparer.Ordinal);
    private readonly List<string> _path = [];
    private readonly List<KeyValuePair<string, ExpressionValue>> _steps = [];
    private readonly Dictionary<string, ExpressionValue> _contexts;

    public JobEnvironment(JobAssignment job, JobDirectories directories, PipelinesOptions options, (string Name, string Value) mark)
    {
        _job = job;
        _directories = directories;
        foreach (string name in options.PassedOn)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                _base[name] = value;
            }
        }

        _base.TryAdd("PATH", "/usr/local/bin:/usr/bin:/bin");
        _base["LANG"] = "C.UTF-8";
        _base[mark.Name] = mark.Value;

        // Build tools leave no servers behind that another job would share, and say nothing about themselves.
        _base["MSBUILDDISABLENODEREUSE"] = "1";
        _base["SharedCompilationId"] = $"fairway-{mark.Value.GetHashCode(StringComparison.Ordinal):x8}";
        _base["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        _base["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        _base["DOTNET_NOLOGO"] = "1";
        _base["DOTNET_SKIP_FIRST_TIME_EXPERIENCE"] = "1";
        _base["DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE"] = "1";
        _contexts = new Dictionary<string, ExpressionValue>(job.Contexts, StringComparer.OrdinalIgnoreCase)
        {
            ["matrix"] = job.State.Matrix,
            ["runner"] = Runner(),
        };
        _contexts = new(Planning.RunPlanner.WithStrategy(
            job.Job, job.State.Matrix, job.Place.Index, job.Place.Total, new EvaluationContext { Contexts = _contexts }).Contexts, StringComparer.OrdinalIgnoreCase);
    }

    public string Workspace => _directories.Workspace;

    public string Temp => _directories.Temp;

    /// <summary><c>env</c> as it stands between steps.</summary>
    public IReadOnlyDictionary<string, string> Variables => _variables;

    /// <summary>Adds the variables of the workflow or the job; later ones see earlier ones' values where their place lets them.</summary>
    /// <exception cref="ExpressionException">A value cannot be evaluated.</exception>
    public void Define(IEnumerable<NamedTemplate> variables)
    {
        EvaluationContext context = Context(default, new Dictionary<string, string>());
        foreach (NamedTemplate variable in variables)
        {
            _variables[variable.Name] = variable.Value.EvaluateText(context);
        }
    }

    /// <summary>What a step wrote to GITHUB_ENV.</summary>
    public void Set(string name, string value) => _variables[name] = value;

    /// <summary>What a step wrote to GITHUB_PATH: searched first from now on.</summary>
    public void Prepend(string directory)
    {
        _path.Remove(directory);
        _path.Insert(0, directory);
    }

    public void Conclude(string? id, StepResult result, IReadOnlyDictionary<string, string> outputs)
    {
        if (id is null)
        {
            return;
        }

        _steps.RemoveAll(step => string.Equals(step.Key, id, StringComparison.OrdinalIgnoreCase));
        _steps.Add(KeyValuePair.Create(id, (ExpressionValue)new ExpressionValue.ObjectValue(
        [
            KeyValuePair.Create("outputs", ExpressionValue.Of(outputs)),
            KeyValuePair.Create("outcome", ExpressionValue.Of(result.Outcome)),
            KeyValuePair.Create("conclusion", ExpressionValue.Of(result.Conclusion)),
        ])));
    }

    /// <summary>What expressions of a step see.</summary>
    public EvaluationContext Context(Planning.StatusSoFar status, IReadOnlyDictionary<string, string> stepVariables)
    {
        Dictionary<string, ExpressionValue> contexts = new(_contexts, StringComparer.OrdinalIgnoreCase)
        {
            ["env"] = ExpressionValue.Of(_variables.Concat(stepVariables)),
            ["steps"] = new ExpressionValue.ObjectValue(_steps),
            ["job"] = new ExpressionValue.ObjectValue(
            [
                KeyValuePair.Create("status", ExpressionValue.Of(status.Cancelled ? "cancelled" : status.Failed ? "failure" : "success")),
                KeyValuePair.Create("container", (ExpressionValue)new ExpressionValue.ObjectValue([])),
                KeyValuePair.Create("services", (ExpressionValue)new ExpressionValue.ObjectValue([])),
            ]),
        };
        if (contexts["github"] is ExpressionValue.ObjectValue github)
        {
            contexts["github"] = new ExpressionValue.ObjectValue(
            [
                .. github.Entries,
                KeyValuePair.Create("workspace", ExpressionValue.Of(Workspace)),
                KeyValuePair.Create("event_path", ExpressionValue.Of(_directories.EventFile)),
                KeyValuePair.Create("job", ExpressionValue.Of(_job.Job.Id)),
                KeyValuePair.Create("run_attempt", ExpressionValue.Of(_job.Attempt.ToString(CultureInfo.InvariantCulture))),
            ]);
        }

        return new EvaluationContext
        {
            Contexts = contexts,
            Functions = new Dictionary<string, SpecialFunction>
            {
                ["hashfiles"] = patterns => ExpressionValue.Of(HashFiles(patterns)),
            },
        };
    }

    /// <summary>All variables of a process of a step.</summary>
    public Dictionary<string, string> ProcessVariables(IReadOnlyDictionary<string, string> stepVariables, EvaluationContext context)
    {
        Dictionary<string, string> all = new(_base, StringComparer.Ordinal) { ["CI"] = "true" };
        foreach ((string name, string value) in _variables.Concat(stepVariables))
        {
            all[name] = value;
        }

        foreach ((string name, string value) in Defaults(context))
        {
            all[name] = value;
        }

        if (_path.Count > 0)
        {
            all["PATH"] = string.Join(':', [.. _path, all.GetValueOrDefault("PATH", "")]);
        }

        return all;
    }

    private IEnumerable<(string Name, string Value)> Defaults(EvaluationContext context)
    {
        ExpressionValue.ObjectValue github = (ExpressionValue.ObjectValue)context.Contexts["github"];
        foreach (string name in (string[])
            ["action", "actor", "api_url", "base_ref", "event_name", "event_path", "graphql_url", "head_ref", "job", "ref", "ref_name", "ref_protected",
            "ref_type", "repository", "repository_id", "repository_owner", "retention_days", "run_attempt", "run_id", "run_number", "server_url", "sha",
            "triggering_actor", "workflow", "workflow_ref", "workflow_sha", "workspace"])
        {
            yield return ("GITHUB_" + name.ToUpperInvariant(), github.Find(name)?.AsText() ?? "");
        }

        yield return ("GITHUB_ACTIONS", "true");
        foreach ((string name, ExpressionValue value) in ((ExpressionValue.ObjectValue)context.Contexts["runner"]).Entries)
        {
            yield return ("RUNNER_" + name.ToUpperInvariant(), value.AsText());
        }

        yield return ("AGENT_TOOLSDIRECTORY", _directories.Tools);
    }

    private ExpressionValue Runner() => ExpressionValue.Of(
    [
        KeyValuePair.Create("os", OperatingSystem.IsMacOS() ? "macOS" : OperatingSystem.IsWindows() ? "Windows" : "Linux"),
        KeyValuePair.Create("arch", RuntimeInformation.OSArchitecture.ToString().ToUpperInvariant()),
        KeyValuePair.Create("name", Environment.MachineName),
        KeyValuePair.Create("environment", "self-hosted"),
        KeyValuePair.Create("tool_cache", _directories.Tools),
        KeyValuePair.Create("temp", _directories.Temp),
        KeyValuePair.Create("debug", ""),
    ]);

    private string HashFiles(IReadOnlyList<ExpressionValue> patterns)
    {
        try
        {
            return FileGlob.Hash(Workspace, patterns.SelectMany(pattern => pattern.AsText().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));
        }
        catch (IOException wrong)
        {
            throw new ExpressionException($"hashFiles failed: {wrong.Message}", 0);
        }
    }
}
