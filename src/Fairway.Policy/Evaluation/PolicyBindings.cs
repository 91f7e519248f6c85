using Fairway.Cel;

namespace Fairway.Policy.Evaluation;

/// <summary>The variables of one evaluation. <c>variables.x</c> is evaluated at its first use and remembered.</summary>
internal sealed class PolicyBindings : CelBindings
{
    private readonly CelValue _object;
    private readonly PreparedSubject _subject;
    private readonly CelValue _parameters;
    private readonly CelValue _facts;
    private readonly CelValue _variables;

    public PolicyBindings(CompiledPolicy policy, PreparedSubject subject, CelValue parameters, CelValue facts, CelValue? @object, CancellationToken cancellation)
    {
        _subject = subject;
        _parameters = parameters;
        _facts = facts;
        _object = @object ?? subject.Object;
        Budget = new CostBudget();
        _variables = CelValue.Of(new LazyVariables(policy, this, cancellation));
    }

    /// <summary>What this evaluation may still cost.</summary>
    public CostBudget Budget { get; }

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
                value = _subject.Namespace;
                return true;
            case "facts":
                value = _facts;
                return true;
            case "authorizer":
                value = CelValue.Unknown("authorizer: rights are known to the API server only");
                return true;
            default:
                value = default;
                return false;
        }
    }

    private sealed class LazyVariables(CompiledPolicy policy, PolicyBindings bindings, CancellationToken cancellation) : CelMap
    {
        private Dictionary<string, CelValue>? _known;

        public override int Count => policy.Variables.Count;

        public override IEnumerable<CelValue> Keys => policy.Variables.Keys.Select(name => CelValue.Of(name));

        public override bool TryGet(CelValue key, out CelValue value)
        {
            if (key.Kind == CelKind.String)
            {
                return TryGet(key.StringValue, out value);
            }

            value = default;
            return false;
        }

        public override bool TryGet(string key, out CelValue value)
        {
            _known ??= new Dictionary<string, CelValue>(StringComparer.Ordinal);
            if (_known.TryGetValue(key, out value))
            {
                return true;
            }

            if (!policy.Variables.TryGetValue(key, out CelProgram? program))
            {
                return false;
            }

            // A variable that names itself finds this instead of going round for ever.
            _known[key] = CelValue.Fail($"variables.{key} is defined by itself");
            value = bindings.Budget.Run(program, bindings, cancellation);
            _known[key] = value;
            return true;
        }
    }
}

/// <summary>Kubernetes' limits: one for each expression, one for all of a policy.</summary>
internal sealed class CostBudget
{
    private const long PerPolicy = 10_000_000;

    private long _left = PerPolicy;

    public CelValue Run(CelProgram program, CelBindings bindings, CancellationToken cancellation)
    {
        if (_left <= 0)
        {
            return CelValue.Fail("the policy has used up its cost budget");
        }

        CelResult result = program.Evaluate(bindings, CelLimits.PerExpression, cancellation);
        _left -= result.Cost;
        return result.Value;
    }
}
