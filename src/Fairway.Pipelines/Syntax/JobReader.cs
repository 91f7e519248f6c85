using System.Text.RegularExpressions;
using Fairway.Pipelines.Expressions;

namespace Fairway.Pipelines.Syntax;

/// <summary>Reads <c>jobs</c>.</summary>
internal sealed partial class JobReader(IReadOnlyDictionary<string, ActionInterface> actions, NoticeList notices)
{
    private readonly ValueReader _values = new(notices);

    public IReadOnlyList<WorkflowJob> ReadAll(YamlTree node)
    {
        if (node is not YamlTree.Mapping { Entries.Count: > 0 } mapping)
        {
            notices.Error(node, $"'jobs' must be a mapping with at least one job, not {node.Describe()}.");
            return [];
        }

        Dictionary<string, YamlTree> needs = [];
        List<WorkflowJob> jobs = [];
        foreach ((YamlTree.Scalar id, YamlTree value) in mapping.Entries)
        {
            if (!Identifier().IsMatch(id.Text))
            {
                notices.Error(id, $"'{id.Text}' cannot be a job's id: it begins with a letter or '_' and has only letters, digits, '-' and '_'.");
            }
            else if (jobs.Exists(job => job.Id.Equals(id.Text, StringComparison.OrdinalIgnoreCase)))
            {
                notices.Error(id, $"The job '{id.Text}' is there twice (ids ignore case).");
            }
            else
            {
                jobs.Add(ReadJob(id, value, needs));
            }
        }

        CheckNeeds(jobs, needs);
        return jobs;
    }

    private WorkflowJob ReadJob(YamlTree.Scalar id, YamlTree node, Dictionary<string, YamlTree> needs)
    {
        WorkflowJob job = new() { Id = id.Text, Line = id.Line, Steps = [] };
        bool runsSomewhere = false;
        bool reusable = node is YamlTree.Mapping calls && calls.Find("uses") is not null;
        new FieldReader($"the job '{id.Text}'", notices)
            .On("name", value => job = job with { Name = _values.Template(value, Scopes.Job, "name") })
            .On("needs", value =>
            {
                needs[id.Text] = value;
                job = job with { Needs = [.. _values.Texts(value, "needs").Select(need => need.Text).Distinct(StringComparer.OrdinalIgnoreCase)] };
            })
            .On("if", value => job = job with { If = _values.Condition(value, Scopes.JobIf) })
            .On("runs-on", value =>
            {
                runsSomewhere = true;
                ReadRunsOn(value);
            })
            .On("env", value => job = job with { Env = _values.Env(value, Scopes.JobEnv) })
            .On("outputs", value => job = job with { Outputs = _values.Env(value, Scopes.JobOutputs, "outputs") })
            .On("timeout-minutes", value => job = job with { TimeoutMinutes = _values.PositiveNumber(value, Scopes.Job, "timeout-minutes") })
            .On("continue-on-error", value => job = job with { ContinueOnError = _values.Boolean(value, Scopes.Job, "continue-on-error") })
            .On("defaults", value => job = job with { Defaults = _values.Defaults(value, Scopes.JobDefaults) })
            .On("strategy", value => job = job with { Strategy = ReadStrategy(value) })
            .On("steps", value => job = job with { Steps = new StepReader(actions, notices).ReadAll(value) })
            .Warn("permissions", "steps get no platform token whose rights could be narrowed.")
            .Warn("concurrency", "it is honoured for whole workflows, not for single jobs.")
            .Warn("cancel-timeout-minutes", "a cancelled step has a few seconds to end.")
            .Refuse("container", "jobs run as processes on this machine.")
            .Refuse("services", "start what the job needs in a step.")
            .Refuse("environment", "its protection rules and secrets would not apply. Approvals belong to the application's environments.")
            .Refuse("uses", "reusable workflows cannot be called; put the steps into this file.")
            .Refuse("with", "it belongs to reusable workflows.")
            .Refuse("secrets", "it belongs to reusable workflows.")
            .Refuse("snapshot", "jobs make no machine images.")
            .Read(node);
        if (!reusable && node is YamlTree.Mapping mapping)
        {
            if (!runsSomewhere)
            {
                notices.Error(id, $"The job '{id.Text}' lacks 'runs-on'.");
            }

            if (mapping.Find("steps") is null)
            {
                notices.Error(id, $"The job '{id.Text}' lacks 'steps'.");
            }
        }

        return job;
    }

    private void ReadRunsOn(YamlTree node)
    {
        if (node is YamlTree.Mapping)
        {
            new FieldReader("runs-on", notices)
                .Warn("group", "every job runs on this machine.")
                .On("labels", ReadRunsOn)
                .Read(node);
            return;
        }

        foreach (YamlTree.Scalar label in _values.Texts(node, "runs-on"))
        {
            Template template = Template.Read(label, Scopes.Job, notices);
            if (template.Constant is { } constant
                && (constant.AsText().StartsWith("windows", StringComparison.OrdinalIgnoreCase)
                    || constant.AsText().StartsWith("macos", StringComparison.OrdinalIgnoreCase)))
            {
                notices.Warn(label, $"There is no '{constant.AsText()}' here: the job runs on this machine's system.");
            }
        }
    }

    private MatrixStrategy ReadStrategy(YamlTree node)
    {
        MatrixStrategy strategy = new();
        new FieldReader("strategy", notices)
            .On("matrix", value =>
            {
                CheckMatrix(value);
                strategy = strategy with { Matrix = TemplateTree.Read(value, Scopes.Matrix, notices) };
            })
            .On("fail-fast", value => strategy = strategy with { FailFast = _values.Boolean(value, Scopes.Matrix, "fail-fast") })
            .On("max-parallel", value => strategy = strategy with { MaxParallel = _values.PositiveNumber(value, Scopes.Matrix, "max-parallel") })
            .Read(node);
        return strategy;
    }

    private void CheckMatrix(YamlTree node)
    {
        if (node is YamlTree.Scalar scalar && scalar.Text.Contains("${{", StringComparison.Ordinal))
        {
            return;
        }

        if (node is not YamlTree.Mapping { Entries.Count: > 0 } mapping)
        {
            notices.Error(node, $"'matrix' must be a mapping of names to lists, or an expression, not {node.Describe()}.");
            return;
        }

        foreach ((YamlTree.Scalar key, YamlTree value) in mapping.Entries)
        {
            bool expression = value is YamlTree.Scalar text && text.Text.Contains("${{", StringComparison.Ordinal);
            if (!expression && value is not YamlTree.Sequence { Items.Count: > 0 })
            {
                notices.Error(value, $"'{key.Text}' in a matrix must be a list with at least one value, not {value.Describe()}.");
            }
            else if (key.Text is "include" or "exclude" && value is YamlTree.Sequence list && list.Items.FirstOrDefault(item => item is YamlTree.Sequence) is { } wrong)
            {
                notices.Error(wrong, $"An entry of '{key.Text}' must be a mapping.");
            }
        }
    }

    private void CheckNeeds(List<WorkflowJob> jobs, Dictionary<string, YamlTree> places)
    {
        foreach (WorkflowJob job in jobs)
        {
            foreach (string need in job.Needs.Where(need => !jobs.Exists(other => Same(other.Id, need))))
            {
                string near = Nearest.To(need, jobs.Select(other => other.Id)) is { } found ? $"; did you mean '{found}'?" : ".";
                notices.Error(places[job.Id], $"The job '{job.Id}' needs '{need}', which is no job of this workflow{near}");
            }
        }

        foreach (WorkflowJob job in jobs)
        {
            if (FindCycle(jobs, job) is { } cycle)
            {
                notices.Error(places[job.Id], $"Jobs need each other in a circle: {string.Join(" → ", cycle)}.");
                return;
            }
        }
    }

    private static List<string>? FindCycle(List<WorkflowJob> jobs, WorkflowJob start)
    {
        Stack<(WorkflowJob Job, List<string> Path)> open = new([(start, [start.Id])]);
        HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase);
        while (open.TryPop(out (WorkflowJob Job, List<string> Path) at))
        {
            foreach (WorkflowJob next in at.Job.Needs.Select(need => jobs.Find(job => Same(job.Id, need))).OfType<WorkflowJob>())
            {
                if (Same(next.Id, start.Id))
                {
                    return [.. at.Path, next.Id];
                }

                if (seen.Add(next.Id))
                {
                    open.Push((next, [.. at.Path, next.Id]));
                }
            }
        }

        return null;
    }

    private static bool Same(string left, string right) => string.Equals(left, right, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_-]{0,99}\z", RegexOptions.CultureInvariant, 1000)]
    internal static partial Regex Identifier();
}
