using Fairway.Cel;

namespace Fairway.Admission.Evaluation;

/// <summary>The type of <c>variables</c>: a field for each variable declared so far.</summary>
internal sealed class VariablesType : CelStructType
{
    private readonly Dictionary<string, CelType> _fields;

    public VariablesType()
        : this([])
    {
    }

    private VariablesType(Dictionary<string, CelType> fields) => _fields = fields;

    public override string Name => "kubernetes.variables";

    public override IEnumerable<string> FieldNames => _fields.Keys;

    public override bool CanConstruct => false;

    /// <summary>This and one variable more.</summary>
    public VariablesType With(string name, CelType type) => new(new Dictionary<string, CelType>(_fields, StringComparer.Ordinal) { [name] = type });

    public override CelType? FieldType(string field) => _fields.GetValueOrDefault(field);

    public override CelValue Construct(IReadOnlyList<KeyValuePair<string, CelValue>> fields) => CelValue.Fail("variables cannot be constructed");
}

/// <summary>The values of a policy's variables, each evaluated when first asked for, and once. For one evaluation, on one thread.</summary>
internal sealed class VariableValues(CompiledPolicy policy, PolicyBindings bindings, CancellationToken cancellation) : CelStruct
{
    private Dictionary<string, CelValue>? _values;

    public override CelStructType Type => policy.VariablesType;

    public override bool IsEmpty => policy.Variables.Count == 0;

    public override CelValue Get(string field)
    {
        _values ??= new Dictionary<string, CelValue>(StringComparer.Ordinal);
        if (_values.TryGetValue(field, out CelValue known))
        {
            return known;
        }

        if (!policy.Variables.TryGetValue(field, out CompiledExpression? variable))
        {
            return CelValue.Fail($"no such key: {field}");
        }

        if (variable.Program is not { } program)
        {
            return CelValue.Fail($"composited variable \"{field}\" fails to compile: {variable.Problem}");
        }

        CelValue value = bindings.Budget.Run(program, bindings, cancellation);
        if (value.Error is { Reason: not CelErrorKind.Unknown } error)
        {
            value = CelValue.Fail($"composited variable \"{field}\" fails to evaluate: {error.Message}");
        }

        return _values[field] = value;
    }

    public override bool? Has(string field) => policy.Variables.ContainsKey(field) ? true : null;

    public override bool IsEqualTo(CelStruct other) => ReferenceEquals(this, other);
}
