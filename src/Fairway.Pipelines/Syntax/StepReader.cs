using Fairway.Pipelines.Expressions;

namespace Fairway.Pipelines.Syntax;

/// <summary>Reads <c>steps</c>.</summary>
internal sealed class StepReader(IReadOnlyDictionary<string, ActionInterface> actions, NoticeList notices)
{
    private readonly ValueReader _values = new(notices);
    private readonly HashSet<string> _ids = new(StringComparer.OrdinalIgnoreCase);

    public IReadOnlyList<WorkflowStep> ReadAll(YamlTree node)
    {
        if (node is not YamlTree.Sequence { Items.Count: > 0 } sequence)
        {
            notices.Error(node, $"'steps' must be a list with at least one step, not {node.Describe()}.");
            return [];
        }

        return [.. sequence.Items.Select((item, index) => ReadStep(item, index + 1))];
    }

    private WorkflowStep ReadStep(YamlTree node, int number)
    {
        WorkflowStep step = new() { Number = number, Line = node.Line };
        YamlTree? with = null;
        YamlTree? uses = null;
        new FieldReader("a step", notices)
            .On("id", value => step = step with { Id = ReadId(value) })
            .On("name", value => step = step with { Name = _values.Template(value, Scopes.Step, "name") })
            .On("if", value => step = step with { If = _values.Condition(value, Scopes.StepIf) })
            .On("run", value => step = step with { Run = _values.Template(value, Scopes.Step, "run") })
            .On("uses", value =>
            {
                uses = value;
                step = step with { Uses = _values.PlainText(value, "uses") };
            })
            .On("with", value =>
            {
                with = value;
                step = step with { With = _values.Env(value, Scopes.Step, "with") };
            })
            .On("env", value => step = step with { Env = _values.Env(value, Scopes.Step) })
            .On("shell", value => step = step with { Shell = _values.Shell(value, Scopes.Step) })
            .On("working-directory", value => step = step with { WorkingDirectory = _values.Template(value, Scopes.Step, "working-directory") })
            .On("continue-on-error", value => step = step with { ContinueOnError = _values.Boolean(value, Scopes.Step, "continue-on-error") })
            .On("timeout-minutes", value => step = step with { TimeoutMinutes = _values.PositiveNumber(value, Scopes.Step, "timeout-minutes") })
            .Refuse("background", "steps run one after the other.")
            .Refuse("parallel", "steps run one after the other.")
            .Refuse("wait", "steps run one after the other.")
            .Refuse("wait-all", "steps run one after the other.")
            .Refuse("cancel", "steps run one after the other.")
            .Read(node);
        if (node is YamlTree.Mapping mapping)
        {
            CheckShape(mapping, step, uses, with);
        }

        return step;
    }

    private void CheckShape(YamlTree.Mapping node, WorkflowStep step, YamlTree? uses, YamlTree? with)
    {
        if (step.Run is null && uses is null && node.Find("run") is null)
        {
            if (!notices.HasErrors)
            {
                notices.Error(node, "A step needs 'run' or 'uses'.");
            }
        }
        else if (step.Run is not null && uses is not null)
        {
            notices.Error(node, "A step has either 'run' or 'uses', not both.");
        }
        else if (uses is not null && step.Uses is { } reference)
        {
            CheckAction(uses, reference, step, with);
            foreach (string key in (string[])["shell", "working-directory"])
            {
                if (node.Find(key) is { } misplaced)
                {
                    notices.Error(misplaced, $"'{key}' belongs to steps with 'run'.");
                }
            }
        }
        else if (with is not null)
        {
            notices.Error(with, "'with' belongs to steps with 'uses'.");
        }
    }

    private string? ReadId(YamlTree node)
    {
        string? id = _values.PlainText(node, "id");
        if (id is null)
        {
            return null;
        }

        if (!JobReader.Identifier().IsMatch(id))
        {
            notices.Error(node, $"'{id}' cannot be a step's id: it begins with a letter or '_' and has only letters, digits, '-' and '_'.");
        }
        else if (!_ids.Add(id))
        {
            notices.Error(node, $"The step id '{id}' is there twice in this job.");
        }

        return id;
    }

    private void CheckAction(YamlTree at, string reference, WorkflowStep step, YamlTree? with)
    {
        string supported = string.Join(", ", actions.Keys.Order(StringComparer.Ordinal));
        if (reference.StartsWith("./", StringComparison.Ordinal) || reference.StartsWith("docker://", StringComparison.Ordinal))
        {
            notices.Error(at, $"The action '{reference}' cannot run here: local and container actions are not supported yet; supported are {supported}.");
            return;
        }

        string[] parts = reference.Split('@');
        if (parts.Length != 2 || parts[1].Length == 0)
        {
            notices.Error(at, $"'{reference}' lacks a version: write {parts[0]}@{(parts[0].StartsWith("fairway/", StringComparison.OrdinalIgnoreCase) ? "v1" : "v4")}.");
            return;
        }

        if (!actions.TryGetValue(parts[0], out ActionInterface? action))
        {
            string near = Nearest.To(parts[0], actions.Keys) is { } found ? $" Did you mean '{found}'?" : "";
            notices.Error(at, $"The action '{reference}' is not available here; supported are {supported}.{near}");
            return;
        }

        CheckInputs(action, step, with ?? at);
    }

    private void CheckInputs(ActionInterface action, WorkflowStep step, YamlTree with)
    {
        foreach (NamedTemplate input in step.With)
        {
            YamlTree at = (with as YamlTree.Mapping)?.Entries.FirstOrDefault(entry => entry.Key.Text == input.Name).Key ?? with;
            string name = input.Name.ToLowerInvariant();
            if (action.Refused.TryGetValue(name, out string? refused) && !IsOff(input.Value.Constant))
            {
                notices.Error(at, $"The input '{input.Name}' of {action.Name} is not supported here yet: {refused}");
            }
            else if (action.Ignored.TryGetValue(name, out string? ignored))
            {
                notices.Warn(at, $"The input '{input.Name}' of {action.Name} has no effect here: {ignored}");
            }
            else if (!action.Inputs.Contains(name) && !action.Refused.ContainsKey(name))
            {
                string near = Nearest.To(name, action.Inputs) is { } found ? $"; did you mean '{found}'?" : $"; it has {string.Join(", ", action.Inputs)}.";
                notices.Error(at, $"'{input.Name}' is not an input of {action.Name}{near}");
            }
        }

        foreach (string required in action.Required.Where(name => !step.With.Any(input => input.Name.Equals(name, StringComparison.OrdinalIgnoreCase))))
        {
            notices.Error(with, $"{action.Name} needs the input '{required}'.");
        }
    }

    private static bool IsOff(ExpressionValue? value) => value is not null && value.AsText() is "" or "false";
}
