using System.Text.Json.Nodes;
using Fairway.Cel;

namespace Fairway.Admission.Policies;

/// <summary>The variables of one evaluation; the policy's own are evaluated when first named, and once.</summary>
internal sealed class PolicyBindings : CelBindings
{
    private readonly CelValue _object;
    private readonly CelValue _oldObject;
    private readonly CelValue _request;
    private readonly CelValue _namespace;
    private readonly CelValue _params;
    private readonly PolicyRequest _source;
    private readonly CelValue _variables;

    public PolicyBindings(PolicyRequest request, JsonNode? parameters, VariableValues variables)
    {
        _source = request;
        _object = CelJson.From(request.Object);
        _oldObject = CelJson.From(request.OldObject);
        _request = CelJson.From(request.Attributes, PolicyEnvironment.Request);
        _namespace = CelJson.From(request.NamespaceObject, PolicyEnvironment.Namespace);
        _params = CelJson.From(parameters);
        variables.Bindings = this;
        _variables = CelValue.Of(variables);
    }

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
                value = _oldObject;
                return true;
            case "request":
                value = _request;
                return true;
            case "params":
                value = _params;
                return true;
            case "namespaceObject":
                value = _namespace;
                return true;
            case "authorizer":
                value = AuthorizerLibrary.Authorizer(_source.Authorize);
                return true;
            case "authorizer.requestResource":
                value = AuthorizerLibrary.RequestResource(_source.Authorize, _source.About);
                return true;
            default:
                value = default;
                return false;
        }
    }
}

/// <summary>The type of <c>variables</c>: a field for each variable declared so far.</summary>
internal sealed class VariablesType : CelStructType
{
    private readonly Dictionary<string, CelType> _fields = new(StringComparer.Ordinal);

    public override string Name => "kubernetes.variables";

    public override IEnumerable<string> FieldNames => _fields.Keys;

    public override bool CanConstruct => false;

    public void Add(string name, CelType type) => _fields[name] = type;

    public VariablesType Copy()
    {
        var copy = new VariablesType();
        foreach ((string name, CelType type) in _fields)
        {
            copy._fields[name] = type;
        }

        return copy;
    }

    public override CelType? FieldType(string field) => _fields.GetValueOrDefault(field);

    public override CelValue Construct(IReadOnlyList<KeyValuePair<string, CelValue>> fields) => CelValue.Fail("variables cannot be constructed");
}

/// <summary>The values of a policy's variables, each evaluated when first asked for. For one evaluation, on one thread.</summary>
internal sealed class VariableValues(VariablesType type, IReadOnlyList<CompiledExpression> variables, Budget budget, CancellationToken cancellationToken) : CelStruct
{
    private readonly Dictionary<string, CelValue> _values = new(StringComparer.Ordinal);

    public PolicyBindings? Bindings { get; set; }

    public override CelStructType Type => type;

    public override bool IsEmpty => variables.Count == 0;

    public override CelValue Get(string field)
    {
        if (_values.TryGetValue(field, out CelValue known))
        {
            return known;
        }

        CompiledExpression? variable = variables.FirstOrDefault(each => each.Name == field);
        if (variable is null)
        {
            return CelValue.Fail($"no such key: {field}");
        }

        CelValue value = budget.Evaluate(variable.Program!, Bindings!, cancellationToken);
        if (value.Error is { } error)
        {
            value = CelValue.Fail($"composited variable \"{field}\" fails to evaluate: {error.Message}");
        }

        return _values[field] = value;
    }

    public override bool? Has(string field) => variables.Any(each => each.Name == field) ? true : null;

    public override bool IsEqualTo(CelStruct other) => ReferenceEquals(this, other);
}

/// <summary>Cost units left for one binding's evaluation; a million at most for each expression.</summary>
internal sealed class Budget(long units)
{
    public long Left { get; private set; } = units;

    public bool IsSpent => Left <= 0;

    public CelValue Evaluate(CelProgram program, CelBindings bindings, CancellationToken cancellationToken)
    {
        CelResult result = program.Evaluate(bindings, new CelLimits(Math.Clamp(Left, 0, 1_000_000)), cancellationToken);
        Left -= result.Cost;
        return result.Value;
    }
}
