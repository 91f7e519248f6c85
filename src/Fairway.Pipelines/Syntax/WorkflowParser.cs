using Fairway.Pipelines.Expressions;
using Fairway.Resources.Kinds.Pipelines;

namespace Fairway.Pipelines.Syntax;

/// <summary>What reading a workflow file gave.</summary>
/// <param name="Workflow">Null when a notice is an error: the file cannot run as written.</param>
/// <param name="Notices">What is wrong or has no effect, by place.</param>
public sealed record WorkflowParse(Workflow? Workflow, IReadOnlyList<WorkflowNotice> Notices)
{
    /// <summary>What would start it, as far as that can be read even where the rest is wrong; null when it cannot.</summary>
    public Triggers? On { get; init; }
}

/// <summary>
/// Reads workflow files. Nothing in a file is passed over in silence: what cannot be done as written is an error, what has no
/// effect is a warning, each with its line and column.
/// </summary>
public sealed class WorkflowParser
{
    private readonly IReadOnlyDictionary<string, ActionInterface> _actions;

    /// <param name="actions">Actions that steps can use, by name without version.</param>
    public WorkflowParser(IEnumerable<ActionInterface> actions)
        => _actions = actions.ToDictionary(action => action.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>A pure function of its arguments.</summary>
    /// <param name="file">The path, for notices.</param>
    /// <param name="text">The file.</param>
    public WorkflowParse Parse(string file, string text)
    {
        NoticeList notices = new(file);
        Workflow? workflow = YamlReader.Read(text, notices) is { } root ? ReadWorkflow(root, notices) : null;
        return new WorkflowParse(notices.HasErrors ? null : workflow, notices.All) { On = workflow?.On is { Push: null, Dispatch: null } && notices.HasErrors ? null : workflow?.On };
    }

    private Workflow? ReadWorkflow(YamlTree root, NoticeList notices)
    {
        ValueReader values = new(notices);
        Workflow workflow = new() { File = notices.File, On = new Triggers(), Jobs = [] };
        bool triggered = false;
        new FieldReader("a workflow", notices)
            .On("name", node => workflow = workflow with { Name = values.PlainText(node, "name") })
            .On("description", node => values.PlainText(node, "description"))
            .On("run-name", node => workflow = workflow with { RunName = values.Template(node, Scopes.RunName, "run-name") })
            .On("on", node =>
            {
                triggered = true;
                workflow = workflow with { On = new TriggerReader(notices).Read(node) };
            })
            .On("env", node => workflow = workflow with { Env = values.Env(node, Scopes.WorkflowEnv) })
            .On("defaults", node => workflow = workflow with { Defaults = values.Defaults(node, Scopes.WorkflowEnv) })
            .On("concurrency", node => workflow = workflow with { Concurrency = values.Concurrency(node) })
            .Warn("permissions", "steps get no platform token whose rights could be narrowed.")
            .On("jobs", node => workflow = workflow with { Jobs = new JobReader(_actions, notices).ReadAll(node) })
            .Read(root);
        if (!triggered && root is YamlTree.Mapping)
        {
            notices.Error(root, "'on' is missing: nothing would ever start this workflow.");
        }

        if (root is YamlTree.Mapping mapping && mapping.Find("jobs") is null)
        {
            notices.Error(root, "'jobs' is missing.");
        }

        return workflow;
    }
}

/// <summary>Readers of values that several keys share.</summary>
internal sealed class ValueReader(NoticeList notices)
{
    /// <summary>A text in which expressions are not evaluated.</summary>
    public string? PlainText(YamlTree node, string what)
    {
        if (node is not YamlTree.Scalar scalar)
        {
            notices.Error(node, $"'{what}' must be a text, not {node.Describe()}.");
            return null;
        }

        if (scalar.Text.Contains("${{", StringComparison.Ordinal))
        {
            notices.Error(node, $"'{what}' cannot hold expressions.");
        }

        return scalar.Value.AsText();
    }

    public Template? Template(YamlTree node, ExpressionScope scope, string what)
    {
        if (node is YamlTree.Scalar scalar)
        {
            return Syntax.Template.Read(scalar, scope, notices);
        }

        notices.Error(node, $"'{what}' must be a single value, not {node.Describe()}.");
        return null;
    }

    public Template? Boolean(YamlTree node, ExpressionScope scope, string what)
    {
        Template? template = Template(node, scope, what);
        if (template?.Constant is not (null or ExpressionValue.BooleanValue))
        {
            notices.Error(node, $"'{what}' must be true, false or an expression, not {node.Describe()}.");
        }

        return template;
    }

    public Template? PositiveNumber(YamlTree node, ExpressionScope scope, string what)
    {
        Template? template = Template(node, scope, what);
        if (template?.Constant is { } constant && constant is not ExpressionValue.NumberValue { Value: > 0 and < 1_000_000 })
        {
            notices.Error(node, $"'{what}' must be a number above 0 or an expression, not {node.Describe()}.");
        }

        return template;
    }

    /// <summary>A condition: an expression with or without <c>${{ }}</c>.</summary>
    public Expression? Condition(YamlTree node, ExpressionScope scope)
    {
        if (node is not YamlTree.Scalar scalar)
        {
            notices.Error(node, $"'if' must be an expression, not {node.Describe()}.");
            return null;
        }

        if (!scalar.Text.Contains("${{", StringComparison.Ordinal))
        {
            return scalar.IsNull ? null : Syntax.Template.ReadExpression(scalar, 0, scalar.Text.Length, scope, notices);
        }

        Expression[] expressions = [.. Syntax.Template.Read(scalar, scope, notices).Expressions];
        string trimmed = scalar.Text.Trim();
        bool whole = expressions.Length == 1 && trimmed.StartsWith("${{", StringComparison.Ordinal) && trimmed.EndsWith("}}", StringComparison.Ordinal);
        if (whole || notices.HasErrors)
        {
            return expressions.FirstOrDefault();
        }

        notices.Error(node, "'if' mixes text and ${{ }}: the result is a text, which is always true. Put the whole condition inside ${{ }}, or leave ${{ }} out.");
        return null;
    }

    public IReadOnlyList<NamedTemplate> Env(YamlTree node, ExpressionScope scope, string what = "env")
    {
        if (node is YamlTree.Scalar { IsNull: true })
        {
            return [];
        }

        if (node is not YamlTree.Mapping mapping)
        {
            notices.Error(node, $"'{what}' must be a mapping of names to values, not {node.Describe()}.");
            return [];
        }

        List<NamedTemplate> entries = [];
        foreach ((YamlTree.Scalar key, YamlTree value) in mapping.Entries)
        {
            if (key.Text.Length == 0 || key.Text.Contains('=', StringComparison.Ordinal) || key.Text.Contains('\0', StringComparison.Ordinal))
            {
                notices.Error(key, $"'{key.Text}' cannot be the name of a value.");
            }
            else if (Template(value, scope, key.Text) is { } template)
            {
                entries.Add(new NamedTemplate(key.Text, template));
            }
        }

        return entries;
    }

    public RunDefaults Defaults(YamlTree node, ExpressionScope scope)
    {
        RunDefaults defaults = new();
        new FieldReader("defaults", notices)
            .On("run", run => new FieldReader("defaults.run", notices)
                .On("shell", shell => defaults = defaults with { Shell = Shell(shell, scope) })
                .On("working-directory", directory => defaults = defaults with { WorkingDirectory = Template(directory, scope, "working-directory") })
                .Read(run))
            .Read(node);
        return defaults;
    }

    public Template? Shell(YamlTree node, ExpressionScope scope)
    {
        Template? shell = Template(node, scope, "shell");
        if (shell?.Constant is { } constant && Shells.Problem(constant.AsText()) is { } problem)
        {
            notices.Error(node, problem);
        }

        return shell;
    }

    public ConcurrencyGroup? Concurrency(YamlTree node)
    {
        if (node is YamlTree.Scalar)
        {
            return Template(node, Scopes.RunName, "concurrency") is { } name ? new ConcurrencyGroup(name, null) : null;
        }

        Template? group = null;
        Template? cancel = null;
        new FieldReader("concurrency", notices)
            .On("group", value => group = Template(value, Scopes.RunName, "group"))
            .On("cancel-in-progress", value => cancel = Boolean(value, Scopes.RunName, "cancel-in-progress"))
            .Refuse("queue", "only the newest waiting run of a group is kept.")
            .Read(node);
        if (group is null && node is YamlTree.Mapping)
        {
            notices.Error(node, "'concurrency' needs a 'group'.");
        }

        return group is null ? null : new ConcurrencyGroup(group, cancel);
    }

    /// <summary>A text or a list of texts.</summary>
    public IReadOnlyList<YamlTree.Scalar> Texts(YamlTree node, string what)
    {
        switch (node)
        {
            case YamlTree.Scalar scalar:
                return [scalar];
            case YamlTree.Sequence sequence when sequence.Items.All(item => item is YamlTree.Scalar):
                return [.. sequence.Items.Cast<YamlTree.Scalar>()];
            default:
                notices.Error(node, $"'{what}' must be a text or a list of texts, not {node.Describe()}.");
                return [];
        }
    }
}

/// <summary>What <c>shell</c> may name.</summary>
internal static class Shells
{
    public static string? Problem(string shell) => shell switch
    {
        "bash" or "sh" or "python" or "pwsh" => null,
        "cmd" or "powershell" => $"The shell '{shell}' runs on Windows only; jobs run on this machine's system.",
        _ when shell.Contains("{0}", StringComparison.Ordinal) => null,
        _ => $"The shell '{shell}' is not known; bash, sh, python and pwsh are, or a command with {{0}} for the script's path.",
    };
}
