using Fairway.Cel;

namespace Fairway.Admission.Evaluation;

/// <summary>The variables of one evaluation. <c>variables.x</c> is evaluated at its first use and remembered.</summary>
internal sealed class PolicyBindings : CelBindings
{
    private readonly CelValue _object;
    private readonly PreparedSubject _subject;
    private readonly CelValue _parameters;
    private readonly CelValue _facts;
    private readonly CelValue _variables;

    /// <param name="policy">Whose variables.</param>
    /// <param name="subject">The object and its request.</param>
    /// <param name="parameters">The value of <c>params</c>.</param>
    /// <param name="facts">The value of <c>facts</c>.</param>
    /// <param name="budget">What the evaluation may cost.</param>
    /// <param name="object">Another value for <c>object</c>: one that notes what is looked at.</param>
    /// <param name="cancellation">Ends it.</param>
    public PolicyBindings(CompiledPolicy policy, PreparedSubject subject, CelValue parameters, CelValue facts, CostBudget budget, CelValue? @object, CancellationToken cancellation)
    {
        _subject = subject;
        _parameters = parameters;
        _facts = facts;
        _object = @object ?? subject.Object;
        Budget = budget;
        _variables = CelValue.Of(new VariableValues(policy, this, cancellation));
    }

    /// <summary>What this evaluation may still cost.</summary>
    public CostBudget Budget { get; }

    /// <summary>Messages and annotations see no authorizer.</summary>
    public bool HidesAuthorizer { get; init; }

    /// <summary>Match conditions see no namespace.</summary>
    public bool HidesNamespace { get; init; }

    public override bool TryGet(string name, out CelValue value)
    {
        switch (name)
        {
            case "object":
                value = _object;
                return true;
            case "variables":
                value = _variables;
                return true;
            case "oldObject":
                value = _subject.OldObject;
                return true;
            case "request":
                value = _subject.RequestValue;
                return true;
            case "params":
                value = _parameters;
                return true;
            case "namespaceObject":
                value = HidesNamespace ? CelValue.Null : _subject.Namespace;
                return true;
            case "facts":
                value = _facts;
                return true;
            case "authorizer" when !HidesAuthorizer:
                value = _subject.Authorizer;
                return true;
            case PolicyEnvironment.AuthorizerRequestResource when !HidesAuthorizer:
                value = _subject.RequestResource;
                return true;
            default:
                value = default;
                return false;
        }
    }
}
