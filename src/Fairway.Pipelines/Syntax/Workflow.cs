using Fairway.Pipelines.Expressions;

namespace Fairway.Pipelines.Syntax;

/// <summary>A workflow file that can run as written.</summary>
public sealed record Workflow
{
    /// <summary>Its path in the repository.</summary>
    public required string File { get; init; }

    public string? Name { get; init; }

    public Template? RunName { get; init; }

    public required Triggers On { get; init; }

    public IReadOnlyList<NamedTemplate> Env { get; init; } = [];

    public RunDefaults Defaults { get; init; } = new();

    public ConcurrencyGroup? Concurrency { get; init; }

    /// <summary>In the order of the file.</summary>
    public required IReadOnlyList<WorkflowJob> Jobs { get; init; }

    public WorkflowJob? Find(string id) => Jobs.FirstOrDefault(job => string.Equals(job.Id, id, StringComparison.OrdinalIgnoreCase));
}

/// <summary>A name and its value.</summary>
public sealed record NamedTemplate(string Name, Template Value);

/// <summary>Only one run of a group at a time.</summary>
public sealed record ConcurrencyGroup(Template Group, Template? CancelInProgress);

/// <summary>What <c>run</c> steps start from.</summary>
public sealed record RunDefaults
{
    public Template? Shell { get; init; }

    public Template? WorkingDirectory { get; init; }
}

/// <summary>A job as written; a matrix makes several of it.</summary>
public sealed record WorkflowJob
{
    public required string Id { get; init; }

    public required int Line { get; init; }

    public Template? Name { get; init; }

    public IReadOnlyList<string> Needs { get; init; } = [];

    /// <summary>Null: when all before it succeeded.</summary>
    public Expression? If { get; init; }

    public IReadOnlyList<NamedTemplate> Env { get; init; } = [];

    public IReadOnlyList<NamedTemplate> Outputs { get; init; } = [];

    public RunDefaults Defaults { get; init; } = new();

    public Template? TimeoutMinutes { get; init; }

    public Template? ContinueOnError { get; init; }

    public MatrixStrategy? Strategy { get; init; }

    public required IReadOnlyList<WorkflowStep> Steps { get; init; }
}

/// <summary><c>strategy</c>.</summary>
public sealed record MatrixStrategy
{
    /// <summary>A mapping of lists with include and exclude, or an expression that gives one.</summary>
    public TemplateTree? Matrix { get; init; }

    public Template? FailFast { get; init; }

    public Template? MaxParallel { get; init; }
}

/// <summary>A step: either a script or an action.</summary>
public sealed record WorkflowStep
{
    /// <summary>From 1.</summary>
    public required int Number { get; init; }

    public required int Line { get; init; }

    public string? Id { get; init; }

    public Template? Name { get; init; }

    /// <summary>Null: when all before it succeeded.</summary>
    public Expression? If { get; init; }

    public Template? Run { get; init; }

    /// <summary><c>actions/checkout@v4</c>.</summary>
    public string? Uses { get; init; }

    public IReadOnlyList<NamedTemplate> With { get; init; } = [];

    public IReadOnlyList<NamedTemplate> Env { get; init; } = [];

    public Template? Shell { get; init; }

    public Template? WorkingDirectory { get; init; }

    public Template? ContinueOnError { get; init; }

    public Template? TimeoutMinutes { get; init; }
}
