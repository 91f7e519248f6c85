namespace Fairway.Cel;

/// <summary>How far an evaluation may go.</summary>
/// <param name="MaxCost">Cost units of Kubernetes' and cel-go's model: 1 for each name, selection and simple call, more with sizes.</param>
/// <param name="MaxElements">The most elements a list, map or string made by one operation may have.</param>
public sealed record CelLimits(long MaxCost = long.MaxValue, int MaxElements = 10_000_000)
{
    /// <summary>Only cancellation and the limit of sizes.</summary>
    public static CelLimits None { get; } = new();

    /// <summary>Kubernetes' limit for one expression.</summary>
    public static CelLimits PerExpression { get; } = new(1_000_000);
}

/// <summary>The outcome of an evaluation: a value or a <see cref="CelError"/>, and what it cost.</summary>
public readonly record struct CelResult(CelValue Value, long Cost)
{
    public CelError? Error => Value.Error;

    public bool IsError => Value.IsError;
}
