using Fairway.Cel;

namespace Fairway.Admission.Evaluation;

/// <summary>Cost units left for a group of expressions; a million at most for each. For one evaluation, on one thread.</summary>
internal sealed class CostBudget(long units)
{
    /// <summary>All validations of a policy with one parameter object.</summary>
    public const long OfValidations = 10_000_000;

    /// <summary>All match conditions.</summary>
    public const long OfConditions = 2_500_000;

    /// <summary>What kube-apiserver says when the budget is spent.</summary>
    public const string OutOfBudget = "validation failed due to running out of cost budget, no further validation rules will be run";

    private const long PerExpression = 1_000_000;
    private long _left = units;

    /// <summary>More was used than there was: nothing is evaluated any more.</summary>
    public bool IsOverdrawn => _left < 0;

    public CelValue Run(CelProgram program, CelBindings bindings, CancellationToken cancellation)
    {
        if (IsOverdrawn)
        {
            return CelValue.Fail(OutOfBudget);
        }

        CelResult result = program.Evaluate(bindings, new CelLimits(Math.Min(_left, PerExpression)), cancellation);
        _left -= result.Cost;
        return result.Value;
    }
}
