using Fairway.Cel.Costs;

namespace Fairway.Cel;

/// <summary>What expressions may cost before they are evaluated.</summary>
public static class CelCosts
{
    /// <summary>The most that an evaluation may cost when its variables hold data of a schema.</summary>
    /// <param name="program">A checked expression.</param>
    /// <param name="schema">The schema of its variables; null: data of any size.</param>
    public static ulong Most(CelProgram program, CelSchema? schema)
        => program.Tree is { } tree ? new CostEstimator(tree, schema is null ? null : SizedType.Of(schema)).Estimate().Max : ulong.MaxValue;

    /// <summary>How often data of a schema can occur in one object, at the least size it can be written in.</summary>
    public static ulong MaxCardinality(CelSchema schema) => SizedType.Of(schema)?.MaxCardinality ?? 1;
}
