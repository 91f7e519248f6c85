using Fairway.Pipelines.Expressions;

namespace Fairway.Pipelines.Syntax;

/// <summary>Which contexts each workflow key can name, as GitHub documents it.</summary>
internal static class Scopes
{
    private static readonly string[] Run = ["github", "inputs", "vars"];
    private static readonly string[] Needs = [.. Run, "needs"];
    private static readonly string[] Strategy = [.. Needs, "strategy", "matrix"];
    private static readonly string[] StepNames = [.. Strategy, "job", "runner", "env", "steps"];
    private static readonly (string, int, int) Hash = ("hashFiles", 1, 255);

    public static ExpressionScope RunName { get; } = new(Run);

    public static ExpressionScope WorkflowEnv { get; } = new([.. Run, "secrets"]);

    public static ExpressionScope JobIf { get; } = new(Needs, ("always", 0, 0), ("cancelled", 0, 0), ("success", 0, 255), ("failure", 0, 255));

    /// <summary>strategy and what is in it.</summary>
    public static ExpressionScope Matrix { get; } = new(Needs);

    /// <summary>name, runs-on, continue-on-error, timeout-minutes of a job.</summary>
    public static ExpressionScope Job { get; } = new(Strategy);

    public static ExpressionScope JobEnv { get; } = new([.. Strategy, "secrets"]);

    public static ExpressionScope JobDefaults { get; } = new([.. Strategy, "env"]);

    public static ExpressionScope JobOutputs { get; } = new([.. StepNames, "secrets"]);

    public static ExpressionScope StepIf { get; } = new(
        StepNames, ("always", 0, 0), ("cancelled", 0, 0), ("success", 0, 0), ("failure", 0, 0), Hash);

    public static ExpressionScope Step { get; } = new([.. StepNames, "secrets"], Hash);
}
